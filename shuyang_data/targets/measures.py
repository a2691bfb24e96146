"""The two targets: 公共数据按需共享率 and 应开放公共数据开放率, from evidence about what is really there.

No official formula was found in any source that could be read; these are the platform's own definitions,
versioned in `catalog/targets`. Every function here is pure: the facts were looked at by `targets.facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import FRESH_DAYS, Access
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.exchange.clocks import CORRECTION, reply_due, reply_overdue, supply_overdue
from shuyang_data.exchange.records import Decision, Demand, DemandStatus
from shuyang_data.names import DatasetId
from shuyang_data.targets.evidence import Evidence, Measure, Rate

LEGAL_BASES = ("法律", "行政法规", "国务院决定")


@dataclass(frozen=True)
class Found:
    """What stands in a published folder at this moment. problems: why the release cannot be relied on."""

    data_on: date
    rows: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything a measurement looks at, as it was found."""

    shared: Mapping[DatasetId, Found] = field(default_factory=dict)
    opened: Mapping[DatasetId, Found] = field(default_factory=dict)
    supplied: frozenset[str] = frozenset()
    blocked: Mapping[DatasetId, tuple[str, ...]] = field(default_factory=dict)
    tickets: Mapping[DatasetId, Sequence[date]] = field(default_factory=dict)


def is_fresh(data_on: date, dataset: Dataset, today: date) -> bool:
    """Whether data of this date is still within the dataset's update cycle."""
    days = FRESH_DAYS[dataset.frequency]
    return days is None or (today - data_on).days <= days


def sharing_evidence(demand: Demand, catalog: Catalog, facts: Facts, workdays: Workdays, today: date) -> Evidence:
    """One demand: whether it counts, whether it is satisfied, which condition failed, who owes what."""
    dataset = catalog.datasets.get(demand.dataset) if demand.dataset else None
    excluded = _sharing_exclusion(demand, dataset, workdays, today)
    failed = () if excluded else _sharing_failures(demand, dataset, facts, workdays, today)
    late = reply_overdue(demand, dataset, workdays, today)
    if not late and demand.decision is Decision.AGREED and set(failed) & {"not_mounted", "not_supplied"}:
        late = supply_overdue(demand, workdays, today)
    return Evidence(
        id=demand.id,
        department=demand.provider,
        title=f"{catalog.title(demand.requester)} 需要 {dataset.title if dataset else demand.purpose}",
        counted=excluded is None,
        satisfied=excluded is None and not failed,
        failed=(excluded,) if excluded else failed,
        days_overdue=late if excluded is None else 0,
        owes=f"{catalog.title(demand.provider)}" if failed else "",
    )


def _sharing_exclusion(demand: Demand, dataset: Dataset | None, workdays: Workdays, today: date) -> str | None:
    """The coded reason why a demand does not count; a refusal without a legal basis always counts."""
    if demand.status is not DemandStatus.ACCEPTED:
        return demand.status
    if demand.received_on > today:
        return "not_yet_received"
    if demand.exclusion:
        return demand.exclusion
    if demand.decision is Decision.REFUSED and demand.refusal_basis and demand.refusal_basis_type in LEGAL_BASES:
        return "refused_with_basis"
    if not reply_due(demand, dataset, workdays, today):
        return "not_yet_due"
    return None


def _sharing_failures(
    demand: Demand, dataset: Dataset | None, facts: Facts, workdays: Workdays, today: date
) -> tuple[str, ...]:
    if demand.decision is None:
        return ("reply_overdue",)
    if demand.decision is Decision.REFUSED:
        return ("refused_without_basis",)
    if dataset is None:
        return ("not_catalogued",)
    failed = _mounting_failures(facts.shared.get(dataset.id), dataset, today)
    if demand.granted_until is None or demand.granted_until < today:
        failed.append("grant_inactive")
    if demand.id not in facts.supplied:
        failed.append("not_supplied")
    if facts.blocked.get(dataset.id):
        failed.append("quality_gate")
    if any(workdays.overdue(opened, CORRECTION, today) for opened in facts.tickets.get(dataset.id, ())):
        failed.append("correction_overdue")
    return tuple(failed)


def _mounting_failures(found: Found | None, dataset: Dataset, today: date) -> list[str]:
    """Why the shared release does not serve; empty when it stands there whole and fresh."""
    if found is None:
        return ["not_mounted"]
    if found.problems:
        return ["published_file_broken"]
    return [] if is_fresh(found.data_on, dataset, today) else ["stale"]


def opening_evidence(dataset: Dataset, catalog: Catalog, facts: Facts, workdays: Workdays, today: date) -> Evidence:
    """One catalog entry: whether it should be open by now, and whether it is open and healthy."""
    excluded = _opening_exclusion(dataset, catalog, workdays, today)
    failed = () if excluded else _opening_failures(dataset, facts, today)
    grace = catalog.measures[Measure.OPENING].grace_working_days
    return Evidence(
        id=str(dataset.id),
        department=dataset.id.department,
        title=dataset.title,
        counted=excluded is None,
        satisfied=excluded is None and not failed,
        failed=(excluded,) if excluded else failed,
        days_overdue=workdays.overdue(dataset.approved_on, grace, today) if "not_published" in failed else 0,
        owes=catalog.title(dataset.id.department) if failed else "",
    )


def _opening_exclusion(dataset: Dataset, catalog: Catalog, workdays: Workdays, today: date) -> str | None:
    if dataset.opening.access is Access.REFUSED:
        return "opening_refused"
    if workdays.elapsed(dataset.approved_on, today) < catalog.measures[Measure.OPENING].grace_working_days:
        return "within_grace"
    return None


def _opening_failures(dataset: Dataset, facts: Facts, today: date) -> tuple[str, ...]:
    if dataset.opening.access is Access.CONDITIONAL:
        return ("no_application_route",)
    found = facts.opened.get(dataset.id)
    if found is None:
        return ("not_published",)
    failed = []
    if found.problems:
        failed.append("published_file_broken")
    if found.rows == 0:
        failed.append("no_rows")
    if not is_fresh(found.data_on, dataset, today):
        failed.append("stale")
    return tuple(failed)


def rate(evidence: Iterable[Evidence]) -> Rate:
    """Satisfied over counted."""
    counted = [row for row in evidence if row.counted]
    return Rate(sum(row.satisfied for row in counted), len(counted))
