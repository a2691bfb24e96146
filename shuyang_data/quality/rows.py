"""Expectations about several columns of a row.

Semantics are those of Great Expectations' pandas engine, which the conformance tests hold them against.
"""

from __future__ import annotations

import operator
from functools import reduce
from itertools import combinations
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.quality.arguments import (
    COLUMN,
    FLAG,
    MOSTLY,
    NAME,
    NAMES,
    NUMBER,
    PAIRS,
    REFERENCE,
    Arguments,
    one_of,
    required,
)
from shuyang_data.quality.kinds import GX, OURS, Expectation, Part, Reference, Rows
from shuyang_data.quality.looked_at import list_looked_at, looked_up
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.values import like

AGREE = "expect_columns_to_agree_with_dataset"


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


def _repeats_itself(table: Table, rule: Rule) -> BooleanValue:
    pairs = combinations([table[name] for name in rule.kwargs["column_list"]], 2)
    same = [(a == b).fill_null(False) | (a.isnull() & b.isnull()) for a, b in pairs]
    return reduce(operator.or_, same, ibis.literal(False))


def _other_sum(table: Table, rule: Rule) -> BooleanValue:
    """A sum with a missing part is not the expected one."""
    total = reduce(operator.add, (table[name] for name in rule.kwargs["column_list"]))
    return ~(total == rule.kwargs["sum_total"]).fill_null(False)


def _held_against(table: Table, rule: Rule) -> list[tuple[Value, Value]]:
    """(ours, what the other dataset says) for every column of the list."""
    return [(table[name], table[looked_up(rule, n)]) for n, name in enumerate(rule.kwargs["column_list"], start=1)]


def _known_there(table: Table, rule: Rule) -> BooleanValue:
    """The other dataset has the key, and both say something."""
    return reduce(operator.or_, [mine.notnull() & theirs.notnull() for mine, theirs in _held_against(table, rule)])


def _disagrees(table: Table, rule: Rule) -> BooleanValue:
    return reduce(operator.or_, [(mine != theirs).fill_null(False) for mine, theirs in _held_against(table, rule)])


def _two_filled(table: Table, rule: Rule) -> BooleanValue:
    there = [table[name].notnull().cast("int64") for name in rule.kwargs["column_list"]]
    two: BooleanValue = reduce(operator.add, there) >= 2
    return two


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
    other: BooleanValue = (total - table[rule.kwargs["total_column"]]).abs() > rule.kwargs.get("tolerance", 0)
    return other


def _pairs(kind: str, broken: Part, arguments: Arguments) -> Expectation:
    return Expectation(kind, Rows(_pair_looked_at, broken), PAIR | MOSTLY | arguments)


def _lists(kind: str, looked_at: Part, broken: Part, arguments: Arguments, module: str = GX) -> Expectation:
    return Expectation(kind, Rows(looked_at, broken), LIST | MOSTLY | arguments, module)


LIST_IGNORED = {"ignore_row_if": one_of("all_values_are_missing", "any_value_is_missing", "never")}
LIST = {"column_list": required(NAMES)}
PAIR = {
    "column_A": required(NAME), "column_B": required(NAME),
    "ignore_row_if": one_of("both_values_are_missing", "either_value_is_missing", "neither"),
}  # fmt: skip
REFERENCED = {"reference": required(REFERENCE), "reference_columns": required(NAMES)}
ROWS = (
    _pairs("expect_column_pair_values_a_to_be_greater_than_b", _not_greater, {"or_equal": FLAG}),
    _pairs("expect_column_pair_values_to_be_equal", _not_equal, {}),
    _pairs("expect_column_pair_values_to_be_in_set", _not_in_pairs, {"value_pairs_set": required(PAIRS)}),
    _lists(
        "expect_select_column_values_to_be_unique_within_record", list_looked_at, _repeats_itself, LIST_IGNORED
    ),
    _lists(
        "expect_multicolumn_sum_to_equal", list_looked_at, _other_sum, LIST_IGNORED | {"sum_total": required(NUMBER)}
    ),
    _lists("expect_columns_to_be_in_order", _two_filled, _out_of_order, {"or_equal": FLAG}, OURS),
    _lists(
        "expect_columns_to_add_up", _summands_filled, _other_total,
        {"total_column": required(NAME), "tolerance": NUMBER}, OURS,
    ),
    Expectation(AGREE, Reference(_known_there, _disagrees), COLUMN | LIST | MOSTLY | REFERENCED, OURS),
)  # fmt: skip
