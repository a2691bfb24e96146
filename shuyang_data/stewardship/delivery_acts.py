"""A named person decides about a delivery: it is voided, read once more, or its loss of keys is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shuyang_data.acts import Decided, DeliveryAct
from shuyang_data.arrival.manifest import decide
from shuyang_data.arrival.receive import date_taken, dated
from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.fingerprint import live_deliveries
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Delivery, DeliveryState
from shuyang_data.storage.lock import hold_night


def decided(county: County, wanted: str, act: DeliveryAct) -> Delivery:
    """The delivery as it is after the decision, which is on record; raise UsageError for what cannot be decided.

    wanted: the delivery's id, or `department/dataset:id`. Waits for no night; raises BusyError while one runs.
    """
    written = {"--by": act.by, "--reason": act.reason}
    nameless = [Problem(option, "没有写") for option, text in written.items() if not text.strip()]
    if nameless:
        raise UsageError(nameless)
    with hold_night(county.settings.home):
        delivery = delivery_named(county, wanted)
        after = _after(county, delivery, act)
        county.registry.save_delivery(decide(county.settings.landing, after, act))
    return after


def delivery_named(county: County, wanted: str) -> Delivery:
    """Raise UsageError for what is no delivery, or several."""
    dataset, _, identity = wanted.rpartition(":")
    alike = [d for d in county.registry.deliveries() if d.id == identity and dataset in ("", str(d.dataset))]
    if len(alike) == 1:
        return alike[0]
    names = "、".join(f"{delivery.dataset}:{delivery.id}" for delivery in alike)
    found = f"有几个：{names}" if alike else "没有这个交付"
    raise UsageError([Problem(wanted, found, "shuyang delivery list 列出的编号，或 部门/数据集:编号")])


def _after(county: County, delivery: Delivery, act: DeliveryAct) -> Delivery:
    """The state that the decision brings about."""
    if act.kind is Decided.VOID:
        _require(delivery, delivery.state is not DeliveryState.VOIDED, "没有作废的交付")
        return replace(delivery, state=DeliveryState.VOIDED, refusal=None, detail=f"{act.by}作废：{act.reason}")
    if act.kind is Decided.RETRY:
        _require(delivery, delivery.state is DeliveryState.REFUSED, "退回的交付")
        dataset = county.dataset(delivery.dataset)
        again = dated(delivery, county.settings.today(delivery.received_at), dataset.delivery.ahead)
        _require(again, again.state is DeliveryState.LANDED, f"日期能用的交付（{again.detail}）")
        return again
    live = live_deliveries(county.dataset(delivery.dataset), county.registry.deliveries(delivery.dataset))
    _require(delivery, delivery in live[-1:] and not delivery.confirmed, "最新的、还没有确认过的交付")
    return delivery


def _require(delivery: Delivery, holds: bool, expected: str) -> None:
    if not holds:
        raise UsageError([Problem(f"{delivery.dataset}:{delivery.id}", delivery.state.label, expected)])


def with_dependents(catalog: Catalog, identity: DatasetId) -> list[DatasetId]:
    """A dataset and whatever is held against it, directly or not, in catalog order."""
    touched = {identity}
    while grown := {d for d in catalog.datasets if d not in touched and catalog.parents(d) & touched}:
        touched |= grown
    return [name for name in catalog.datasets if name in touched]


def delivery_rows(county: County, dataset: DatasetId | None = None) -> Iterator[dict[str, Any]]:
    """Every delivery with the date taken and why, what became of it, and what persons decided."""
    zone = county.settings.zone
    for delivery in county.registry.deliveries(dataset):
        yield {
            "dataset": str(delivery.dataset), "id": delivery.id, "file": delivery.path.rsplit("/", 1)[-1],
            "date": date_taken(delivery), "received_at": delivery.received_at.astimezone(zone).isoformat(),
            "state": delivery.state.label, "rows": delivery.rows, "detail": delivery.detail,
            "acts": [str(replace(act, at=act.at.astimezone(zone))) for act in delivery.acts],
        }  # fmt: skip


def voided_supplies(county: County) -> Iterator[tuple[str, Delivery, str]]:
    """(department that was supplied, the voided delivery, the version it holds) where rows of it had gone out."""
    voided = {(d.dataset, d.id): d for d in county.registry.deliveries() if d.state is DeliveryState.VOIDED}
    if not voided:
        return
    made_from = {
        (release.dataset, release.version): release.deliveries
        for release in county.registry.releases(current=False)
        if release.layer is Layer.SHARED
    }
    requesters = {demand.id: demand.requester for demand in county.registry.demands()}
    for supply in county.registry.supplies(withdrawn=True):
        for identity in made_from.get((supply.dataset, supply.version), ()):
            if (supply.dataset, identity) in voided:
                yield requesters.get(supply.demand_id, ""), voided[supply.dataset, identity], supply.version
