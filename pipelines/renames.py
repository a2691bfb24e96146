"""A dataset whose title changed has other keys in Dagster: what happened under the old ones goes with it."""

import json

import dagster as dg
from dagster._core.events import StepMaterializationData
from dagster._core.events.log import EventLogEntry

from pipelines.keys import dataset_key
from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.make import layers_of
from shuyang_data.chain.steps import CHECKED_IN, Check
from shuyang_data.names import Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.files import write_text

KEPT = "asset_keys.json"
# A year and a half of nights; what is older stays in the log of its run.
MOST_EVENTS = 500


def carry_renamed(instance: dg.DagsterInstance, settings: Settings, catalog: Catalog) -> list[str]:
    """Copy the history of every renamed dataset to its new keys and drop the old ones; the names that changed.

    Identities and their keys are kept in `SHUYANG_HOME/dagster/asset_keys.json`. Only for who holds the night's lock.
    """
    kept = settings.dagster_home / KEPT
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    now = {
        f"{dataset.id} {layer}": (layer, dataset_key(dataset, catalog, layer))
        for dataset in catalog.datasets.values()
        for layer in layers_of(dataset)
    }
    renamed = [name for name, (_, key) in now.items() if before.get(name, key.path) != key.path]
    for name in renamed:
        layer, key = now[name]
        _carry(instance, dg.AssetKey(before[name]), key, layer)
    after = {name: key.path for name, (_, key) in now.items()}
    if after != before:
        write_text(kept, json.dumps(after, ensure_ascii=False, indent=0))
    return renamed


def _carry(instance: dg.DagsterInstance, old: dg.AssetKey, new: dg.AssetKey, layer: Layer) -> None:
    """Oldest first, each with its own run and moment."""
    for record in reversed(instance.fetch_materializations(old, limit=MOST_EVENTS).records):
        made = record.asset_materialization
        if made is not None:
            told = StepMaterializationData(made._replace(asset_key=new))
            _report(instance, record.event_log_entry, told)
    for check in (check for check, where in CHECKED_IN.items() if where is layer):
        _carry_check(instance, old, new, check)
    instance.wipe_assets([old])


def _carry_check(instance: dg.DagsterInstance, old: dg.AssetKey, new: dg.AssetKey, check: Check) -> None:
    storage = instance.event_log_storage
    history = storage.get_asset_check_execution_history(dg.AssetCheckKey(old, check.label), limit=MOST_EVENTS)
    for entry in (execution.event for execution in reversed(history)):
        event = entry.dagster_event if entry is not None else None
        if entry is not None and event is not None and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            told = event.asset_check_evaluation_data
            moved = dg.AssetCheckEvaluation(
                asset_key=new, check_name=told.check_name, passed=told.passed, severity=told.severity,
                description=told.description, metadata=told.metadata,
            )  # fmt: skip
            _report(instance, entry, moved)


def _report(
    instance: dg.DagsterInstance, entry: EventLogEntry, told: StepMaterializationData | dg.AssetCheckEvaluation
) -> None:
    if entry.dagster_event is not None:
        again = entry.dagster_event._replace(event_specific_data=told)
        instance.report_dagster_event(again, entry.run_id, timestamp=entry.timestamp)
