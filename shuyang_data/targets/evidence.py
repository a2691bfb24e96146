"""The rows behind a rate, and the rate itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shuyang_data.words import Word


class Measure(Word):
    """The two targets; the values name their definitions in `catalog/targets`."""

    SHARING = "sharing", "公共数据按需共享率"
    OPENING = "opening", "应开放公共数据开放率"


@dataclass(frozen=True)
class Evidence:
    """One row behind a rate: counted in the denominator or not, satisfied or not, and why."""

    id: str
    department: str
    title: str
    counted: bool
    satisfied: bool
    failed: tuple[str, ...] = ()
    days_overdue: int = 0
    owes: str = ""


@dataclass(frozen=True)
class Rate:
    """A target's value; rate is None when nothing had to be done (无), never 100 %."""

    numerator: int
    denominator: int

    @property
    def rate(self) -> float | None:
        return None if self.denominator == 0 else self.numerator / self.denominator

    def as_json(self) -> dict[str, Any]:
        return {"numerator": self.numerator, "denominator": self.denominator, "rate": self.rate}
