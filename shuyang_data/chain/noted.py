"""What was done to values on their way into standard, counted: it rejects no row, and is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibis.expr.types import Table, Value

from shuyang_data.quality.compile import FAULT
from shuyang_data.records import RuleResult, Severity
from shuyang_data.standard.cast import EMPTIED, FOLDED

TITLES = {
    FOLDED: "主键、引用、代码和证件号不含全角字符、不可见字符和 Excel 文本记号（含的已折叠）",
    EMPTIED: "数值和日期里没有“无”“—”“NULL”之类的字样（有的按空值处理）",
}


def noted_query(judged: Table) -> dict[str, Value]:
    """name → scalar of one aggregate: faulty rows, folded ones, ones with a word for nothing."""
    return {"faulty": (judged[FAULT] != "").sum()} | {name: judged[name].sum() for name in TITLES}


def noted_results(measured: Mapping[str, Any]) -> list[RuleResult]:
    """One advice for each thing that was done to at least one row."""
    return [
        RuleResult(
            rule_id=f"table.{name.lstrip('_')}", expectation="expect_values_as_written", column=None, title=title,
            severity=Severity.ADVICE, indicator="0302", evaluated=measured["rows"] or 0, unexpected=measured[name],
            passed=False,
        )
        for name, title in TITLES.items()
        if measured[name]
    ]  # fmt: skip
