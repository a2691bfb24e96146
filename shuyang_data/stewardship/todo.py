"""One to-do listing for each department: what it owes, since when, until when, from every register and finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from shuyang_data.catalog.changes import REVIEW, STATE_TITLES, State, review_late, submission_late
from shuyang_data.catalog.findings import TITLES, Finding, catalog_findings
from shuyang_data.catalog.registers import KINDS
from shuyang_data.catalog.workbook.bodies import Entry
from shuyang_data.errors import Problem, UsageError
from shuyang_data.exchange.clocks import SUPPLY, reply_days
from shuyang_data.names import DatasetId
from shuyang_data.night.drift import open_drift
from shuyang_data.night.grades import grade_refusals
from shuyang_data.night.plan import overdue_deliveries
from shuyang_data.quality.tickets import TICKET_TITLES, TicketState
from shuyang_data.stewardship.change_control import UNRECORDED
from shuyang_data.stewardship.desk import Desk
from shuyang_data.storage.ticket_log import TicketLog

MAIN = "data_bureau"


@dataclass(frozen=True)
class Duty:
    """since, due: ISO dates, empty where none is known; late: working days past `due`."""

    department: str
    kind: str
    entry: str
    text: str
    since: str = ""
    due: str = ""
    late: int = 0


def duties(desk: Desk, department: str = "") -> list[Duty]:
    """Everything that is owed on this day, the most overdue first; raises CalendarError past the known working days."""
    found = [
        *(_of_finding(finding, desk) for finding in catalog_findings(desk.catalog, desk.today)),
        *_delivery_duties(desk),
        *_grade_duties(desk),
        *_correction_duties(desk),
        *_demand_duties(desk),
        *_change_duties(desk),
    ]
    kept = [duty for duty in found if department in ("", duty.department)]
    return sorted(kept, key=lambda duty: (duty.department, -duty.late, duty.due or "9999", duty.kind, duty.entry))


def _late(desk: Desk, due: date | None) -> int:
    return desk.workdays.elapsed(due, desk.today) if due is not None and due < desk.today else 0


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _of_finding(finding: Finding, desk: Desk) -> Duty:
    return Duty(
        finding.department, TITLES[finding.code], finding.entry, finding.text, _iso(finding.since), _iso(finding.due),
        _late(desk, finding.due),
    )  # fmt: skip


def _delivery_duties(desk: Desk) -> Iterator[Duty]:
    """Data that is not there in time, deliveries that were refused or stopped, columns that drifted."""
    for identity, newest in overdue_deliveries(desk.catalog, desk.registry.deliveries(), desk.today).items():
        text = f"{desk.catalog.datasets[identity].title}：数据日期 {newest or '从未交付'}，超出更新周期"
        yield Duty(identity.department, "逾期未交付", str(identity), text, _iso(newest))
    for identity, outcome in desk.registry.outcomes().items():
        if outcome.blocked_by and identity in desk.catalog.datasets:
            text = "；".join(outcome.blocked_by)
            yield Duty(identity.department, "交付未过关", str(identity), text, outcome.at.date().isoformat())
    for row in open_drift(desk.catalog, desk.registry):
        if row["owed"]:
            name = DatasetId.parse(row["dataset"])
            yield Duty(name.department, "交付与目录不一致", row["dataset"], row["drift"], row["since"])


def _grade_duties(desk: Desk) -> Iterator[Duty]:
    for identity, dataset in desk.catalog.datasets.items():
        for refused in grade_refusals(desk.settings.reports, dataset):
            yield Duty(identity.department, "级别待确认", str(identity), refused.text)


def _correction_duties(desk: Desk) -> Iterator[Duty]:
    """Open correction tickets; one that was tested again waits for the requester who filed it."""
    for ticket in TicketLog(desk.registry).tickets(only_open=True):
        waits = ticket.state is TicketState.RETESTED
        department = ticket.filed_by if waits else ticket.dataset.department
        kind = "校核待确认" if waits else "校核待更正"
        text = f"{ticket.dataset} {ticket.title}：{TICKET_TITLES[ticket.state]}，{ticket.remaining} 行"
        late = 0 if waits else _late(desk, ticket.due)
        yield Duty(department, kind, ticket.id, text, _iso(ticket.since), _iso(ticket.due), late)


def _demand_duties(desk: Desk) -> Iterator[Duty]:
    """Demands to be answered, and agreed data to be supplied, with the days of the law."""
    supplied = {supply.demand_id for supply in desk.registry.supplies()}
    for demand in desk.registry.demands():
        if demand.status != "accepted" or demand.exclusion or demand.received_on > desk.today:
            continue
        dataset = desk.catalog.datasets.get(demand.dataset) if demand.dataset else None
        wanted = f"{desk.catalog.title(demand.requester)} 需要 {dataset.title if dataset else demand.purpose}"
        if demand.decision is None:
            due = desk.workdays.due(demand.received_on, reply_days(demand, dataset))
            yield Duty(
                demand.provider, "需求待答复", demand.id, wanted, _iso(demand.received_on), _iso(due), _late(desk, due)
            )
        elif demand.decision == "agreed" and demand.id not in supplied and demand.decided_on is not None:
            due = desk.workdays.due(demand.decided_on, SUPPLY)
            yield Duty(
                demand.provider, "同意后待提供", demand.id, wanted, _iso(demand.decided_on), _iso(due), _late(desk, due)
            )


def _change_duties(desk: Desk) -> Iterator[Duty]:
    """Changes that wait for the main department, and edits that nobody approved."""
    for change in desk.log.changes(states=[State.PENDING, State.APPLIED]):
        entry = f"{change.kind} {change.name}"
        if change.state is State.PENDING:
            due = desk.workdays.due(change.submitted_on, REVIEW)
            text = f"{change.batch}：{change.author} 提交，{change.reason}"
            yield Duty(MAIN, "目录变更待审", entry, text, _iso(change.submitted_on), _iso(due), _late(desk, due))
        elif change.author == UNRECORDED and not change.approver:
            yield Duty(MAIN, "未经批准的目录改动", entry, f"{change.id}：补报并批准，或改回", _iso(change.effective_on))


def duty_rows(found: Iterable[Duty]) -> list[dict[str, Any]]:
    return [dict(vars(duty)) for duty in found]


def change_rows(desk: Desk) -> list[dict[str, Any]]:
    """Every change with its state and how late its review is."""
    return [
        {
            "batch": c.batch, "id": c.id, "entry": f"{c.kind} {c.name}", "state": STATE_TITLES[c.state],
            "author": c.author, "reason": c.reason, "submitted_on": _iso(c.submitted_on), "approver": c.approver,
            "effective_on": _iso(c.effective_on),
            "submitted_late": submission_late(c, desk.workdays),
            "late": review_late(c, desk.workdays, desk.today) if c.author != UNRECORDED else 0,
        }
        for c in desk.log.changes()
    ]  # fmt: skip


def entry_named(text: str, desk: Desk) -> Entry:
    """`department/dataset` or `register/identity`; raise UsageError for what never was one."""
    kind, _, name = text.partition("/")
    entry = (kind, name) if kind in (*KINDS, "departments") else ("datasets", text)
    registers = {k: getattr(desk.catalog.registers, k) for k in KINDS} | {"departments": desk.catalog.departments}
    present = {str(identity) for identity in desk.catalog.datasets} if entry[0] == "datasets" else registers[entry[0]]
    if entry[1] not in present and not desk.log.changes(entry=entry):
        raise UsageError([Problem(text, "没有这个条目", "部门/数据集，或 systems/系统编号 等")])
    return entry
