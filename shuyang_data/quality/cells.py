"""Expectations about one value of a row. NULL counts as expected, unless the type says otherwise.

Semantics are those of Great Expectations' pandas engine, which the conformance tests hold them against.
"""

from __future__ import annotations

import operator
from functools import reduce

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.quality.arguments import (
    BOUNDS,
    COLUMN,
    COUNTS,
    DAY,
    MOSTLY,
    NUMBER,
    REFERENCE,
    TEXT,
    TEXTS,
    VALUES,
    Arguments,
    one_of,
    required,
)
from shuyang_data.quality.kinds import GX, OURS, Expectation, Missing, Part, Reference, Rows
from shuyang_data.quality.looked_at import column_of, every, filled, looked_up
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.values import like
from shuyang_data.standard.identifiers import valid_credit_code, valid_resident_id


def _outside(value: Value, rule: Rule) -> BooleanValue:
    low, high = (like(value, rule.kwargs.get(bound)) for bound in ("min_value", "max_value"))
    below = above = ibis.literal(False)
    if low is not None:
        below = value <= low if rule.kwargs.get("strict_min") else value < low
    if high is not None:
        above = value >= high if rule.kwargs.get("strict_max") else value > high
    return below | above


def _is_missing(table: Table, rule: Rule) -> BooleanValue:
    return ~filled(table, rule)


def _out_of_bounds(table: Table, rule: Rule) -> BooleanValue:
    return _outside(column_of(table, rule), rule)


def _other_length(table: Table, rule: Rule) -> BooleanValue:
    other: BooleanValue = column_of(table, rule).length() != rule.kwargs["value"]
    return other


def _length_out_of_bounds(table: Table, rule: Rule) -> BooleanValue:
    return _outside(column_of(table, rule).length(), rule)


def _in_set(table: Table, rule: Rule) -> BooleanValue:
    column = column_of(table, rule)
    inside: BooleanValue = column.isin([like(column, value) for value in rule.kwargs["value_set"]])
    return inside


def _not_in_set(table: Table, rule: Rule) -> BooleanValue:
    return ~_in_set(table, rule)


def _matches(table: Table, rule: Rule) -> BooleanValue:
    match: BooleanValue = column_of(table, rule).re_search(rule.kwargs["regex"])
    return match


def _no_match(table: Table, rule: Rule) -> BooleanValue:
    return ~_matches(table, rule)


def _no_resident_id(table: Table, rule: Rule) -> BooleanValue:
    return ~valid_resident_id(column_of(table, rule), rule.kwargs["today"])


def _no_credit_code(table: Table, rule: Rule) -> BooleanValue:
    return ~valid_credit_code(column_of(table, rule))


def _not_there(table: Table, rule: Rule) -> BooleanValue:
    absent: BooleanValue = filled(table, rule) & table[looked_up(rule, 0)].isnull()
    return absent


def _no_pattern(table: Table, rule: Rule) -> BooleanValue:
    matches = [column_of(table, rule).re_search(pattern) for pattern in rule.kwargs["regex_list"]]
    join = operator.and_ if rule.kwargs.get("match_on", "any") == "all" else operator.or_
    return ~reduce(join, matches)


def _some_pattern(table: Table, rule: Rule) -> BooleanValue:
    matches = [column_of(table, rule).re_search(pattern) for pattern in rule.kwargs["regex_list"]]
    return reduce(operator.or_, matches)


def _in_future(table: Table, rule: Rule) -> BooleanValue:
    later: BooleanValue = column_of(table, rule).cast("date") > ibis.literal(rule.kwargs["today"])
    return later


def _values(kind: str, broken: Part, arguments: Arguments, module: str = GX) -> Expectation:
    return Expectation(kind, Rows(filled, broken), COLUMN | MOSTLY | arguments, module)


IN_SET = {"value_set": required(VALUES)}
REGEX = {"regex": required(TEXT)}
REGEXES = {"regex_list": required(TEXTS)}
TODAY = {"today": required(DAY)}
CODES = {"code_list": required(TEXT), "edition": TEXT}
CELLS = (
    Expectation("expect_column_values_to_not_be_null", Missing(every, _is_missing, allowed=False), COLUMN | MOSTLY),
    Expectation("expect_column_values_to_be_null", Missing(every, filled, allowed=True), COLUMN | MOSTLY),
    _values("expect_column_values_to_be_in_set", _not_in_set, IN_SET),
    _values("expect_column_values_to_not_be_in_set", _in_set, IN_SET),
    _values("expect_column_values_to_be_between", _out_of_bounds, BOUNDS),
    _values("expect_column_values_to_match_regex", _no_match, REGEX),
    _values("expect_column_values_to_not_match_regex", _matches, REGEX),
    _values("expect_column_values_to_match_regex_list", _no_pattern, REGEXES | {"match_on": one_of("any", "all")}),
    _values("expect_column_values_to_not_match_regex_list", _some_pattern, REGEXES),
    _values("expect_column_value_lengths_to_be_between", _length_out_of_bounds, COUNTS),
    _values("expect_column_value_lengths_to_equal", _other_length, {"value": required(NUMBER)}),
    _values("expect_column_values_to_be_in_code_list", _not_in_set, IN_SET | CODES, OURS),
    _values("expect_column_values_to_be_valid_resident_id", _no_resident_id, TODAY, OURS),
    _values("expect_column_values_to_be_valid_credit_code", _no_credit_code, {}, OURS),
    _values("expect_column_dates_to_not_be_in_future", _in_future, TODAY, OURS),
    Expectation(
        "expect_column_values_to_exist_in_dataset", Reference(filled, _not_there),
        COLUMN | MOSTLY | {"reference": required(REFERENCE)}, OURS,
    ),
)  # fmt: skip
