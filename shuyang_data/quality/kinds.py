"""What is known of an expectation type: its arguments, how it is judged, and its class in Great Expectations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.quality.arguments import Arguments
from shuyang_data.quality.rule import Rule

GX = "great_expectations.expectations"
OURS = "shuyang_data.quality.gx_types"

Part = Callable[[Table, Rule], BooleanValue]
# Whether it holds, and what was observed.
Verdict = tuple[bool, Any]
Fetch = Callable[[Table], list[dict[str, Any]]]


def class_name(kind: str) -> str:
    """What Great Expectations calls the class of a type."""
    return "".join(part.capitalize() for part in kind.split("_"))


@dataclass(frozen=True)
class Rows:
    """About single rows. looked_at: those that count; broken: the unexpected ones of them, where NULL is expected."""

    looked_at: Part
    broken: Part


@dataclass(frozen=True)
class Missing(Rows):
    """About single rows: whether a value is there. allowed: whether it may be missing."""

    allowed: bool


@dataclass(frozen=True)
class Reference(Rows):
    """About single rows, held against what was looked up in another dataset."""


@dataclass(frozen=True)
class Unique:
    """About single rows: no two of those looked at have the same values."""

    looked_at: Part
    values: Callable[[Table, Rule], dict[str, Value]]


@dataclass(frozen=True)
class Column:
    """About a column as a whole. measure: (table, rule, row condition) → name → scalar; verdict: of their values."""

    measure: Callable[[Table, Rule, Value], dict[str, Value]]
    verdict: Callable[[Mapping[str, Any], Rule], Verdict]


@dataclass(frozen=True)
class Size:
    """About the number of rows."""

    verdict: Callable[[int, Rule], Verdict]


@dataclass(frozen=True)
class Shape:
    """About the columns that a table has; it has no row condition."""

    verdict: Callable[[Sequence[str], Rule], Verdict]


@dataclass(frozen=True)
class Surroundings:
    """What stands around a table. references: `department/dataset` → its accepted rows; previous: the accepted rows
    that were committed last; rows: of the newest delivery; history: (data date, rows) of earlier ones, oldest first;
    cycle: days in which data must be renewed, None for no fixed cycle.
    """

    data_on: date
    as_of: date
    rows: int = 0
    cycle: int | None = None
    references: Mapping[str, Table] = field(default_factory=dict)
    previous: Table | None = None
    history: Sequence[tuple[date, int]] = ()


@dataclass(frozen=True)
class Found:
    """looked_at and unexpected: rows, groups or steps; observed: the number behind a verdict about the whole."""

    looked_at: int
    unexpected: int
    passed: bool
    observed: float | None = None


@dataclass(frozen=True)
class Field:
    """Needs more than the table itself. judge: None when what it needs is not there. rows: of the table it looks at."""

    judge: Callable[[Table, Rule, Surroundings, Fetch], Found | None]
    rows: bool = True


How = Rows | Unique | Column | Size | Shape | Field


@dataclass(frozen=True)
class Expectation:
    """One type. module: where Great Expectations finds its class, empty when it cannot judge such a rule."""

    type: str
    how: How
    arguments: Arguments
    module: str = GX

    @property
    def gx_class(self) -> str:
        """The class's full name."""
        return f"{self.module}.{class_name(self.type)}" if self.module else ""

    @property
    def conditional(self) -> bool:
        """Whether the type takes a row condition."""
        return self.how.rows if isinstance(self.how, Field) else not isinstance(self.how, Shape)
