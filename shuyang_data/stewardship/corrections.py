"""What people do with correction tickets: a requester files one, a department answers it, somebody closes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.errors import Problem, UsageError
from shuyang_data.exchange.clocks import CORRECTION
from shuyang_data.names import DatasetId
from shuyang_data.quality.tickets import Act, Ticket, file_ticket, perform
from shuyang_data.records import DeliveryState
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.ticket_log import TicketLog, list_path

# Of a day that no calendar knows yet.
UNDECIDED = "待定"


def find_ticket(registry: Registry, name: str) -> Ticket:
    """Raise UsageError for a number that no ticket has."""
    found = TicketLog(registry).ticket(name)
    if found is None:
        raise UsageError([Problem(name, "没有这张校核工单", "shuyang quality tickets 列出的编号")])
    return found


def act_on(registry: Registry, name: str, act: Act, by: str, text: str, today: date) -> Ticket:
    """Do it and save it; raise UsageError when it cannot be done."""
    changed = perform(find_ticket(registry, name), act, by, text, today)
    TicketLog(registry).save([changed])
    return changed


def file_correction(
    catalog: Catalog, registry: Registry, dataset: DatasetId, by: str, text: str, rows: int, today: date
) -> Ticket:
    """A requester's ticket about a dataset (条例第二十六条); raise UsageError for an unknown department or no words."""
    problems = []
    if by not in catalog.departments:
        problems.append(Problem(by or "提出部门", "不在部门名录", "、".join(catalog.departments)))
    if dataset not in catalog.datasets:
        problems.append(Problem(str(dataset), "目录里没有这个数据集"))
    if problems:
        raise UsageError(problems)
    read = [delivery for delivery in registry.deliveries(dataset) if delivery.state is DeliveryState.READ]
    due = Workdays(catalog.workdays).due(today, CORRECTION)
    ticket = file_ticket(dataset, by, text, rows, read[-1].id if read else "", today, due)
    TicketLog(registry).save([ticket])
    return ticket


def due_on(ticket: Ticket, workdays: Workdays) -> date | None:
    """The last day to correct; a ticket that was opened before its days were known has one as soon as they are."""
    return ticket.due or workdays.due(ticket.since, CORRECTION)


def day_text(day: date | None) -> str:
    """A due day as people read it."""
    return day.isoformat() if day else UNDECIDED


def ticket_rows(tickets: Iterable[Ticket], catalog: Catalog, reports: Path, today: date) -> list[dict[str, Any]]:
    """Tickets as people read them. late: working days past the clock; list: the file of the failing rows, if any."""
    workdays = Workdays(catalog.workdays)
    rows = []
    for ticket in tickets:
        path = list_path(reports, ticket.dataset, ticket.id)
        end = ticket.closed_on or today
        due = due_on(ticket, workdays)
        rows.append(
            {
                "id": ticket.id, "dataset": str(ticket.dataset), "title": ticket.title, "delivery": ticket.delivery,
                "severity": ticket.severity.label, "state": ticket.state.label,
                "ending": ticket.ending.label if ticket.ending else "", "filed_by": ticket.filed_by,
                "evaluated": ticket.evaluated, "unexpected": ticket.unexpected, "remaining": ticket.remaining,
                "since": ticket.since.isoformat(), "due": day_text(due),
                "late": workdays.elapsed(due, end) if due is not None and due < end else 0,
                "closed_on": ticket.closed_on.isoformat() if ticket.closed_on else "",
                "list": str(path) if path.exists() else "",
            }
        )  # fmt: skip
    return rows


def history_lines(ticket: Ticket) -> list[str]:
    """What happened to a ticket, a line each."""
    return [f"{event.on} {event.by} {event.act} {event.text}".rstrip() for event in ticket.history]
