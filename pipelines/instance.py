"""Dagster's home below ours, with our configuration."""

import shutil

from shuyang_data.settings import REPOSITORY, Settings, export_dagster_home
from shuyang_data.storage.files import storage_errors


def prepare_instance(settings: Settings) -> None:
    """Lay the configuration down, and tell Dagster and the processes that it starts where its instance lives."""
    with storage_errors(settings.dagster_home):
        settings.dagster_home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    export_dagster_home(settings)
