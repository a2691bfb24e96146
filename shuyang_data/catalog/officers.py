"""Who holds which office from when to when, and so may approve what on a day; accounts come later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import Field, model_validator

from shuyang_data.catalog.strict import Strict
from shuyang_data.errors import Problem, UsageError

MAIN_OFFICE = "县公共数据主管部门（县大数据管理局）"


class Holder(Strict):
    """One person's time in an office; until None: still."""

    name: str = Field(min_length=1)
    since: date
    until: date | None = None

    @model_validator(mode="after")
    def in_order(self) -> Holder:
        if self.until is not None and self.until < self.since:
            raise ValueError("until 早于 since")
        return self

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


Offices = Mapping[str, Sequence[Holder]]


class OfficerRegister(Strict):
    """What stands in `officers.yaml`: office → its holders."""

    offices: dict[str, tuple[Holder, ...]]


@dataclass(frozen=True)
class Approver:
    """A person as an approver: the offices held on the day of approval."""

    name: str
    offices: frozenset[str]


def approver_named(text: str, offices: Offices, day: date) -> Approver:
    """The person of this name, or the one who holds the office of this name on that day.

    Raises UsageError for somebody who holds no office on that day; without a register nobody does.
    """
    said = text.strip()
    if not offices:
        remedy = "在目录里写 officers.yaml：职务、姓名、since"
        raise UsageError([Problem("--by", "还没有任职登记，谁都不能批准", "officers.yaml 里当天在任的人", remedy)])
    in_office = [holder.name for holder in offices.get(said, ()) if holder.holds(day)]
    name = in_office[0] if len(in_office) == 1 else said
    held = frozenset(
        office for office, holders in offices.items() if any(h.name == name and h.holds(day) for h in holders)
    )
    if not held:
        found = f"{said or '空'} 在 {day} 没有担任登记的职务"
        raise UsageError([Problem("--by", found, "officers.yaml 里当天在任的人或其职务", "先登记任职")])
    return Approver(name, held)


def require_another(where: str, author: str, approver: Approver) -> None:
    """Raise UsageError when the approver is nobody, or the author under whatever name."""
    if not approver.name or author.strip() in (approver.name, *approver.offices):
        found = f"提交人和批准人都是 {approver.name or '空'}"
        raise UsageError([Problem(where, found, "两个不同的人", "换一位批准人")])


def office_problems(offices: Offices, known: Sequence[str]) -> list[Problem]:
    """Offices that no department has and that approve nothing."""
    strange = [office for office in offices if office not in known]
    return [
        Problem(f"officers.yaml {office}", "没有这个职务", "部门名录里的首席数据官，或主管部门") for office in strange
    ]
