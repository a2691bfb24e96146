"""A catalog → everything Dagster knows: the assets of every dataset, what closes a night, the night's job."""

import dagster as dg

from pipelines.closing_assets import closing_assets
from pipelines.dataset_assets import dataset_assets
from pipelines.inbox_sensor import inbox_sensor
from pipelines.night_job import night_job
from pipelines.resources import NIGHT, night_resource
from pipelines.schedules import night_schedule
from shuyang_data.catalog.model import Catalog
from shuyang_data.settings import Settings


def build_definitions(catalog: Catalog, settings: Settings) -> dg.Definitions:
    """The definitions of a catalog."""
    chains = [dataset_assets(dataset, catalog, settings.portal_url) for dataset in catalog.datasets.values()]
    return dg.Definitions(
        assets=[*chains, closing_assets(catalog)],
        jobs=[night_job],
        schedules=[night_schedule(settings)],
        sensors=[inbox_sensor],
        resources={NIGHT: night_resource},
        executor=dg.in_process_executor,
    )
