"""Correction tickets (校核): what was found wrong in a delivery, sent back to its source, and what became of it.

Basis: 政务数据共享条例第二十六条. One ticket per dataset, rule and delivery. The next delivery tests it again; a person
closes one only with a reason. The data itself is never repaired here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from shuyang_data.errors import Problem, UsageError
from shuyang_data.names import DatasetId
from shuyang_data.records import Severity
from shuyang_data.words import Word

SYSTEM = "平台"


class TicketState(Word):
    """Where a ticket stands. retested: a new delivery came, and whoever filed the ticket has yet to agree."""

    OPENED = "opened", "待核实"
    ACCEPTED = "accepted", "已认领"
    DISPUTED = "disputed", "有异议"
    CORRECTED = "corrected", "已更正，待复测"
    RETESTED = "retested", "已复测，待确认"
    CLOSED = "closed", "已办结"


class Ending(Word):
    """Why a ticket is closed. continued: the next delivery has the same fault, and a ticket with the same clock;
    dropped: the rule stands in no catalog any more; explained: a person said why.
    """

    PASSED = "passed", "复测通过"
    CONTINUED = "continued", "复测未通过，由后续工单接续"
    DROPPED = "dropped", "规则已取消"
    EXPLAINED = "explained", "说明理由后关闭"


class Act(Word):
    """What a person may do with a ticket."""

    ACCEPT = "accept", "认领"
    DISPUTE = "dispute", "提出异议"
    CORRECT = "correct", "报告已更正"
    CLOSE = "close", "关闭"


# act → (states in which it may be done, state afterwards)
STEPS: dict[Act, tuple[tuple[TicketState, ...], TicketState]] = {
    Act.ACCEPT: ((TicketState.OPENED, TicketState.DISPUTED), TicketState.ACCEPTED),
    Act.DISPUTE: ((TicketState.OPENED, TicketState.ACCEPTED), TicketState.DISPUTED),
    Act.CORRECT: ((TicketState.OPENED, TicketState.ACCEPTED), TicketState.CORRECTED),
    Act.CLOSE: (tuple(state for state in TicketState if state is not TicketState.CLOSED), TicketState.CLOSED),
}


@dataclass(frozen=True)
class TicketEvent:
    """One entry of a ticket's history."""

    on: date
    by: str
    act: str
    text: str = ""


@dataclass(frozen=True)
class Ticket:
    """evaluated, unexpected: rows as they were found; remaining: rows that still break the rule at the last test.

    since: the day from which the clock runs, that of the first of several deliveries with the same fault; due: the
    last day to correct, None while no calendar knows it; filed_by: the requester, empty when a rule found it;
    delivery: the one that was judged.
    """

    id: str
    dataset: DatasetId
    rule_id: str
    delivery: str
    title: str
    severity: Severity
    indicator: str
    evaluated: int
    unexpected: int
    remaining: int
    opened_on: date
    since: date
    due: date | None
    state: TicketState = TicketState.OPENED
    filed_by: str = ""
    closed_on: date | None = None
    ending: Ending | None = None
    history: tuple[TicketEvent, ...] = ()

    @property
    def open(self) -> bool:
        return self.state is not TicketState.CLOSED


@dataclass(frozen=True)
class Failure:
    """What one rule found in one delivery: so many of the rows it looked at are not as expected."""

    rule_id: str
    delivery: str
    title: str
    severity: Severity
    indicator: str
    evaluated: int
    unexpected: int


@dataclass(frozen=True)
class Judgement:
    """What tickets are tested by. rules: all that were judged; unassessable: those of them without a verdict."""

    dataset: DatasetId
    live: tuple[str, ...]
    failures: tuple[Failure, ...]
    rules: frozenset[str]
    unassessable: frozenset[str]
    on: date
    due: date | None

    @property
    def newest(self) -> str:
        """The delivery that was judged last."""
        return self.live[-1]


def ticket_id(dataset: DatasetId, rule_id: str, delivery: str) -> str:
    """The same for the same dataset, rule and delivery, however often it is judged."""
    return f"JH-{hashlib.sha256(f'{dataset} {rule_id} {delivery}'.encode()).hexdigest()[:12]}"


def settle(judgement: Judgement, known: Mapping[str, Ticket]) -> list[Ticket]:
    """The tickets that a judgement opens, changes or closes. known: id → ticket, all those of the dataset."""
    found = {ticket_id(judgement.dataset, f.rule_id, f.delivery): f for f in judgement.failures}
    changed = [_tested(ticket, found, judgement) for ticket in known.values() if ticket.open]
    after = dict(known) | {ticket.id: ticket for ticket in changed}
    for name, failure in found.items():
        ticket = after.get(name)
        if ticket is None:
            after[name] = _opened(name, failure, judgement, changed)
        elif not ticket.open and ticket.ending is not Ending.EXPLAINED:
            again = TicketEvent(judgement.on, SYSTEM, "再次打开", f"{failure.unexpected} 行不合格")
            after[name] = replace(
                ticket, state=TicketState.OPENED, closed_on=None, ending=None, remaining=failure.unexpected,
                history=(*ticket.history, again),
            )  # fmt: skip
    return [ticket for name, ticket in after.items() if known.get(name) != ticket]


def _opened(name: str, failure: Failure, judgement: Judgement, changed: Sequence[Ticket]) -> Ticket:
    """A new ticket; one that goes on with an older one's fault goes on with its clock."""
    older = [t for t in changed if t.rule_id == failure.rule_id and t.ending is Ending.CONTINUED]
    first = min(older, key=lambda ticket: ticket.since, default=None)
    text = f"{failure.severity.label}：{failure.evaluated} 行中 {failure.unexpected} 行不合格"
    return Ticket(
        id=name, dataset=judgement.dataset, rule_id=failure.rule_id, delivery=failure.delivery, title=failure.title,
        severity=failure.severity, indicator=failure.indicator, evaluated=failure.evaluated,
        unexpected=failure.unexpected, remaining=failure.unexpected, opened_on=judgement.on,
        since=first.since if first else judgement.on, due=first.due if first else judgement.due,
        history=(TicketEvent(judgement.on, SYSTEM, "打开", text),),
    )  # fmt: skip


def _tested(ticket: Ticket, found: Mapping[str, Failure], judgement: Judgement) -> Ticket:
    """An open ticket after a judgement of its dataset."""
    if not ticket.rule_id:
        return _answered(ticket, judgement)
    if ticket.id in found:
        return replace(ticket, remaining=found[ticket.id].unexpected)
    if ticket.rule_id in judgement.unassessable:
        return ticket
    if ticket.rule_id not in judgement.rules:
        return _ended(ticket, Ending.DROPPED, judgement.on, SYSTEM, "规则已不在目录里", ticket.remaining)
    next_one = next((f for f in reversed(judgement.failures) if f.rule_id == ticket.rule_id), None)
    if next_one is not None and ticket.delivery not in judgement.live:
        text = f"交付 {next_one.delivery} 仍有 {next_one.unexpected} 行不合格"
        return _ended(ticket, Ending.CONTINUED, judgement.on, SYSTEM, text, remaining=next_one.unexpected)
    return _ended(ticket, Ending.PASSED, judgement.on, SYSTEM, f"交付 {judgement.newest} 复测通过", remaining=0)


def _answered(ticket: Ticket, judgement: Judgement) -> Ticket:
    """A requester's ticket: no rule can test it, so a new delivery asks the one who filed it."""
    if ticket.delivery == judgement.newest or ticket.state is TicketState.RETESTED:
        return ticket
    event = TicketEvent(judgement.on, SYSTEM, "复测", f"新交付 {judgement.newest} 已入库，请提出方核对后关闭")
    return replace(ticket, state=TicketState.RETESTED, history=(*ticket.history, event))


def _ended(ticket: Ticket, ending: Ending, on: date, by: str, text: str, remaining: int) -> Ticket:
    event = TicketEvent(on, by, ending.label, text)
    return replace(
        ticket, state=TicketState.CLOSED, ending=ending, closed_on=on, remaining=remaining,
        history=(*ticket.history, event),
    )  # fmt: skip


def file_ticket(dataset: DatasetId, by: str, text: str, rows: int, delivery: str, on: date, due: date | None) -> Ticket:
    """A requester's ticket: what it found wrong in shared data, in its own words; raise UsageError without words."""
    if not text.strip():
        raise UsageError([Problem("校核申请", "没有写哪里不对", "问题的说明")])
    return Ticket(
        id=ticket_id(dataset, f"{by} {on} {text}", delivery), dataset=dataset, rule_id="", delivery=delivery,
        title=text.strip(), severity=Severity.RECTIFY, indicator="0301", evaluated=0, unexpected=rows, remaining=rows,
        opened_on=on, since=on, due=due, filed_by=by, history=(TicketEvent(on, by, "提出", text.strip()),),
    )  # fmt: skip


def perform(ticket: Ticket, act: Act, by: str, text: str, on: date) -> Ticket:
    """The ticket after a person's act; raise UsageError when it cannot be done now, or a reason is missing."""
    allowed, after = STEPS[act]
    problems = []
    if ticket.state not in allowed:
        expected = "、".join(state.label for state in allowed)
        problems.append(Problem(f"工单 {ticket.id}", f"现在是“{ticket.state.label}”", expected))
    if not by.strip():
        problems.append(Problem(f"工单 {ticket.id}", "没有写办理人", "姓名或科室"))
    if act in (Act.DISPUTE, Act.CLOSE) and not text.strip():
        problems.append(Problem(f"工单 {ticket.id}", f"{act.label}没有写理由", "理由"))
    if problems:
        raise UsageError(problems)
    if act is Act.CLOSE:
        return _ended(ticket, Ending.EXPLAINED, on, by, text, ticket.remaining)
    event = TicketEvent(on, by, act.label, text)
    return replace(ticket, state=after, history=(*ticket.history, event))
