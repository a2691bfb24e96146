"""The only door to Great Expectations: suites from rules, results from compiled counts, and its own engine.

The import costs seconds, so nothing imports this module that does not judge a dataset.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from shuyang_data.catalog.checks import Condition
from shuyang_data.quality import gx_types
from shuyang_data.quality.derive import Rule
from shuyang_data.records import RuleResult, Severity

SEVERITIES = {
    Severity.BLOCKING: FailureSeverity.CRITICAL,
    Severity.RECTIFY: FailureSeverity.WARNING,
    Severity.ADVICE: FailureSeverity.INFO,
}


def build_suite(name: str, rules: Sequence[Rule], references: Mapping[str, Sequence[str]] | None = None) -> Any:
    """The rules as a real ExpectationSuite. references: the values that foreign keys may take."""
    return gx.ExpectationSuite(name=name, expectations=[_expectation(rule, references or {}) for rule in rules])


def _expectation(rule: Rule, references: Mapping[str, Sequence[str]]) -> Any:
    kwargs = _plain(rule)
    if rule.type == "expect_column_values_to_exist_in_dataset":
        kwargs["value_set"] = list(references.get(rule.kwargs["reference"], ()))
    looked_at = _row_condition(rule)
    if looked_at is not None:
        kwargs |= {"row_condition": looked_at}
    kind = _class_of(rule.type)
    return kind(**kwargs, severity=SEVERITIES[rule.severity], meta=_meta(rule), description=rule.title)


def _row_condition(rule: Rule) -> Any:
    """The rule's row condition in Great Expectations' own terms; None when it looks at every row."""
    parts = [_condition(condition) for condition in rule.conditions]
    if rule.where:
        parts.append(Column(rule.where).is_not_null())
    return reduce(operator.and_, parts) if parts else None


def _condition(condition: Condition) -> Any:
    column = Column(condition.column)
    if condition.operator in ("is_null", "is_not_null"):
        return column.is_null() if condition.operator == "is_null" else column.is_not_null()
    if condition.operator in ("in", "not_in"):
        return column.is_in(condition.value) if condition.operator == "in" else column.is_not_in(condition.value)
    compare = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt}
    return compare.get(condition.operator, operator.ge)(column, condition.value)


def _class_of(kind: str) -> Any:
    name = "".join(part.capitalize() for part in kind.split("_"))
    return getattr(gx_types, name, None) or getattr(gxe, name)


def _plain(rule: Rule) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in rule.kwargs.items()}


def _meta(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.id, "indicator": rule.indicator, "severity": rule.severity.value}


def validation_result(name: str, rules: Sequence[Rule], results: Sequence[RuleResult], run_id: str) -> dict[str, Any]:
    """The suite's result in Great Expectations' own schema, filled from the compiled counts, as JSON values."""
    by_id = {result.rule_id: result for result in results}
    expectations = build_suite(name, rules).expectations
    parts = [_part(expectation.configuration, by_id[expectation.meta["rule"]]) for expectation in expectations]
    passed = sum(bool(part.success) for part in parts)
    suite = ExpectationSuiteValidationResult(
        success=passed == len(parts),
        results=parts,
        suite_name=name,
        statistics={
            "evaluated_expectations": len(parts),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(parts) - passed,
            "success_percent": 100.0 * passed / len(parts) if parts else None,
        },
        meta={"run_id": run_id, "great_expectations_version": gx.__version__},
    )
    body: dict[str, Any] = suite.to_json_dict()
    return body


def _part(configuration: ExpectationConfiguration, result: RuleResult) -> ExpectationValidationResult:
    share = 100.0 * result.unexpected / result.evaluated if result.evaluated else 0.0
    detail: dict[str, Any] = {
        "element_count": result.evaluated,
        "unexpected_count": result.unexpected,
        "unexpected_percent": share,
        "partial_unexpected_list": list(result.examples),
    }
    if result.observed is not None:
        detail = {"observed_value": int(result.observed)}
    return ExpectationValidationResult(
        success=result.passed,
        expectation_config=configuration,
        result=detail,
        exception_info={"raised_exception": False, "exception_traceback": None, "exception_message": None},
    )


def why_not_runnable(rule: Rule) -> str:
    """Why Great Expectations does not take the rule as an expectation; empty when it does."""
    try:
        _expectation(rule, {})
    except AttributeError:
        return f"没有 {rule.type} 这种规则"
    except (TypeError, ValueError) as error:  # its models refuse arguments with a kind of ValueError
        return " ".join(str(error).split())[:200]
    return ""


def judge_frame(frame: pd.DataFrame, rules: Sequence[Rule]) -> list[RuleResult]:
    """The rules judged by Great Expectations' own engine; one that cannot run is not assessable, and did not pass."""
    found = {r.expectation_config.meta["rule"]: r for r in run_on_gx(frame, build_suite("frame", rules)).results}
    results = [_from_their_result(rule, found[rule.id]) for rule in rules]
    if len(rules) == 1:
        return results
    # One that cannot run takes others of its suite with it: each of those has another try of its own.
    return [r if r.assessable else judge_frame(frame, [rule])[0] for rule, r in zip(rules, results, strict=True)]


def _from_their_result(rule: Rule, theirs: ExpectationValidationResult) -> RuleResult:
    ran = '"raised_exception": true' not in str(theirs)
    result = rule.result(
        int(theirs.result.get("element_count") or 0), int(theirs.result.get("unexpected_count") or 0),
        bool(theirs.success) and ran, theirs.result.get("observed_value"),
    )  # fmt: skip
    return replace(result, assessable=ran)


def run_on_gx(frame: pd.DataFrame, suite: Any) -> ExpectationSuiteValidationResult:
    """Validate with Great Expectations' own pandas engine: the reference that the compiled query is held against."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("frames")
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    return batch.validate(suite, result_format="SUMMARY")
