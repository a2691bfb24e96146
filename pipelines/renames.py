"""A dataset whose title changed has other keys in Dagster: what happened under the old ones goes with it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dagster as dg
from dagster._core.events import StepMaterializationData
from dagster._core.events.log import EventLogEntry

from pipelines.keys import dataset_key
from pipelines.storage import PooledSqliteEventLogStorage
from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.make import layers_of
from shuyang_data.chain.steps import CHECKED_IN
from shuyang_data.names import Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.files import write_text

KEPT = "asset_keys.json"
# A year and a half of nights; what is older stays in the log of its run.
MOST_EVENTS = 500
Told = StepMaterializationData | dg.AssetCheckEvaluation
Happened = tuple[EventLogEntry, Told]


@dataclass(frozen=True)
class Move:
    """One layer whose key changed with its dataset's title."""

    old: dg.AssetKey
    new: dg.AssetKey
    layer: Layer


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
    moves = {
        name: Move(dg.AssetKey(before[name]), key, layer)
        for name, (layer, key) in now.items()
        if before.get(name, key.path) != key.path
    }
    if moves:
        _carry(instance, list(moves.values()))
    after = {name: key.path for name, (_, key) in now.items()}
    if after != before:
        write_text(kept, json.dumps(after, ensure_ascii=False, indent=0))
    return list(moves)


def _carry(instance: dg.DagsterInstance, moves: Sequence[Move]) -> None:
    """Everything is read before anything is written, because titles may change places; only then the old goes."""
    storage = instance.event_log_storage
    if not isinstance(storage, PooledSqliteEventLogStorage):
        return
    histories = [[*_made(instance, move), *_checked(instance, move)] for move in moves]
    olds, news = {move.old for move in moves}, {move.new for move in moves}
    storage.unwipe(news)
    until = storage.newest()
    for history in histories:
        for entry, told in history:
            _report(instance, entry, told)
    storage.forget(olds, until, olds - news)


def _made(instance: dg.DagsterInstance, move: Move) -> Iterator[Happened]:
    """Oldest first, each with its own run and moment."""
    for record in reversed(instance.fetch_materializations(move.old, limit=MOST_EVENTS).records):
        made = record.asset_materialization
        if made is not None:
            yield record.event_log_entry, StepMaterializationData(made._replace(asset_key=move.new))


def _checked(instance: dg.DagsterInstance, move: Move) -> Iterator[Happened]:
    storage = instance.event_log_storage
    for check in (check for check, where in CHECKED_IN.items() if where is move.layer):
        key = dg.AssetCheckKey(move.old, check.label)
        history = storage.get_asset_check_execution_history(key, limit=MOST_EVENTS)
        for entry in (execution.event for execution in reversed(history)):
            event = entry.dagster_event if entry is not None else None
            if entry is None or event is None or event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                continue
            told = event.asset_check_evaluation_data
            yield (
                entry,
                dg.AssetCheckEvaluation(
                    asset_key=move.new, check_name=told.check_name, passed=told.passed, severity=told.severity,
                    description=told.description, metadata=told.metadata,
                ),
            )  # fmt: skip


def _report(instance: dg.DagsterInstance, entry: EventLogEntry, told: Told) -> None:
    if entry.dagster_event is not None:
        again = entry.dagster_event._replace(event_specific_data=told)
        instance.report_dagster_event(again, entry.run_id, timestamp=entry.timestamp)
