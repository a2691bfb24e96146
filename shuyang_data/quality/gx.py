"""The only door to Great Expectations: suites from rules, results from compiled counts, and its own engine.

The import costs seconds, so nothing imports this module that does not judge a dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from great_expectations.expectations.row_conditions import Column

from shuyang_data.quality.derive import Rule
from shuyang_data.records import RuleResult, Severity
from shuyang_data.standard.identifiers import is_credit_code, is_resident_id

SEVERITIES = {
    Severity.BLOCKING: FailureSeverity.CRITICAL,
    Severity.RECTIFY: FailureSeverity.WARNING,
    Severity.ADVICE: FailureSeverity.INFO,
}


class ColumnValuesValidResidentId(ColumnMapMetricProvider):  # type: ignore[misc]
    """Whether each value is a valid resident ID on a date."""

    condition_metric_name = "column_values.valid_resident_id"
    condition_value_keys = ("today",)

    @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: pd.Series, today: str, **kwargs: Any) -> pd.Series:
        return column.map(lambda value: is_resident_id(value, date.fromisoformat(today)))


class ColumnValuesValidCreditCode(ColumnMapMetricProvider):  # type: ignore[misc]
    """Whether each value is a valid unified social credit code."""

    condition_metric_name = "column_values.valid_credit_code"

    @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return column.map(is_credit_code)


class ExpectColumnValuesToBeValidResidentId(ColumnMapExpectation):  # type: ignore[misc]
    """GB 11643-1999: form, birth date not after `today`, check digit."""

    today: str
    map_metric = "column_values.valid_resident_id"
    success_keys = ("mostly", "today")


class ExpectColumnValuesToBeValidCreditCode(ColumnMapExpectation):  # type: ignore[misc]
    """GB 32100-2015: form and both check digits."""

    map_metric = "column_values.valid_credit_code"
    success_keys = ("mostly",)


class ExpectColumnValuesToExistInDataset(gxe.ExpectColumnValuesToBeInSet):  # type: ignore[misc]
    """A foreign key: every value stands in the key column of another dataset."""

    reference: str


def build_suite(name: str, rules: Sequence[Rule], references: Mapping[str, Sequence[str]] | None = None) -> Any:
    """The rules as a real ExpectationSuite. references: the values that foreign keys may take."""
    return gx.ExpectationSuite(name=name, expectations=[_expectation(rule, references or {}) for rule in rules])


def _expectation(rule: Rule, references: Mapping[str, Sequence[str]]) -> Any:
    kwargs = _plain(rule)
    if rule.type == "expect_column_values_to_exist_in_dataset":
        kwargs["value_set"] = list(references.get(rule.kwargs["reference"], ()))
    if rule.where:
        kwargs |= {"row_condition": Column(rule.where).is_not_null()}
    kind = _class_of(rule.type)
    return kind(**kwargs, severity=SEVERITIES[rule.severity], meta=_meta(rule), description=rule.title)


def _class_of(kind: str) -> Any:
    name = "".join(part.capitalize() for part in kind.split("_"))
    return globals().get(name) or getattr(gxe, name)


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


def run_on_gx(frame: pd.DataFrame, suite: Any) -> ExpectationSuiteValidationResult:
    """Validate with Great Expectations' own pandas engine: the reference that the compiled query is held against."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("frames")
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    return batch.validate(suite, result_format="SUMMARY")
