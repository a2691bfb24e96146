"""What each type takes, held against Great Expectations' own models, and the reasons that people read."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from shuyang_data.catalog.checks import Condition, DeclaredCheck
from shuyang_data.quality.derive import declared_rules
from shuyang_data.quality.expectations import EXPECTATIONS, why_not
from shuyang_data.quality.gx import why_not_runnable
from shuyang_data.quality.kinds import GX, Field
from shuyang_data.quality.rule import Rule
from shuyang_data.records import Severity
from tests.builders import TODAY

# What every model has beside its own arguments; the row condition stands beside `kwargs` in a declared rule.
GENERIC = {
    "id", "meta", "notes", "result_format", "description", "severity", "catch_exceptions", "rendered_content",
    "row_condition", "condition_parser", "batch_id", "windows", "library_metadata",
}  # fmt: skip
# Without them a rule says nothing; their models let them be left out.
WANTED = {
    "expect_column_values_to_match_regex": {"regex"},
    "expect_table_columns_to_match_ordered_list": {"column_list"},
    "expect_table_columns_to_match_set": {"column_set"},
}
JUDGED_THERE = [known for known in EXPECTATIONS.values() if known.module]


@pytest.mark.parametrize("known", JUDGED_THERE, ids=lambda known: known.type)
def test_arguments_are_those_of_the_class(known: Any) -> None:
    module, _, name = known.gx_class.rpartition(".")
    fields = getattr(import_module(module), name).__fields__
    assert set(known.arguments) == set(fields) - GENERIC
    required = {name for name, argument in known.arguments.items() if argument.required}
    assert required - WANTED.get(known.type, set()) == {name for name, field in fields.items() if field.required}
    assert known.conditional == ("row_condition" in fields)


def test_only_what_needs_more_than_a_table_has_no_class() -> None:
    without = {known.type for known in EXPECTATIONS.values() if not known.module}
    assert without == {known.type for known in EXPECTATIONS.values() if isinstance(known.how, Field)}
    assert all(known.gx_class == "" for known in EXPECTATIONS.values() if isinstance(known.how, Field))
    assert {known.module.split(".")[0] for known in JUDGED_THERE} == {GX.split(".")[0], "shuyang_data"}


BETWEEN, IN_SET = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (BETWEEN, {"colum": "a", "min_value": 1}, "没有参数 colum，可写 column、mostly、min_value"),
    (BETWEEN, {"min_value": 1}, "缺参数 column：一个信息项的名字"),
    (BETWEEN, {"column": "a", "min_value": "many"}, "参数 min_value 写的是 'many'，应是一个数或日期"),
    (BETWEEN, {"column": "a", "min_value": {"$PARAMETER": "x"}}, "应是一个数或日期"),
    (BETWEEN, {"column": "a", "min_value": True}, "应是一个数或日期"),
    (BETWEEN, {"column": "a", "strict_min": "yes"}, "应是true 或 false"),
    (BETWEEN, {"column": "", "min_value": 1}, "应是一个信息项的名字"),
    (BETWEEN, {"column": "a", "mostly": 1.5}, "参数 mostly 写的是 1.5，应是0 至 1 之间的数"),
    (IN_SET, {"column": "a", "value_set": "abc"}, "应是值的列表"),
    ("expect_column_values_to_match_regex", {"column": "a"}, "缺参数 regex"),
    ("expect_column_values_to_match_regex_list", {"column": "a", "regex_list": []}, "应是文字的列表"),
    ("expect_column_value_lengths_to_be_between", {"column": "a", "min_value": 1.5}, "应是一个整数"),
    ("expect_column_pair_values_to_be_in_set", {"column_A": "a", "column_B": "b", "value_pairs_set": [[1]]}, "两个值一组"),
    ("expect_column_pair_values_to_be_equal", {"column_A": "a", "column_B": "b", "ignore_row_if": "x"}, "neither 之一"),
    ("expect_compound_columns_to_be_unique", {"column_list": "ab"}, "应是信息项名字的列表"),
    ("expect_compound_columns_to_be_unique_in_period", {"column_list": ["a"], "period_column": "d", "period": "decade"}, "year、quarter"),
    ("expect_column_totals_to_equal_dataset", {"column": "a", "reference": "tax.yuan"}, "应是部门/数据集.信息项"),
    ("expect_time_series_to_have_no_gaps", {"column": "a"}, "缺参数 seconds"),
    ("expect_table_to_be_fresh", {"column": "a"}, "没有参数 column，可写 max_days"),
]  # fmt: skip


def declared(kind: str, kwargs: dict[str, Any], *conditions: Condition) -> Rule:
    check = DeclaredCheck(
        id="x", type=kind, kwargs=kwargs, severity="advice", indicator="0302", title="规则", row_condition=conditions
    )
    return declared_rules([check], {}, TODAY)[0]


@pytest.mark.parametrize(("kind", "kwargs", "reason"), WRONG, ids=lambda value: str(value)[:40])
def test_what_is_written_wrongly_is_told(kind: str, kwargs: dict[str, Any], reason: str) -> None:
    assert reason in why_not(declared(kind, kwargs))


@pytest.mark.parametrize(("condition", "reason"), [
    (Condition(column="a", operator="=="), "row_condition 的 a == 写的是 None，应是一个值"),
    (Condition(column="a", operator="in", value="x"), "应是值的列表"),
    (Condition(column="a", operator="in", value=[None]), "应是值的列表"),
    (Condition(column="a", operator="is_null", value=1), "不带值"),
])  # fmt: skip
def test_a_condition_that_compares_with_nothing_is_told(condition: Condition, reason: str) -> None:
    """Else a rule would look at no row at all, and hold."""
    assert reason in why_not(declared(BETWEEN, {"column": "a", "min_value": 1}, condition))


def test_a_row_condition_on_what_looks_at_no_rows_is_told() -> None:
    condition = Condition(column="a", operator="is_not_null")
    assert "不带 row_condition" in why_not(declared("expect_table_column_count_to_equal", {"value": 3}, condition))
    assert why_not(declared("expect_table_row_count_to_equal", {"value": 3}, condition)) == ""


def test_an_argument_without_a_value_is_not_given() -> None:
    rule = declared(BETWEEN, {"column": "a", "min_value": 1, "max_value": None, "mostly": None})
    assert why_not(rule) == "" and rule.kwargs == {"column": "a", "min_value": 1}


def test_types_that_we_do_not_know_are_asked_of_great_expectations() -> None:
    def asked(kind: str, **kwargs: Any) -> str:
        return why_not_runnable(Rule("x", kind, kwargs, Severity.ADVICE, "0302", "t"))

    assert asked("expect_column_values_to_be_increasing", column="a") == ""
    assert asked("expect_the_best") == "没有 expect_the_best 这种规则"
    assert "extra fields not permitted" in asked("expect_column_values_to_be_increasing", column="a", colum="b")
