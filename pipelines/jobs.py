"""The two jobs of a night. Steps run in one process, because Dagster's default starts a process per step."""

import dagster as dg

from pipelines.stewardship_assets import GROUP as STEWARDSHIP
from pipelines.target_assets import GROUP
from shuyang_data.catalog.model import Catalog
from shuyang_data.names import DatasetId, Layer

CLOSING = dg.AssetSelection.groups(GROUP, STEWARDSHIP)
NIGHT_TAG = "shuyang/night"

datasets_job = dg.define_asset_job(
    "datasets",
    selection=dg.AssetSelection.all() - CLOSING,
    description="所选数据集的全链：落地、原始、标准、共享、开放",
    executor_def=dg.in_process_executor,
)
targets_job = dg.define_asset_job(
    "targets",
    selection=CLOSING,
    description="需求、供给、规则结果、两项目标、清单与待办",
    executor_def=dg.in_process_executor,
)


def chain_keys(identity: DatasetId, catalog: Catalog) -> list[dg.AssetKey]:
    """The assets of one dataset's chain."""
    layers = [Layer.LANDING, Layer.RAW, Layer.STANDARD, Layer.REJECTED]
    layers += [Layer(layer) for layer in catalog.datasets[identity].published_layers()]
    return [dg.AssetKey(identity.asset_key(layer)) for layer in layers]
