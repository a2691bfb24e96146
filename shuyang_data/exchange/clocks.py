"""The statutory clocks of a demand, in working days (政务数据共享条例第二十一、二十二条)."""

from __future__ import annotations

from datetime import date

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Access
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.exchange.records import Demand

REPLY_UNCONDITIONAL = 1
REPLY_CONDITIONAL = 10
EXTENSION_LIMIT = 10
SUPPLY = 20
CORRECTION = 10


def reply_days(demand: Demand, dataset: Dataset | None) -> int:
    """Working days within which the provider must reply; an unknown dataset takes the longer clock."""
    if dataset is not None and dataset.sharing.access is Access.UNCONDITIONAL:
        return REPLY_UNCONDITIONAL
    return REPLY_CONDITIONAL + min(demand.extension_days, EXTENSION_LIMIT)


def reply_overdue(demand: Demand, dataset: Dataset | None, workdays: Workdays, today: date) -> int:
    """Working days by which the reply is late; 0 once it was given, or while the clock still runs."""
    if demand.decision is not None:
        return 0
    return workdays.overdue(demand.received_on, reply_days(demand, dataset), today)


def reply_due(demand: Demand, dataset: Dataset | None, workdays: Workdays, today: date) -> bool:
    """Whether a decision was given or its time is up."""
    return demand.decision is not None or reply_overdue(demand, dataset, workdays, today) > 0


def supply_overdue(demand: Demand, workdays: Workdays, today: date) -> int:
    """Working days by which the agreed data is late."""
    if demand.decided_on is None:
        return 0
    return workdays.overdue(demand.decided_on, SUPPLY, today)
