"""What tonight takes up: what was delivered, changed in code or catalog, or went missing; the rest costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from shuyang_data.arrival.manifest import landed
from shuyang_data.arrival.receive import waiting_files
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.chain.fingerprint import fingerprint, live_deliveries, parent_snapshots
from shuyang_data.chain.retry import to_read_again
from shuyang_data.chain.voided import rests_on_voided
from shuyang_data.names import PUBLISHED, DatasetId, Layer
from shuyang_data.records import Delivery, DeliveryState, Outcome, Planned, Release
from shuyang_data.settings import Settings
from shuyang_data.storage.published import release_problems
from shuyang_data.storage.registry import Registry

Record = TypeVar("Record", Delivery, Release)


def plan_night(
    settings: Settings,
    catalog: Catalog,
    registry: Registry,
    only: Sequence[DatasetId] | None = None,
    *,
    full: bool = False,
) -> list[Planned]:
    """The datasets of tonight in catalog order, each with the reasons why.

    only: no others, and these even when nothing changed; None: whatever has changed. full: every
    dataset that was ever delivered.
    """
    deliveries = _by_dataset(registry.deliveries())
    outcomes = registry.outcomes()
    releases = _by_dataset(registry.releases())
    reasons: dict[DatasetId, list[str]] = {}
    sizes: dict[DatasetId, int] = {}
    for identity, dataset in catalog.datasets.items():
        if identity in catalog.still or (only is not None and identity not in only):
            continue
        mine = deliveries.get(identity) or landed(settings.landing, identity)
        waiting = waiting_files(settings.inbox, dataset)
        live = live_deliveries(dataset, mine)
        sizes[identity] = sum(path.stat().st_size for path in waiting) + sum(delivery.size for delivery in live)
        if not mine and not waiting:
            continue
        found = _reasons(dataset, catalog, settings, mine, len(waiting), outcomes.get(identity))
        found += _parent_reasons(identity, catalog, outcomes) if live else []
        found += _published_reasons(dataset, settings, releases.get(identity, []), outcomes.get(identity))
        if (full or only is not None) and not found:
            found = ["指定重跑"]
        if found:
            reasons[identity] = found
    if only is None:
        _add_dependents(catalog, reasons, deliveries)
    return [
        Planned(identity, tuple(reasons[identity]), sizes[identity])
        for identity in catalog.datasets
        if identity in reasons
    ]


def _reasons(
    dataset: Dataset, catalog: Catalog, settings: Settings, deliveries: Sequence[Delivery], waiting: int,
    outcome: Outcome | None,
) -> list[str]:  # fmt: skip
    found = [f"新交付 {waiting} 个文件"] if waiting else []
    if any(delivery.state is DeliveryState.LANDED for delivery in deliveries):
        found.append("有已接收未处理的交付")
    if to_read_again(dataset, catalog, deliveries):
        found.append("退回过的交付，目录或程序变了，再读一次")
    live = live_deliveries(dataset, deliveries)
    if not live:
        return found + (["有效的交付都作废了，撤下"] if rests_on_voided(outcome, deliveries) else [])
    if outcome is None:
        found.append("从未处理")
    elif outcome.fingerprint != fingerprint(dataset, catalog, live):
        found.append("目录或程序有变化")
    elif missing := _not_in_lake(settings, dataset.id, outcome):
        found.append(f"数据湖里缺{'、'.join(layer.label for layer in missing)}表，重建")
    return found


def _parent_reasons(identity: DatasetId, catalog: Catalog, outcomes: Mapping[DatasetId, Outcome]) -> list[str]:
    """It was judged against what other datasets held then: by a click or a night of single datasets they moved on."""
    if identity not in outcomes:
        return []
    before, now = outcomes[identity].parents, parent_snapshots(identity, catalog, outcomes)
    moved = [parent for parent, snapshot in now.items() if before.get(parent) != snapshot]
    return [f"所引用的 {'、'.join(moved)} 之后有了新的数据"] if moved else []


def _published_reasons(
    dataset: Dataset, settings: Settings, releases: Sequence[Release], outcome: Outcome | None
) -> list[str]:
    """A release that is gone or damaged is made again from the lake; so is one that a night did not live to bring up to
    the committed data, or an officer left behind it; one that nobody wants any more is withdrawn.
    """
    if outcome is None or outcome.snapshot_id is None:
        return []
    found = []
    current = {release.layer: release for release in releases}
    for layer in PUBLISHED:
        release = current.get(layer)
        if layer not in dataset.published_layers():
            found += [f"目录不再要{layer.label}，撤下"] if release is not None else []
        elif release is not None and (problems := release_problems(release, settings.published)):
            found.append(f"{layer} 发布文件缺损，重建：{problems[0]}")
        elif not outcome.forbidden and (release is None or release.snapshot_id != outcome.snapshot_id):
            found.append(f"合格的数据还没有{layer.label}")
    return found


def _not_in_lake(settings: Settings, identity: DatasetId, outcome: Outcome) -> list[Layer]:
    """Layers that must have a table by what was committed, and have none."""
    committed = outcome.snapshot_id is not None
    wanted = {Layer.RAW: committed, Layer.STANDARD: committed, Layer.REJECTED: committed and outcome.counts.rejected}
    tables = {layer: settings.lake.joinpath(*identity.table(layer), "metadata") for layer in wanted}
    return [layer for layer, is_wanted in wanted.items() if is_wanted and not tables[layer].is_dir()]


def _add_dependents(
    catalog: Catalog, reasons: dict[DatasetId, list[str]], deliveries: Mapping[DatasetId, Sequence[Delivery]]
) -> None:
    """A dataset whose foreign keys or rules look into one that is made again is judged again."""
    grown = True
    while grown:
        grown = False
        for identity, dataset in catalog.datasets.items():
            taken = sorted(str(parent) for parent in catalog.parents(identity) & reasons.keys())
            is_open = identity not in reasons and identity not in catalog.still
            if taken and is_open and live_deliveries(dataset, deliveries.get(identity, ())):
                reasons[identity] = [f"所引用的 {'、'.join(taken)} 重做"]
                grown = True


def _by_dataset(records: Iterable[Record]) -> dict[DatasetId, list[Record]]:
    found: dict[DatasetId, list[Record]] = {}
    for record in records:
        found.setdefault(record.dataset, []).append(record)
    return found
