"""A catalog → everything Dagster knows: assets of every dataset, closing assets, jobs, schedules, sensors."""

import dagster as dg

from pipelines import target_assets
from pipelines.dataset_chain import dataset_assets
from pipelines.inbox_sensor import inbox_sensor
from pipelines.jobs import datasets_job, targets_job
from pipelines.resources import CountyResource
from pipelines.schedules import night, quiet_night
from pipelines.sensors import after_datasets
from pipelines.stewardship_assets import stewardship_assets
from shuyang_data.catalog.model import Catalog


def build_definitions(catalog: Catalog) -> dg.Definitions:
    """The definitions of a catalog."""
    chains = [asset for dataset in catalog.datasets.values() for asset in dataset_assets(dataset, catalog)]
    return dg.Definitions(
        assets=[*chains, *dg.load_assets_from_modules([target_assets]), stewardship_assets(catalog)],
        jobs=[datasets_job, targets_job],
        schedules=[night, quiet_night],
        sensors=[*after_datasets, inbox_sensor],
        resources={"county": CountyResource()},
        executor=dg.in_process_executor,
    )
