"""One to-do listing for each department: what it owes, since when, until when, from every register and finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from shuyang_data.arrival.drift import open_drift
from shuyang_data.arrival.overdue import NO_DELIVERY, inbox_strangers, overdue_deliveries
from shuyang_data.catalog.changes import REVIEW, State, review_late, submission_late
from shuyang_data.catalog.findings import TITLES, Finding, catalog_findings
from shuyang_data.catalog.registers import KINDS
from shuyang_data.catalog.spoken import dataset_named, department_named
from shuyang_data.catalog.workbook.bodies import Entry
from shuyang_data.catalog.workdays import WARNING_DAYS, next_year
from shuyang_data.chain.grades import grade_refusals
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.exchange.clocks import SUPPLY, reply_days
from shuyang_data.exchange.records import Decision, DemandStatus
from shuyang_data.names import DatasetId
from shuyang_data.quality.tickets import TicketState
from shuyang_data.stewardship.change_control import UNRECORDED
from shuyang_data.stewardship.corrections import day_text, due_on
from shuyang_data.stewardship.delivery_acts import voided_supplies
from shuyang_data.stewardship.upgrade import to_be_looked_at
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


def duties(county: County, department: str = "") -> list[Duty]:
    """Everything that is owed on this day, the most overdue first; raises CalendarError past the known working days."""
    found = [
        *(_of_finding(finding, county) for finding in catalog_findings(county.catalog, county.as_of)),
        *_delivery_duties(county),
        *_grade_duties(county),
        *_correction_duties(county),
        *_demand_duties(county),
        *_change_duties(county),
        *_calendar_duties(county),
        *_inbox_duties(county),
        *_voided_duties(county),
        *_catalog_duties(county),
        *_upgrade_duties(county),
    ]
    kept = [duty for duty in found if department in ("", duty.department)]
    return sorted(kept, key=lambda duty: (duty.department, -duty.late, duty.due or "9999", duty.kind, duty.entry))


def _late(county: County, due: date | None) -> int:
    return county.workdays.elapsed(due, county.as_of) if due is not None and due < county.as_of else 0


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _of_finding(finding: Finding, county: County) -> Duty:
    return Duty(
        finding.department, TITLES[finding.code], finding.entry, finding.text, _iso(finding.since), _iso(finding.due),
        _late(county, finding.due),
    )  # fmt: skip


def _delivery_duties(county: County) -> Iterator[Duty]:
    """Data that is not there in time, deliveries that were refused or stopped, columns that drifted."""
    overdue = overdue_deliveries(county.catalog, county.registry.deliveries(), county.as_of, county.settings.zone)
    for identity, newest in overdue.items():
        text = f"{county.catalog.datasets[identity].title}：数据日期 {newest or NO_DELIVERY}，超出更新周期"
        yield Duty(identity.department, "逾期未交付", str(identity), text, _iso(newest))
    for identity, outcome in county.registry.outcomes().items():
        if outcome.blocked_by and identity in county.catalog.datasets:
            text = "；".join(outcome.blocked_by)
            yield Duty(
                identity.department, "交付未过关", str(identity), text, county.settings.today(outcome.at).isoformat()
            )
        if outcome.faults:
            met_on = _iso(county.settings.today(outcome.at))
            yield Duty(MAIN, "平台待处理", str(identity), "；".join(outcome.faults), met_on)
    for row in open_drift(county.catalog, county.registry, county.settings.zone):
        if row["owed"]:
            name = DatasetId.parse(row["dataset"])
            yield Duty(name.department, "交付与目录不一致", row["dataset"], row["drift"], row["since"])


def _grade_duties(county: County) -> Iterator[Duty]:
    for identity, dataset in county.catalog.datasets.items():
        for refused in grade_refusals(county.settings.reports, dataset, county.as_of):
            yield Duty(identity.department, "级别待确认", str(identity), refused.text)


def _correction_duties(county: County) -> Iterator[Duty]:
    """Open correction tickets; one that was tested again waits for the requester who filed it."""
    for ticket in TicketLog(county.registry).tickets(only_open=True):
        waits = ticket.state is TicketState.RETESTED
        department = ticket.filed_by if waits else ticket.dataset.department
        kind = "校核待确认" if waits else "校核待更正"
        text = f"{ticket.dataset} {ticket.title}：{ticket.state.label}，{ticket.remaining} 行"
        due = due_on(ticket, county.workdays)
        late = 0 if waits else _late(county, due)
        yield Duty(department, kind, ticket.id, text, _iso(ticket.since), day_text(due), late)


def _demand_duties(county: County) -> Iterator[Duty]:
    """Demands to be answered, and agreed data to be supplied, with the days of the law."""
    supplied = {supply.demand_id for supply in county.registry.supplies()}
    for demand in county.registry.demands():
        if demand.status is not DemandStatus.ACCEPTED or demand.exclusion or demand.received_on > county.as_of:
            continue
        dataset = county.catalog.datasets.get(demand.dataset) if demand.dataset else None
        wanted = f"{county.catalog.title(demand.requester)} 需要 {dataset.title if dataset else demand.purpose}"
        if demand.decision is None:
            due = county.workdays.due(demand.received_on, reply_days(demand, dataset))
            yield Duty(
                demand.provider,
                "需求待答复",
                demand.id,
                wanted,
                _iso(demand.received_on),
                day_text(due),
                _late(county, due),
            )
        elif demand.decision is Decision.AGREED and demand.id not in supplied and demand.decided_on is not None:
            due = county.workdays.due(demand.decided_on, SUPPLY)
            yield Duty(
                demand.provider,
                "同意后待提供",
                demand.id,
                wanted,
                _iso(demand.decided_on),
                day_text(due),
                _late(county, due),
            )


def _change_duties(county: County) -> Iterator[Duty]:
    """Changes that wait for the main department, and edits that nobody approved."""
    for change in county.changes.changes(states=[State.PENDING, State.APPLIED]):
        entry = f"{change.kind} {change.name}"
        if change.state is State.PENDING:
            due = county.workdays.due(change.submitted_on, REVIEW)
            text = f"{change.batch}：{change.author} 提交，{change.reason}"
            yield Duty(MAIN, "目录变更待审", entry, text, _iso(change.submitted_on), day_text(due), _late(county, due))
        elif change.author == UNRECORDED and not change.approver:
            yield Duty(MAIN, "未经批准的目录改动", entry, f"{change.id}：补报并批准，或改回", _iso(change.effective_on))


def _calendar_duties(county: County) -> Iterator[Duty]:
    """Clocks stand on the working days, which the State Council tells year by year."""
    until = county.workdays.known_until(county.as_of)
    if (until - county.as_of).days < WARNING_DAYS:
        text = f"工作日历只到 {until}，之后的限期待定：{next_year(until)}"
        yield Duty(MAIN, "工作日历将到期", "calendar", text, "", _iso(until))


def _inbox_duties(county: County) -> Iterator[Duty]:
    """Files that no dataset of their folder claims: whoever sent them believes that they have arrived."""
    for path in inbox_strangers(county.settings.inbox, county.catalog):
        sender = path.parent.name
        text = f"收件箱 {sender}/{path.name}：文件名不是任何数据集的；改名后重放，或移走"
        yield Duty(sender if sender in county.catalog.departments else MAIN, "无人认领的文件", path.name, text)


def _voided_duties(county: County) -> Iterator[Duty]:
    """Whoever was supplied from a delivery that was voided since is told, and why."""
    for requester, delivery, version in voided_supplies(county):
        act = delivery.acts[-1]
        text = f"{delivery.dataset} 版本 {version} 依据的交付已作废（{act.by}：{act.reason}）；请停用，改用现行版本"
        yield Duty(requester or MAIN, "所得数据已作废", delivery.id, text, county.settings.today(act.at).isoformat())


def _catalog_duties(county: County) -> Iterator[Duty]:
    """What stands in the catalog's files and cannot be used: its last valid state is in force meanwhile."""
    for fault in county.catalog.faults:
        yield Duty(MAIN, "目录文件有误", fault.where, str(fault))


def _upgrade_duties(county: County) -> Iterator[Duty]:
    """What an upgrade of the catalog filled in at its strictest, until an officer writes what is right."""
    for department, entry, fields in to_be_looked_at(county.catalog):
        yield Duty(department, "目录升级待核", entry, f"{fields}：升级时按最严填写，请核定")


def duty_rows(found: Iterable[Duty]) -> list[dict[str, Any]]:
    return [dict(vars(duty)) for duty in found]


def change_rows(county: County) -> list[dict[str, Any]]:
    """Every change with its state and how late its review is."""
    return [
        {
            "batch": c.batch, "id": c.id, "entry": f"{c.kind} {c.name}", "state": c.state.label,
            "author": c.author, "reason": c.reason, "submitted_on": _iso(c.submitted_on), "approver": c.approver,
            "effective_on": _iso(c.effective_on),
            "submitted_late": submission_late(c, county.workdays),
            "late": review_late(c, county.workdays, county.as_of) if c.author != UNRECORDED else 0,
        }
        for c in county.changes.changes()
    ]  # fmt: skip


def entry_named(text: str, county: County) -> Entry:
    """A dataset by any of its names, or `register/identity`; raise UsageError for what never was one."""
    kind, _, name = text.partition("/")
    entry = (kind, name) if kind in (*KINDS, "departments") else ("datasets", text)
    if county.changes.changes(entry=entry):
        # It may have left the catalog since.
        return entry
    if entry[0] == "datasets":
        return "datasets", str(dataset_named(text, county.catalog))
    if kind == "departments":
        return kind, department_named(name, county.catalog)
    if name not in getattr(county.catalog.registers, kind):
        raise UsageError([Problem(text, "没有这个条目", "部门/数据集，或 systems/系统编号 等")])
    return entry
