"""What departments owe because their files have drifted from the catalog: by the newest delivery of each dataset.

An entry opens with the first delivery that shows it and closes by itself with the first that does not.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from shuyang_data.catalog.model import Catalog
from shuyang_data.records import DeliveryState, DriftKind
from shuyang_data.storage.registry import Registry

# A column that comes in another place or under a name that is understood does no harm: it is told, not owed.
OWED = (DriftKind.MISSING, DriftKind.NEW, DriftKind.RETYPED, DriftKind.PART)


def open_drift(catalog: Catalog, registry: Registry, zone: ZoneInfo) -> list[dict[str, Any]]:
    """One row a difference: dataset, department, what, since which delivery, whether the department has to act."""
    rows = []
    for identity, dataset in catalog.datasets.items():
        read = [delivery for delivery in registry.deliveries(identity) if delivery.state is DeliveryState.READ]
        for drift in read[-1].drift if read else ():
            first = read[-1]
            for delivery in reversed(read):
                if drift not in delivery.drift:
                    break
                first = delivery
            since = first.received_at.astimezone(zone).date().isoformat()
            rows.append(
                {
                    "dataset": str(identity), "title": dataset.title, "department": catalog.title(identity.department),
                    "kind": str(drift.kind), "drift": str(drift), "since": since,
                    "owed": drift.kind in OWED,
                }
            )  # fmt: skip
    return rows
