"""Where every dataset stands, as rows for the summary, for `shuyang status` and for scripts."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from shuyang_data.arrival.overdue import overdue_deliveries
from shuyang_data.catalog.model import Catalog
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Counts, Delivery, DeliveryState, Outcome, Release
from shuyang_data.storage.registry import Registry


def dataset_status(catalog: Catalog, registry: Registry, today: date, zone: ZoneInfo) -> dict[str, dict[str, Any]]:
    """`department/dataset` → counts, what is published, and what stopped it, in catalog order."""
    outcomes = registry.outcomes()
    deliveries = registry.deliveries()
    releases = {(release.dataset, release.layer): release for release in registry.releases()}
    overdue = overdue_deliveries(catalog, deliveries, today, zone)
    refused = _refused(deliveries)
    found = {}
    for identity, dataset in catalog.datasets.items():
        outcome = outcomes.get(identity)
        found[str(identity)] = {
            "title": dataset.title,
            **_counts(outcome),
            "published_shared": _rows(releases.get((identity, Layer.SHARED))),
            "published_open": _rows(releases.get((identity, Layer.OPEN))),
            "blocked_by": _blocked(outcome),
            "failed_checks": outcome.failed_checks if outcome else 0,
            "held": outcome.held if outcome else 0,
            "refused_deliveries": refused.get(identity, []),
            "data_on": outcome.data_on.isoformat() if outcome and outcome.data_on else None,
            "overdue": identity in overdue,
        }
    return found


def stopped(status: dict[str, dict[str, Any]]) -> list[str]:
    """The datasets that a gate, a policy or a refused delivery stopped."""
    return [name for name, row in status.items() if row["blocked_by"]]


def _counts(outcome: Outcome | None) -> dict[str, int]:
    counts = outcome.counts if outcome else Counts()
    return {
        "delivered": counts.delivered,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "superseded": counts.superseded,
    }


def _blocked(outcome: Outcome | None) -> list[str]:
    return [*outcome.blocked_by, *outcome.forbidden, *outcome.faults] if outcome else []


def _rows(release: Release | None) -> int | None:
    return release.rows if release else None


def _refused(deliveries: list[Delivery]) -> dict[DatasetId, list[str]]:
    found: dict[DatasetId, list[str]] = {}
    for delivery in deliveries:
        if delivery.state is DeliveryState.REFUSED:
            found.setdefault(delivery.dataset, []).append(str(delivery.refusal))
    return found


def by_department(status: dict[str, dict[str, Any]], catalog: Catalog) -> list[dict[str, Any]]:
    """The summary's rows: per department datasets, rows, failed checks and what is published."""
    rows: dict[str, dict[str, Any]] = {}
    for name, entry in status.items():
        code = name.split("/")[0]
        row = rows.setdefault(
            code,
            {"department": catalog.title(code), "datasets": 0, "delivered": 0, "accepted": 0, "rejected": 0,
             "superseded": 0, "failed_checks": 0, "shared": 0, "open": 0, "stopped": 0},
        )  # fmt: skip
        row["datasets"] += 1
        for field in ("delivered", "accepted", "rejected", "superseded", "failed_checks"):
            row[field] += entry[field]
        row["shared"] += entry["published_shared"] is not None
        row["open"] += entry["published_open"] is not None
        row["stopped"] += bool(entry["blocked_by"])
    return list(rows.values())
