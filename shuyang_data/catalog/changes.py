"""Changes of catalog entries: who asked, why, who approved, from when; and what stood there at any date.

Clocks of 政务数据共享条例第十七条: a change is submitted within 10 working days of its cause (5 more with consent), and
reviewed and published by the main department within 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

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
class EntryChange:
    """One entry of one proposal. before None: new; after None: removed. cause_on: the day of the law or duty that made
    it necessary; extension: working days granted beyond ten. approver is empty for what was changed in the files
    without a proposal.
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
    decided_on: date | None = None
    effective_on: date | None = None
    note: str = ""

    @property
    def entry(self) -> Entry:
        return self.kind, self.name


def approved(change: EntryChange, approver: str, today: date, effective_on: date | None) -> EntryChange:
    """The change with its approval; raise UsageError when it is decided already or its author approves it."""
    _require_pending(change)
    if not approver.strip() or approver.strip() == change.author.strip():
        raise UsageError([Problem(change.id, f"提交人和批准人都是 {approver or '空'}", "两个不同的人", "换一位批准人")])
    if effective_on is not None and effective_on < today:
        raise UsageError([Problem(change.id, f"生效日期 {effective_on} 已过", f"{today} 或以后")])
    effective = effective_on or today
    return replace(change, state=State.APPROVED, approver=approver, decided_on=today, effective_on=effective)


def rejected(change: EntryChange, approver: str, today: date, note: str) -> EntryChange:
    """The change sent back; raise UsageError without a reason."""
    _require_pending(change)
    if not note.strip():
        raise UsageError([Problem(change.id, "退回没有写理由", "理由（条例第二十一条：一次性告知）")])
    return replace(change, state=State.REJECTED, approver=approver, decided_on=today, note=note)


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
