"""One rule of a dataset: an expectation in Great Expectations' vocabulary with its GB/T 36344 indicator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shuyang_data.catalog.checks import Condition, argument_columns
from shuyang_data.records import Reason, RuleResult, Severity


@dataclass(frozen=True)
class Rule:
    """One expectation. id: stable within the dataset. kwargs: those of the expectation type.

    reason: a row that breaks the rule is rejected for it; a rule without one judges the whole delivery.
    where: the rule only looks at rows in which this column is not NULL; conditions: and at which all of these hold
    (GX's row_condition).
    """

    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    indicator: str
    title: str
    reason: Reason | None = None
    column: str | None = None
    where: str | None = None
    conditions: tuple[Condition, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str | None:
        """The column under which a row that breaks the rule is told: its own, or the first that its arguments name."""
        return self.column or next(iter(argument_columns(self.kwargs)), None)

    @property
    def columns(self) -> set[str]:
        """The columns of the judged table that the rule names."""
        where = {self.where} if self.where else set()
        return {*argument_columns(self.kwargs), *(part.column for part in self.conditions), *where}

    def result(self, evaluated: int, unexpected: int, passed: bool, observed: Any = None) -> RuleResult:
        """What the rule found. observed: kept when it is a number."""
        number = float(observed) if isinstance(observed, int | float) and not isinstance(observed, bool) else None
        return RuleResult(
            rule_id=self.id, expectation=self.type, column=self.column, title=self.title, severity=self.severity,
            indicator=self.indicator, evaluated=evaluated, unexpected=unexpected, passed=bool(passed), observed=number,
        )  # fmt: skip

    def share_result(self, evaluated: int, unexpected: int) -> RuleResult:
        """What a rule about rows found: it holds when the share of expected rows reaches `mostly`; of none it does."""
        share = 1.0 if evaluated == 0 else (evaluated - unexpected) / evaluated
        return self.result(evaluated, unexpected, share >= self.kwargs.get("mostly", 1.0))

    def not_assessable(self, why: str) -> RuleResult:
        """No verdict: what the rule needs is not there, or it is written wrongly; it did not pass."""
        return replace(self.result(0, 0, False), title=f"{self.title}：{why}，无法评估", assessable=False)
