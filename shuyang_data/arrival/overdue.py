"""What should be here and is not, and what is here and nobody claims."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from shuyang_data.arrival.receive import MARKER, SHEET, fresh_from, waiting_files
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.terms import FRESH_DAYS
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery

# One that was refused, or voided since, is none either.
NO_DELIVERY = "没有可用的交付"


def overdue_deliveries(
    catalog: Catalog, deliveries: Iterable[Delivery], today: date, zone: ZoneInfo
) -> dict[DatasetId, date | None]:
    """Datasets whose newest data is older than their update cycle allows → its date; None: no usable one."""
    newest_of: dict[DatasetId, date] = {}
    for delivery in deliveries:
        if delivery.usable:
            fresh = fresh_from(delivery, zone)
            newest_of[delivery.dataset] = max(fresh, newest_of.get(delivery.dataset, date.min))
    found: dict[DatasetId, date | None] = {}
    for identity, dataset in catalog.datasets.items():
        newest = newest_of.get(identity)
        days = FRESH_DAYS[dataset.frequency]
        if days is not None and (newest is None or (today - newest).days > days):
            found[identity] = newest
    return found


def inbox_strangers(inbox: Path, catalog: Catalog) -> list[Path]:
    """Files in the inbox that no dataset of that department claims by name."""
    claimed = {path for dataset in catalog.datasets.values() for path in waiting_files(inbox, dataset)}
    others = (p for p in inbox.glob("*/*") if p.is_file() and p not in claimed and p.parent.name != "registers")
    return sorted(path for path in others if path.suffix != MARKER and not path.name.startswith(SHEET))
