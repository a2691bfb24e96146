"""Dagster's home below ours, with the county's configuration, which lies beside its catalog."""

import shutil

from shuyang_data.settings import COUNTY_FOLDER, Settings, export_dagster_home
from shuyang_data.storage.files import storage_errors

CONFIGURATION = "dagster.yaml"


def prepare_instance(settings: Settings) -> None:
    """Lay the configuration down, and tell Dagster and the processes that it starts where its instance lives."""
    own, shipped = settings.catalog.parent / CONFIGURATION, COUNTY_FOLDER / CONFIGURATION
    with storage_errors(settings.dagster_home):
        settings.dagster_home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own if own.is_file() else shipped, settings.dagster_home / CONFIGURATION)
    export_dagster_home(settings)
