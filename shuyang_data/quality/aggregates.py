"""Expectations about a column or a table as a whole: what is observed, and whether that is as expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
from ibis.expr.types import Table, Value

from shuyang_data.quality.arguments import (
    BOUNDS,
    COLUMN,
    COLUMNS,
    COUNT,
    COUNTS,
    FLAG,
    NUMBERS,
    VALUES,
    Arguments,
    required,
)
from shuyang_data.quality.conditions import conditional
from shuyang_data.quality.kinds import Column, Expectation, Shape, Size, Verdict
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.values import as_seen, like

Scalars = dict[str, Value]
Values = Mapping[str, Any]


def _of(rule: Rule, table: Table, where: Value) -> Value:
    """The rule's column where its row condition lets it look."""
    column: Value = table[rule.kwargs["column"]]
    return ibis.ifelse(where, column, None) if conditional(rule) else column


def _max(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"seen": _of(rule, table, where).max()}


def _min(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"seen": _of(rule, table, where).min()}


def _mean(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"seen": _of(rule, table, where).cast("float64").mean()}


def _median(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"seen": _of(rule, table, where).cast("float64").median()}


def _stdev(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"seen": _of(rule, table, where).cast("float64").std(how="sample")}


def _sum(table: Table, rule: Rule, where: Value) -> Scalars:
    """pandas: the sum of nothing is 0."""
    return {"seen": _of(rule, table, where).sum().fill_null(0)}


def _distinct(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"seen": _of(rule, table, where).nunique()}


def _distinct_share(table: Table, rule: Rule, where: Value) -> Scalars:
    column = _of(rule, table, where)
    return {"part": column.nunique(), "whole": column.count()}


def _filled_share(table: Table, rule: Rule, where: Value) -> Scalars:
    return {"part": _of(rule, table, where).count(), "whole": table.count(where=where)}


def _set_counts(table: Table, rule: Rule, where: Value) -> Scalars:
    """How many different values stand outside the set, and how many of the set's values are there."""
    column = _of(rule, table, where)
    wanted = [like(column, value) for value in dict.fromkeys(rule.kwargs["value_set"])]
    inside = sum(
        ((column == value).fill_null(False).any().fill_null(False).cast("int64") for value in wanted), ibis.literal(0)
    )
    return {"outside": column.nunique(where=column.notin(wanted)), "inside": inside}


def between(seen: Any, kwargs: Mapping[str, Any]) -> bool:
    """Within the bounds, each strict where the rule says so; nothing observed is never within."""
    if seen is None:
        return False
    low, high = (as_seen(seen, kwargs.get(bound)) for bound in ("min_value", "max_value"))
    above = low is None or (seen > low if kwargs.get("strict_min") else seen >= low)
    below = high is None or (seen < high if kwargs.get("strict_max") else seen <= high)
    return bool(above and below)


def _seen(values: Values, rule: Rule) -> Verdict:
    return between(values["seen"], rule.kwargs), values["seen"]


def _share(values: Values, rule: Rule) -> Verdict:
    share = values["part"] / values["whole"] if values["whole"] else 0
    return between(share, rule.kwargs), share


def _in_set(values: Values, rule: Rule) -> Verdict:
    return values["outside"] == 0, values["outside"]


def _contains_set(values: Values, rule: Rule) -> Verdict:
    return values["inside"] == len(set(rule.kwargs["value_set"])), values["inside"]


def _equals_set(values: Values, rule: Rule) -> Verdict:
    return _in_set(values, rule)[0] and _contains_set(values, rule)[0], values["outside"]


def _rows_between(rows: int, rule: Rule) -> Verdict:
    return between(rows, rule.kwargs), rows


def _rows_equal(rows: int, rule: Rule) -> Verdict:
    return rows == rule.kwargs["value"], rows


def _width_between(names: Sequence[str], rule: Rule) -> Verdict:
    return between(len(names), rule.kwargs), len(names)


def _width_equal(names: Sequence[str], rule: Rule) -> Verdict:
    return len(names) == rule.kwargs["value"], len(names)


def _exists(names: Sequence[str], rule: Rule) -> Verdict:
    index = rule.kwargs.get("column_index")
    there = rule.kwargs["column"] in names
    return there and (index is None or list(names).index(rule.kwargs["column"]) == index), there


def _ordered(names: Sequence[str], rule: Rule) -> Verdict:
    return list(names) == list(rule.kwargs["column_list"]), list(names)


def _same_set(names: Sequence[str], rule: Rule) -> Verdict:
    wanted = set(rule.kwargs["column_set"])
    exact = rule.kwargs.get("exact_match", True)
    return (wanted == set(names)) if exact else wanted <= set(names), sorted(names)


Measure = Callable[[Table, Rule, Value], Scalars]
Judge = Callable[[Values, Rule], Verdict]


def _whole(kind: str, measure: Measure, verdict: Judge, arguments: Arguments) -> Expectation:
    return Expectation(kind, Column(measure, verdict), COLUMN | arguments)


IN_SET = {"value_set": required(VALUES)}
VALUE = {"value": required(COUNT)}
WIDTHS = {"min_value": COUNT, "max_value": COUNT}
AGGREGATES = (
    _whole("expect_column_max_to_be_between", _max, _seen, BOUNDS),
    _whole("expect_column_min_to_be_between", _min, _seen, BOUNDS),
    _whole("expect_column_mean_to_be_between", _mean, _seen, BOUNDS),
    _whole("expect_column_median_to_be_between", _median, _seen, BOUNDS),
    _whole("expect_column_stdev_to_be_between", _stdev, _seen, NUMBERS),
    _whole("expect_column_sum_to_be_between", _sum, _seen, BOUNDS),
    _whole("expect_column_unique_value_count_to_be_between", _distinct, _seen, COUNTS),
    _whole("expect_column_proportion_of_unique_values_to_be_between", _distinct_share, _share, NUMBERS),
    _whole("expect_column_proportion_of_non_null_values_to_be_between", _filled_share, _share, NUMBERS),
    _whole("expect_column_distinct_values_to_be_in_set", _set_counts, _in_set, IN_SET),
    _whole("expect_column_distinct_values_to_contain_set", _set_counts, _contains_set, IN_SET),
    _whole("expect_column_distinct_values_to_equal_set", _set_counts, _equals_set, IN_SET),
    Expectation("expect_table_row_count_to_be_between", Size(_rows_between), COUNTS),
    Expectation("expect_table_row_count_to_equal", Size(_rows_equal), VALUE),
    Expectation("expect_table_column_count_to_be_between", Shape(_width_between), WIDTHS),
    Expectation("expect_table_column_count_to_equal", Shape(_width_equal), VALUE),
    Expectation("expect_column_to_exist", Shape(_exists), COLUMN | {"column_index": COUNT}),
    Expectation(
        "expect_table_columns_to_match_ordered_list", Shape(_ordered), {"column_list": required(COLUMNS)}
    ),
    Expectation(
        "expect_table_columns_to_match_set", Shape(_same_set), {"column_set": required(COLUMNS), "exact_match": FLAG}
    ),
)  # fmt: skip
