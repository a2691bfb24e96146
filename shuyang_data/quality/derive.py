"""Catalog → contract: the rules of a dataset, in Great Expectations' vocabulary, each with its GB/T 36344 indicator.

A rule with a reason rejects the rows it does not expect; a rule without one judges the whole delivery.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.model import CodeList, Column, Dataset
from shuyang_data.catalog.terms import FRESH_DAYS, Check, Type
from shuyang_data.quality.expectations import EXPECTATIONS
from shuyang_data.quality.rule import Rule
from shuyang_data.records import Reason, Severity
from shuyang_data.standard.cast import text_name
from shuyang_data.standard.damaged import BEYOND_EXACT, FAILED, SCIENTIFIC
from shuyang_data.standard.identifiers import MOBILE_FORM, PLATE_FORM


def derive_rules(dataset: Dataset, code_lists: Mapping[str, CodeList], today: date) -> tuple[Rule, ...]:
    """Every rule that the catalog implies. today: no identifier may carry a later birth date."""
    rules: list[Rule] = []
    for column in dataset.columns:
        rules += _column_rules(column, dataset, code_lists, today)
    return (*rules, *_table_rules(dataset))


def fresh_rule(dataset: Dataset) -> Rule | None:
    """The update cycle as a rule; None for data without a fixed cycle."""
    if FRESH_DAYS[dataset.frequency] is None:
        return None
    return Rule(
        id="table.fresh", type="expect_table_to_be_fresh", kwargs={}, severity=Severity.ADVICE, indicator="0502",
        title=f"数据日期不超出更新周期（{dataset.frequency.label}）",
    )  # fmt: skip


def declared_rules(
    checks: Iterable[DeclaredCheck], code_lists: Mapping[str, CodeList], today: date
) -> tuple[Rule, ...]:
    """The rules of a dataset's `quality_checks` file; they judge the rows that the derived rules accept.

    today: for the types that hold values against the date.
    """
    return tuple(
        Rule(
            id=f"check.{check.id}", type=check.type, kwargs=_completed(check, code_lists, today),
            severity=Severity(check.severity),
            indicator=check.indicator, title=check.title, column=check.kwargs.get("column"),
            conditions=check.row_condition, meta=check.meta,
        )
        for check in checks
    )  # fmt: skip


def _completed(check: DeclaredCheck, code_lists: Mapping[str, CodeList], today: date) -> Mapping[str, Any]:
    """The check's arguments with what the catalog and the calendar add to them; one without a value is not given."""
    given = {name: value for name, value in check.kwargs.items() if value is not None}
    expectation = EXPECTATIONS.get(check.type)
    takes = expectation.arguments if expectation else {}
    if code_list := code_lists.get(check.code_list()):
        given["value_set"] = list(code_list.names)
    if "reference_columns" in takes and "column_list" in given:
        given.setdefault("reference_columns", given["column_list"])
    if "today" in takes:
        given["today"] = today
    return given


def _column_rules(column: Column, dataset: Dataset, code_lists: Mapping[str, CodeList], today: date) -> Iterator[Rule]:
    text = text_name(column)

    def rule(name: str, kind: str, reason: Reason, indicator: str, what: str, **options: Any) -> Rule:
        where = options.pop("where", None)
        return Rule(
            id=f"{column.name}.{name}", type=kind, kwargs=options, severity=Severity.RECTIFY, indicator=indicator,
            title=f"{column.title}：{what}", reason=reason, column=column.name, where=where,
        )  # fmt: skip

    kind = "expect_column_values_to_not_match_regex"
    yield rule("calculated", kind, Reason.FAILED_CELL, "0305", "不是公式的错误值", column=text, regex=FAILED)
    if dataset.is_whole_or_nothing(column):
        lost = SCIENTIFIC if column.type is Type.TEXT else BEYOND_EXACT
        yield rule("undamaged", kind, Reason.SCIENTIFIC, "0305", "未被科学计数法破坏", column=text, regex=lost)
    if column.required:
        kind = "expect_column_values_to_not_be_null"
        yield rule("required", kind, Reason.REQUIRED, "0201", "必填", column=text)
    if column.type is not Type.TEXT:
        kind = "expect_column_values_to_not_be_null"
        label = f"是{column.type.label}"
        yield rule("typed", kind, Reason.TYPE, "0302", label, column=column.name, where=text)
    yield from _identifier_rules(column, rule, today)
    if column.minimum is not None or column.maximum is not None:
        kind, low, high = "expect_column_values_to_be_between", column.minimum, column.maximum
        what = f"在 {'' if low is None else f'{low:g}'} 至 {'' if high is None else f'{high:g}'} 之间"
        yield rule("range", kind, Reason.RANGE, "0302", what, column=column.name, min_value=low, max_value=high)
    if column.code_list:
        kind, codes = "expect_column_values_to_be_in_set", list(code_lists[column.code_list].names)
        yield rule("code", kind, Reason.CODE, "0105", f"在代码表 {column.code_list} 内", column=text, value_set=codes)
    if column.pattern:
        kind = "expect_column_values_to_match_regex"
        yield rule("pattern", kind, Reason.PATTERN, "0302", "符合格式", column=text, regex=column.pattern)
    if column.max_length:
        kind = "expect_column_value_lengths_to_be_between"
        what = f"不超过 {column.max_length} 字"
        yield rule("length", kind, Reason.LENGTH, "0302", what, column=text, min_value=0, max_value=column.max_length)
    if column.references:
        kind = "expect_column_values_to_exist_in_dataset"
        what = f"在 {column.references} 中存在"
        yield rule("reference", kind, Reason.REFERENCE, "0402", what, column=text, reference=column.references)


def _identifier_rules(column: Column, rule: Any, today: date) -> Iterator[Rule]:
    if column.check is Check.RESIDENT_ID:
        kind = "expect_column_values_to_be_valid_resident_id"
        yield rule("identifier", kind, Reason.IDENTIFIER, "0301", "校验位与生日有效", column=column.name, today=today)
    elif column.check is Check.CREDIT_CODE:
        kind = "expect_column_values_to_be_valid_credit_code"
        yield rule("identifier", kind, Reason.IDENTIFIER, "0301", "校验位有效", column=column.name)
    elif column.check is not None:
        form = MOBILE_FORM if column.check is Check.MOBILE else PLATE_FORM
        kind, what = "expect_column_values_to_match_regex", f"是{column.check.label}"
        yield rule("identifier", kind, Reason.IDENTIFIER, "0302", what, column=column.name, regex=form)


def _table_rules(dataset: Dataset) -> Iterator[Rule]:
    """Rules about the delivery as a whole; the blocking ones decide at the gate."""
    yield Rule(
        id="table.rows", type="expect_table_row_count_to_be_between", severity=Severity.BLOCKING, indicator="0202",
        kwargs={"min_value": dataset.minimum_rows, "max_value": None}, title=f"至少 {dataset.minimum_rows} 行",
    )  # fmt: skip
    yield Rule(
        id="table.rejected", type="expect_column_values_to_be_in_set", severity=Severity.BLOCKING, indicator="0305",
        kwargs={"column": "_fault", "value_set": [""], "mostly": 1 - dataset.reject_limit},
        title=f"不合格行不超过 {dataset.reject_limit:.0%}", column="_fault",
    )  # fmt: skip
    kind = "expect_compound_columns_to_be_unique" if len(dataset.key) > 1 else "expect_column_values_to_be_unique"
    kwargs = {"column_list": list(dataset.key)} if len(dataset.key) > 1 else {"column": dataset.key[0]}
    yield Rule(
        id="table.key", type=kind, severity=Severity.RECTIFY, indicator="0304", kwargs=kwargs,
        title=f"主键 {'+'.join(dataset.key)} 唯一", reason=Reason.DUPLICATE, column=dataset.key[0],
    )  # fmt: skip
    warned = next((c for c in dataset.columns if c.check is Check.RESIDENT_ID), None)
    if warned is not None:
        yield Rule(
            id=f"{warned.name}.area", type="expect_column_values_to_match_regex", severity=Severity.ADVICE,
            indicator="0301", kwargs={"column": warned.name, "regex": "^(?:321322|320823|322224)", "mostly": 0.5},
            title=f"{warned.title}：半数以上为本县区划（321322、320823、322224）", column=warned.name,
        )  # fmt: skip
