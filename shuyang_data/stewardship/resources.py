"""数据资源超市: every data resource in one listing, whatever its origin; and how far upper levels have answered."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.sources import ReturnRequest
from shuyang_data.names import DatasetId
from shuyang_data.records import DeliveryState
from shuyang_data.release.package import ORIGINS, origin_text
from shuyang_data.storage.registry import Registry


def resources(catalog: Catalog, registry: Registry) -> list[dict[str, Any]]:
    """One row a dataset: origin, from whom on what ground, access, rows in the lake, date of the data."""
    outcomes = registry.outcomes()
    rows = []
    for identity, dataset in catalog.datasets.items():
        outcome = outcomes.get(identity)
        rows.append(
            {
                "dataset": str(identity), "title": dataset.title, "department": catalog.title(identity.department),
                "origin": dataset.origin.kind, "origin_title": ORIGINS[dataset.origin.kind],
                "ground": origin_text(dataset), "sharing": dataset.sharing.access.label,
                "opening": dataset.opening.access.label, "grade": dataset.grade,
                "rows": outcome.counts.accepted if outcome else 0,
                "data_on": outcome.data_on.isoformat() if outcome and outcome.data_on else None,
            }
        )  # fmt: skip
    return rows


def returns(catalog: Catalog, registry: Registry, today: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    """One row a request to an upper level: what was asked, what has come, the share that is there, and how late."""
    return [_answered(request, catalog, registry, today, zone) for request in catalog.returns]


def _answered(
    request: ReturnRequest, catalog: Catalog, registry: Registry, today: date, zone: ZoneInfo
) -> dict[str, Any]:
    outcomes = registry.outcomes()
    lacking: list[str] = []
    receipts = []
    for name in request.datasets:
        identity = DatasetId.parse(name)
        outcome = outcomes.get(identity)
        accepted = outcome.counts.accepted if outcome else 0
        promised = request.rows.get(name, 1)
        if accepted < promised:
            lacking.append(f"{name}：{accepted}/{promised} 行")
        dataset = catalog.datasets[identity]
        lacking += [f"{name}：没有列 {c}" for c in request.columns if c not in {k.title for k in dataset.columns}]
        read = (d for d in registry.deliveries(identity) if d.state is DeliveryState.READ)
        receipts += [delivery.received_at.astimezone(zone).date().isoformat() for delivery in read]
    whole = len(request.datasets) - len({entry.split("：")[0] for entry in lacking})
    late = request.due_on is not None and bool(lacking) and today > request.due_on
    return {
        "id": request.id, "title": request.title, "provider": request.provider,
        "requested_on": request.requested_on.isoformat(), "receipts": sorted(receipts),
        "complete": f"{whole}/{len(request.datasets)}", "lacking": lacking,
        "days_late": (today - request.due_on).days if late and request.due_on else 0,
    }  # fmt: skip
