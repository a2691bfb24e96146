"""Expectations about uniqueness: no two rows have the same value, combination, or combination within a period."""

from __future__ import annotations

from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.quality.arguments import COLUMN, MOSTLY, NAME, one_of, required
from shuyang_data.quality.kinds import OURS, Expectation, Unique
from shuyang_data.quality.looked_at import filled, list_looked_at
from shuyang_data.quality.rows import LIST, LIST_IGNORED
from shuyang_data.quality.rule import Rule

PERIODS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W", "day": "D"}


def _value(table: Table, rule: Rule) -> dict[str, Value]:
    return {rule.kwargs["column"]: table[rule.kwargs["column"]]}


def _combination(table: Table, rule: Rule) -> dict[str, Value]:
    return {name: table[name] for name in rule.kwargs["column_list"]}


def _in_period(table: Table, rule: Rule) -> dict[str, Value]:
    moment = table[rule.kwargs["period_column"]].cast("timestamp")
    return _combination(table, rule) | {"_period": moment.truncate(PERIODS[rule.kwargs["period"]])}


def _dated(table: Table, rule: Rule) -> BooleanValue:
    return list_looked_at(table, rule) & table[rule.kwargs["period_column"]].notnull()


UNIQUES = (
    Expectation("expect_column_values_to_be_unique", Unique(filled, _value), COLUMN | MOSTLY),
    Expectation(
        "expect_compound_columns_to_be_unique", Unique(list_looked_at, _combination), LIST | LIST_IGNORED | MOSTLY
    ),
    Expectation(
        "expect_compound_columns_to_be_unique_in_period", Unique(_dated, _in_period),
        LIST | LIST_IGNORED | MOSTLY | {"period_column": required(NAME), "period": required(one_of(*PERIODS))}, OURS,
    ),
)  # fmt: skip
