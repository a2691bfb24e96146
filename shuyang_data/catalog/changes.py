"""Changes of catalog entries: who asked, why, who approved, from when; and what stood there at any date.

Clocks of 政务数据共享条例第十七条: a change is submitted within 10 working days of its cause (5 more with consent), and
reviewed and published by the main department within 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shuyang_data.catalog.officers import Approver, require_another
from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.errors import Problem, UsageError
from shuyang_data.words import Word

SUBMIT, EXTENSION, REVIEW = 10, 5, 2


class State(Word):
    PENDING = "pending", "待批准"
    APPROVED = "approved", "已批准，待生效"
    REJECTED = "rejected", "已退回"
    APPLIED = "applied", "已生效"


@dataclass(frozen=True)
class Approval:
    """One office's approval: by whom, and when."""

    office: str
    by: str
    on: date


@dataclass(frozen=True)
class EntryChange:
    """One entry of one proposal. before None: new; after None: removed. cause_on: the day of the law or duty that made
    it necessary; extension: working days granted beyond ten. approver is empty for what was changed in the files
    without a proposal. offices: those that have to approve, and what they did.
    """

    id: str
    batch: str
    kind: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    author: str
    reason: str
    submitted_on: date
    cause_on: date | None = None
    extension: int = 0
    state: State = State.PENDING
    approver: str = ""
    offices: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    decided_on: date | None = None
    effective_on: date | None = None
    note: str = ""

    @property
    def entry(self) -> Entry:
        return self.kind, self.name

    @property
    def lacking(self) -> tuple[str, ...]:
        """Offices that have not approved yet."""
        return tuple(office for office in self.offices if office not in {given.office for given in self.approvals})


def approved(change: EntryChange, approver: Approver, today: date, effective_on: date | None) -> EntryChange:
    """The change with this person's approval, approved once every office that has to has approved.

    Raises UsageError when it is decided already, its author approves it, or the person holds none of these offices.
    """
    _require_pending(change)
    require_another(change.id, change.author, approver)
    mine = _require_office(change, approver, change.lacking)
    given = (*change.approvals, *(Approval(office, approver.name, today) for office in mine))
    change = replace(change, approvals=given, approver="、".join(dict.fromkeys(a.by for a in given)) or approver.name)
    if effective_on is not None and effective_on < today:
        raise UsageError([Problem(change.id, f"生效日期 {effective_on} 已过", f"{today} 或以后")])
    if change.lacking:
        return replace(change, effective_on=effective_on or change.effective_on)
    effective = effective_on or change.effective_on or today
    return replace(change, state=State.APPROVED, decided_on=today, effective_on=max(effective, today))


def rejected(change: EntryChange, approver: Approver, today: date, note: str) -> EntryChange:
    """The change sent back; raise UsageError without a reason, or by somebody who has nothing to approve of it."""
    _require_pending(change)
    _require_office(change, approver, change.offices)
    if not note.strip():
        raise UsageError([Problem(change.id, "退回没有写理由", "理由（条例第二十一条：一次性告知）")])
    return replace(change, state=State.REJECTED, approver=approver.name, decided_on=today, note=note)


def _require_office(change: EntryChange, approver: Approver, offices: tuple[str, ...]) -> list[str]:
    """Those of the offices that the person holds; raise UsageError when there are some and the person holds none."""
    mine = [office for office in offices if office in approver.offices]
    if change.offices and not mine:
        raise UsageError([Problem(change.id, f"{approver.name} 不担任应批准的职务", "、".join(offices))])
    return mine


def _require_pending(change: EntryChange) -> None:
    if change.state is not State.PENDING:
        raise UsageError([Problem(change.id, f"状态是{change.state.label}", State.PENDING.label)])


def submission_late(change: EntryChange, workdays: Workdays) -> int:
    """Working days by which the change was submitted late; 0 without a cause."""
    if change.cause_on is None:
        return 0
    return workdays.overdue(change.cause_on, SUBMIT + min(change.extension, EXTENSION), change.submitted_on)


def review_late(change: EntryChange, workdays: Workdays, today: date) -> int:
    """Working days by which the main department's review is, or was, late."""
    return workdays.overdue(change.submitted_on, REVIEW, change.decided_on or today)


def body_at(entry: Entry, current: Body | None, changes: Iterable[EntryChange], day: date) -> Body | None:
    """What stood in an entry at the end of a day; None: it was not there. changes: all of them, in any order."""
    body = current
    applied = [c for c in changes if c.entry == entry and c.state is State.APPLIED and c.effective_on is not None]
    for change in sorted(applied, key=lambda c: (c.effective_on or day, c.id), reverse=True):
        if change.effective_on is not None and change.effective_on > day:
            body = change.before
    return body
