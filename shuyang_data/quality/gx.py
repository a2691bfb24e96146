"""The only door to Great Expectations: suites from rules, and its own engine for the types that are not compiled.

The import costs seconds, so nothing imports this module that can do without. It would import Spark's client wherever
that is installed, which ends a process whose main module has no file (`python -c`, Dagster's runs): nothing here needs
Spark, so for the time of the import it is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pandas as pd

from shuyang_data.quality.kinds import class_name
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.validation import configuration
from shuyang_data.records import RuleResult


@contextmanager
def _without_spark() -> Iterator[None]:
    """None in `sys.modules` makes an import fail as if nothing were installed; what is imported already stays."""
    hidden = "pyspark" not in sys.modules
    if hidden:
        sys.modules["pyspark"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["pyspark"]


with _without_spark():
    import great_expectations as gx
    from great_expectations import expectations as gxe
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

    from shuyang_data.quality import gx_types


def build_suite(name: str, rules: Sequence[Rule]) -> Any:
    """The rules as a real ExpectationSuite; given configurations it would pass over those that it does not take."""
    return gx.ExpectationSuite(name=name, expectations=[_expectation(rule) for rule in rules])


def _expectation(rule: Rule) -> Any:
    """Raise AttributeError for a type that there is not, TypeError or ValueError for arguments that are none of its."""
    taken, name = configuration(rule), class_name(rule.type)
    kind = getattr(gx_types, name, None) or getattr(gxe, name)
    return kind(**taken["kwargs"], **{part: taken[part] for part in ("meta", "description", "severity")})


def why_not_runnable(rule: Rule) -> str:
    """Why Great Expectations does not take the rule as an expectation; empty when it does."""
    try:
        _expectation(rule)
    except AttributeError:
        return f"没有 {rule.type} 这种规则"
    except (TypeError, ValueError) as error:  # its models refuse arguments with a kind of ValueError
        return " ".join(str(error).split())[:200]
    return ""


def judge_frame(frame: pd.DataFrame, rules: Sequence[Rule]) -> list[RuleResult]:
    """The rules judged by Great Expectations' own engine; one that cannot run is not assessable, and did not pass."""
    theirs = {r.expectation_config.meta["rule"]: r for r in run_on_gx(frame, build_suite("frame", rules)).results}
    results = [_from_their_result(rule, theirs[rule.id]) for rule in rules]
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


def run_on_gx(
    frame: pd.DataFrame, suite: Any, references: Mapping[str, pd.DataFrame] = {}
) -> ExpectationSuiteValidationResult:
    """Validate with Great Expectations' own pandas engine: the reference that the compiled query is held against.

    references: `department/dataset` → the rows that rules refer to.
    """
    gx_types.references.clear()
    gx_types.references.update(references)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_pandas("frames")
    definition = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    batch = definition.get_batch(batch_parameters={"dataframe": frame})
    return batch.validate(suite, result_format="SUMMARY")
