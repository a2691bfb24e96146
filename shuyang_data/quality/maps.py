"""Expectations about single rows: which rows each looks at, and which of those are not as expected.

Semantics are those of Great Expectations' pandas engine, which the conformance tests hold them against.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.catalog.checks import Condition
from shuyang_data.quality.compile import NULL_KINDS, UNEXPECTED, UNIQUE, agree_name
from shuyang_data.quality.derive import AGREE, Rule
from shuyang_data.quality.values import like

Part = Callable[[Table, Rule], BooleanValue]
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

IN_PERIOD = "expect_compound_columns_to_be_unique_in_period"
PERIODS = {"year": "Y", "quarter": "Q", "month": "M", "week": "W", "day": "D"}


@dataclass(frozen=True)
class RowExpectation:
    """looked_at: the rows that count; broken: those of them that are unexpected, where NULL counts as expected."""

    looked_at: Part
    broken: Part


def _every(table: Table, rule: Rule) -> BooleanValue:
    return ibis.literal(True)


def _filled(table: Table, rule: Rule) -> BooleanValue:
    found: BooleanValue = table[rule.kwargs["column"]].notnull()
    return found


def _pair(table: Table, rule: Rule) -> tuple[Value, Value]:
    return table[rule.kwargs["column_A"]], table[rule.kwargs["column_B"]]


def _pair_looked_at(table: Table, rule: Rule) -> BooleanValue:
    first, second = _pair(table, rule)
    ignored = rule.kwargs.get("ignore_row_if", "both_values_are_missing")
    if ignored == "either_value_is_missing":
        return first.notnull() & second.notnull()
    return ibis.literal(True) if ignored == "neither" else first.notnull() | second.notnull()


def _not_greater(table: Table, rule: Rule) -> BooleanValue:
    first, second = _pair(table, rule)
    held: BooleanValue = first >= second if rule.kwargs.get("or_equal") else first > second
    return ~held.fill_null(False)


def _not_equal(table: Table, rule: Rule) -> BooleanValue:
    first, second = _pair(table, rule)
    return ~(first == second).fill_null(False)


def _not_in_pairs(table: Table, rule: Rule) -> BooleanValue:
    first, second = _pair(table, rule)
    pairs = [_same(first, a) & _same(second, b) for a, b in rule.kwargs["value_pairs_set"]]
    return ~reduce(operator.or_, pairs, ibis.literal(False))


def _same(value: Value, wanted: Any) -> BooleanValue:
    return value.isnull() if wanted is None else (value == like(value, wanted)).fill_null(False)


def _list_looked_at(table: Table, rule: Rule) -> BooleanValue:
    ignored = rule.kwargs.get("ignore_row_if", "all_values_are_missing")
    filled = [table[name].notnull() for name in rule.kwargs["column_list"]]
    if ignored == "any_value_is_missing":
        return reduce(operator.and_, filled)
    return ibis.literal(True) if ignored == "never" else reduce(operator.or_, filled)


def _repeats_itself(table: Table, rule: Rule) -> BooleanValue:
    pairs = combinations([table[name] for name in rule.kwargs["column_list"]], 2)
    same = [(a == b).fill_null(False) | (a.isnull() & b.isnull()) for a, b in pairs]
    return reduce(operator.or_, same, ibis.literal(False))


def _other_sum(table: Table, rule: Rule) -> BooleanValue:
    """A sum with a missing part is not the expected one."""
    total = reduce(operator.add, (table[name] for name in rule.kwargs["column_list"]))
    return ~(total == rule.kwargs["sum_total"]).fill_null(False)


def _no_pattern(table: Table, rule: Rule) -> BooleanValue:
    matches = [table[rule.kwargs["column"]].re_search(pattern) for pattern in rule.kwargs["regex_list"]]
    join = operator.and_ if rule.kwargs.get("match_on", "any") == "all" else operator.or_
    return ~reduce(join, matches)


def _some_pattern(table: Table, rule: Rule) -> BooleanValue:
    matches = [table[rule.kwargs["column"]].re_search(pattern) for pattern in rule.kwargs["regex_list"]]
    return reduce(operator.or_, matches)


def _other_length(table: Table, rule: Rule) -> BooleanValue:
    found: BooleanValue = table[rule.kwargs["column"]].length() != rule.kwargs["value"]
    return found


def _in_future(table: Table, rule: Rule) -> BooleanValue:
    found: BooleanValue = table[rule.kwargs["column"]].cast("date") > ibis.literal(rule.kwargs["today"])
    return found


def _known_there(table: Table, rule: Rule) -> BooleanValue:
    """The other dataset has the key, and both say something."""
    pairs = [(table[name], table[agree_name(rule, n)]) for n, name in enumerate(rule.kwargs["column_list"])]
    return reduce(operator.or_, [mine.notnull() & theirs.notnull() for mine, theirs in pairs])


def _disagrees(table: Table, rule: Rule) -> BooleanValue:
    pairs = [(table[name], table[agree_name(rule, n)]) for n, name in enumerate(rule.kwargs["column_list"])]
    return reduce(operator.or_, [(mine != theirs).fill_null(False) for mine, theirs in pairs])


def _two_filled(table: Table, rule: Rule) -> BooleanValue:
    filled = [table[name].notnull().cast("int64") for name in rule.kwargs["column_list"]]
    found: BooleanValue = reduce(operator.add, filled) >= 2
    return found


def _out_of_order(table: Table, rule: Rule) -> BooleanValue:
    """Any two filled columns of the list stand in the other order; equal ones do so only when `or_equal` is false."""
    pairs = combinations([table[name] for name in rule.kwargs["column_list"]], 2)
    wrong = [(a > b if rule.kwargs.get("or_equal", True) else a >= b).fill_null(False) for a, b in pairs]
    return reduce(operator.or_, wrong)


def _summands_filled(table: Table, rule: Rule) -> BooleanValue:
    names = [*rule.kwargs["column_list"], rule.kwargs["total_column"]]
    return reduce(operator.and_, (table[name].notnull() for name in names))


def _other_total(table: Table, rule: Rule) -> BooleanValue:
    total = reduce(operator.add, (table[name] for name in rule.kwargs["column_list"]))
    found: BooleanValue = (total - table[rule.kwargs["total_column"]]).abs() > rule.kwargs.get("tolerance", 0)
    return found


ROWS: dict[str, RowExpectation] = {
    **{kind: RowExpectation(_every if kind in NULL_KINDS else _filled, broken) for kind, broken in UNEXPECTED.items()},
    "expect_column_value_lengths_to_equal": RowExpectation(_filled, _other_length),
    "expect_column_values_to_match_regex_list": RowExpectation(_filled, _no_pattern),
    "expect_column_values_to_not_match_regex_list": RowExpectation(_filled, _some_pattern),
    "expect_column_pair_values_a_to_be_greater_than_b": RowExpectation(_pair_looked_at, _not_greater),
    "expect_column_pair_values_to_be_equal": RowExpectation(_pair_looked_at, _not_equal),
    "expect_column_pair_values_to_be_in_set": RowExpectation(_pair_looked_at, _not_in_pairs),
    "expect_select_column_values_to_be_unique_within_record": RowExpectation(_list_looked_at, _repeats_itself),
    "expect_multicolumn_sum_to_equal": RowExpectation(_list_looked_at, _other_sum),
    "expect_column_values_to_be_in_code_list": RowExpectation(_filled, UNEXPECTED["expect_column_values_to_be_in_set"]),
    "expect_column_dates_to_not_be_in_future": RowExpectation(_filled, _in_future),
    AGREE: RowExpectation(_known_there, _disagrees),
    "expect_columns_to_be_in_order": RowExpectation(_two_filled, _out_of_order),
    "expect_columns_to_add_up": RowExpectation(_summands_filled, _other_total),
}


def looked_at_by(table: Table, rule: Rule) -> BooleanValue:
    """The rows that a rule about rows or about uniqueness counts; never NULL."""
    looked_at = ROWS[rule.type].looked_at(table, rule) if rule.type in ROWS else _unique_looked_at(table, rule)
    return conditions(table, rule) & looked_at if rule.conditions or rule.where else looked_at


def conditions(table: Table, rule: Rule) -> BooleanValue:
    """Whether a row is one that the rule's row condition lets it look at; never NULL."""
    parts = [_condition(table, condition) for condition in rule.conditions]
    if rule.where:
        parts.append(table[rule.where].notnull())
    return reduce(operator.and_, parts, ibis.literal(True))


def _condition(table: Table, condition: Condition) -> BooleanValue:
    value = table[condition.column]
    if condition.operator in ("is_null", "is_not_null"):
        return value.isnull() if condition.operator == "is_null" else value.notnull()
    if condition.operator in ("in", "not_in"):
        inside = value.isin([like(value, wanted) for wanted in condition.value]).fill_null(False)
        return inside if condition.operator == "in" else ~inside
    held: BooleanValue = COMPARE[condition.operator](value, like(value, condition.value))
    # pandas: nothing differs from anything, and compares with nothing.
    return held.fill_null(condition.operator == "!=")


def unique_values(table: Table, rule: Rule) -> dict[str, Value]:
    """What a uniqueness rule wants to be different in every row; empty for other rules."""
    if rule.type not in (*UNIQUE, IN_PERIOD):
        return {}
    names = [rule.kwargs["column"]] if "column" in rule.kwargs else list(rule.kwargs["column_list"])
    values: dict[str, Value] = {name: table[name] for name in names}
    if rule.type == IN_PERIOD:
        unit = PERIODS[rule.kwargs["period"]]
        values["_period"] = table[rule.kwargs["period_column"]].cast("timestamp").truncate(unit)
    return values


def _unique_looked_at(table: Table, rule: Rule) -> BooleanValue:
    looked_at = _filled(table, rule) if "column" in rule.kwargs else _list_looked_at(table, rule)
    return looked_at & table[rule.kwargs["period_column"]].notnull() if rule.type == IN_PERIOD else looked_at
