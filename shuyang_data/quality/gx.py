"""The only door to Great Expectations: suites from rules, results from compiled counts, and its own engine.

The import costs seconds, so nothing imports this module that does not judge a dataset.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any, Literal

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    ColumnMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from great_expectations.expectations.row_conditions import Column

from shuyang_data.catalog.checks import Condition
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


class ExpectColumnValuesToBeInCodeList(gxe.ExpectColumnValuesToBeInSet):  # type: ignore[misc]
    """Every value stands in a version of a code list; its codes are the value set."""

    code_list: str
    edition: str = ""


class ExpectColumnsToBeInOrder(MulticolumnMapExpectation):  # type: ignore[misc]
    """Dates or numbers of a row never decrease along a list of columns; missing ones are passed over."""

    or_equal: bool = True


class ExpectColumnsToAddUp(MulticolumnMapExpectation):  # type: ignore[misc]
    """The columns of a row add up to another one, within a tolerance."""

    total_column: str
    tolerance: float = 0


class FieldExpectation(BatchExpectation):  # type: ignore[misc]
    """An expectation that needs more than a batch: `quality.field` judges it, and this is how it is written down."""

    def _validate(self, *arguments: Any, **more: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} is judged by quality.field")


class ExpectCompoundColumnsToBeUniqueInPeriod(FieldExpectation):
    """A combination of columns stands once in every year, quarter, month, week or day of a date column."""

    column_list: list[str]
    period_column: str
    period: Literal["year", "quarter", "month", "week", "day"]
    ignore_row_if: str = "all_values_are_missing"
    mostly: float = 1
    row_condition: Any = None


class ExpectTableToBeFresh(FieldExpectation):
    """The data date is no older than so many days, or than the update cycle."""

    max_days: int | None = None


class ExpectTableRowCountToFollowHistory(FieldExpectation):
    """As many rows as earlier deliveries, robustly, of the same month where there are enough."""

    minimum_history: int = 4
    deviations: float = 3.5
    tolerance: float = 0.05


class ExpectColumnDistributionToBeStable(FieldExpectation):
    """The column's distribution is that of the last committed rows, by the population stability index."""

    column: str
    max_psi: float = 0.25
    row_condition: Any = None


class ExpectColumnTotalsToEqualDataset(FieldExpectation):
    """Totals per group agree with those of `department/dataset.column`."""

    column: str
    reference: str
    by: list[str] = []
    reference_by: list[str] = []
    tolerance: float = 0
    mostly: float = 1
    row_condition: Any = None


class ExpectTimeSeriesToHaveNoGaps(FieldExpectation):
    """No two readings of a series are further apart than so many seconds."""

    column: str
    seconds: float
    series: list[str] = []
    mostly: float = 1
    row_condition: Any = None


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
    seen = theirs.result.get("observed_value")
    return RuleResult(
        rule_id=rule.id, expectation=rule.type, column=rule.column, title=rule.title, severity=rule.severity,
        indicator=rule.indicator, evaluated=int(theirs.result.get("element_count") or 0),
        unexpected=int(theirs.result.get("unexpected_count") or 0), passed=bool(theirs.success) and ran, assessable=ran,
        observed=float(seen) if isinstance(seen, int | float) and not isinstance(seen, bool) else None,
    )  # fmt: skip


def run_on_gx(frame: pd.DataFrame, suite: Any) -> ExpectationSuiteValidationResult:
    """Validate with Great Expectations' own pandas engine: the reference that the compiled query is held against."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("frames")
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    return batch.validate(suite, result_format="SUMMARY")
