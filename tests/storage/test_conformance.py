"""The compiled query against Great Expectations' own engine: same verdict, same unexpected count, on every rule."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import great_expectations as gx
import ibis
import numpy as np
import pandas as pd
import pytest
from great_expectations import expectations as gxe
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.expectations.row_conditions import Column
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples.defects import spoil
from samples.people import residents
from samples.values import clean_columns
from shuyang_data.catalog.checks import Condition
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.quality.compile import count_query, flag_rows, judge, read_counts
from shuyang_data.quality.derive import declared_rules, derive_rules, fresh_rule
from shuyang_data.quality.expectations import EXPECTATIONS, why_not
from shuyang_data.quality.gx import build_suite, run_on_gx
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.validation import configuration, validation_result
from shuyang_data.records import RuleResult, Severity
from shuyang_data.standard.cast import cast_rows
from shuyang_data.standard.deduplicate import repeated_keys
from tests.builders import COUNTY_CATALOG, TODAY, a_column, a_dataset

CATALOG = load_catalog(COUNTY_CATALOG)
PEOPLE = residents(400, TODAY, np.random.default_rng(1))
UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def compiled(
    typed: ibis.Table, rules: tuple[Rule, ...], references: dict[str, ibis.Table], dataset: Dataset
) -> tuple[list[RuleResult], pd.DataFrame]:
    connection = ibis.duckdb.connect()
    connection.con.register("judged", connection.to_pyarrow(judge(flag_rows(typed, rules, references), rules)))
    judged = connection.table("judged")
    repeats = connection.to_pyarrow(repeated_keys(judged, dataset)).to_pylist()
    counts = connection.to_pyarrow(judged.aggregate(**count_query(judged, rules))).to_pylist()[0]
    results = read_counts(
        counts, sum(row["_repeats"] for row in repeats), sum(judged.to_pandas()["_fault"] != ""), rules
    )
    frame = connection.to_pandas(judged)
    return results, frame.astype({name: object for name in frame.columns if str(frame[name].dtype) == "str"})


def a_delivery(dataset: Dataset, catalog: Catalog, keys: dict[str, np.ndarray], seed: int) -> list[dict[str, Any]]:
    """Three hundred rows with every kind of defect in them, as raw holds them."""
    random = np.random.default_rng(seed)
    columns = clean_columns(dataset, catalog, 300, TODAY, keys, PEOPLE, random)
    strangers = {name: np.array(["X1", "X2"], dtype=object) for name in dataset.references()}
    spoilt, _ = spoil(dataset, columns, strangers, 0.3, False, random)
    rows = [dict(zip(spoilt, values, strict=True)) for values in zip(*spoilt.values(), strict=True)]
    return [{"_delivery_id": "d", "_row_number": n, "_read_fault": None} | row for n, row in enumerate(rows, start=2)]


@pytest.mark.parametrize("dataset", list(CATALOG.datasets.values()), ids=lambda d: str(d.id))
def test_every_rule_of_every_dataset_agrees(dataset: Dataset) -> None:
    held = {f"{parent}.{target}": np.array(PEOPLE.id if target == "resident_id" else ["K1", "K2"], dtype=object)
            for parent, target in dataset.references().values()}  # fmt: skip
    keys = dict(held)
    raw_rows = a_delivery(dataset, CATALOG, keys, 5)
    schema = {"_delivery_id": "string", "_row_number": "int64", "_read_fault": "string"} | {
        c.name: "string" for c in dataset.columns
    }
    raw = ibis.memtable(raw_rows, schema=ibis.schema(schema))
    typed = cast_rows(raw, dataset, {"d": 1}, TODAY.year)
    rules = derive_rules(dataset, CATALOG.code_lists, TODAY)
    references = {name: ibis.memtable({"key": list(values)}) for name, values in held.items()}
    results, frame = compiled(typed, rules, references, dataset)
    frames: dict[str, pd.DataFrame] = {}
    for name, values in held.items():
        parent, _, target = name.partition(".")
        frames[parent] = frames.get(parent, pd.DataFrame()).assign(**{target: values})
    compare(rules, results, frame, frames, sound_only=True)
    assert any(not result.passed for result in results)


def compare(
    rules: tuple[Rule, ...],
    results: list[RuleResult],
    frame: pd.DataFrame,
    references: dict[str, pd.DataFrame],
    *,
    sound_only: bool,
) -> None:
    """Hold the compiled results against GX's own. Uniqueness is asked of sound rows only, so GX gets just those."""
    frame = frame.where(frame.notna(), None)
    split = [rule for rule in rules if rule.type in UNIQUE]
    rest = [rule for rule in rules if rule.type not in UNIQUE]
    found = {}
    for part, rows in ((rest, frame), (split, frame[frame["_fault"] == ""] if sound_only else frame)):
        if not part:
            continue
        validation = run_on_gx(rows.reset_index(drop=True), build_suite("suite", part), references)
        for result in validation.results:
            assert '"raised_exception": true' not in str(result), result
            found[result.expectation_config.meta["rule"]] = result
    for mine in results:
        theirs = found[mine.rule_id]
        assert mine.passed == theirs.success, mine
        if "unexpected_count" in theirs.result:
            assert mine.unexpected == theirs.result["unexpected_count"], mine


def a_rule(kind: str, mostly: float, **kwargs: Any) -> Rule:
    return Rule(
        id=kind,
        type=kind,
        kwargs=kwargs | {"mostly": mostly},
        severity=Severity.RECTIFY,
        indicator="0302",
        title="t",
        column="text",
    )


RULES = st.one_of(
    st.builds(a_rule, st.just("expect_column_values_to_be_in_set"), st.floats(0, 1), column=st.just("text"), value_set=st.lists(st.sampled_from(["a", "b", "é"]), min_size=1)),
    st.builds(a_rule, st.just("expect_column_values_to_not_be_in_set"), st.floats(0, 1), column=st.just("text"), value_set=st.lists(st.sampled_from(["a", "b"]), min_size=1)),
    st.builds(a_rule, st.sampled_from(["expect_column_values_to_not_be_null", "expect_column_values_to_be_null"]), st.floats(0, 1), column=st.just("text")),
    st.builds(a_rule, st.sampled_from(["expect_column_values_to_match_regex", "expect_column_values_to_not_match_regex"]), st.floats(0, 1), column=st.just("text"), regex=st.sampled_from(["^a", "^[0-9]+$", "沭"])),
    st.builds(a_rule, st.just("expect_column_value_lengths_to_be_between"), st.floats(0, 1), column=st.just("text"), min_value=st.integers(0, 2), max_value=st.integers(2, 4)),
    st.builds(a_rule, st.just("expect_column_values_to_be_between"), st.floats(0, 1), column=st.just("number"), min_value=st.integers(-3, 0), max_value=st.integers(0, 3)),
)  # fmt: skip
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sampled_from(["a", "b", "é", "沭阳", "12", "", "aaaa"])),
        st.one_of(st.none(), st.integers(-5, 5)),
    ),
    max_size=12,
)


@given(RULES, ROWS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_generated_rules_on_generated_tables_agree(rule: Rule, rows: list[tuple[str | None, int | None]]) -> None:
    schema = ibis.schema(
        {"text": "string", "number": "int64", "_read_fault": "string", "_order": "int64", "_sequence": "int64"}
    )
    table = ibis.memtable(
        [{"text": t, "number": n, "_read_fault": None, "_order": i, "_sequence": 1} for i, (t, n) in enumerate(rows)],
        schema=schema,
    )
    results, frame = compiled(table, (rule,), {}, a_dataset(a_column("text", required=True), key=("text",)))
    compare((rule,), results, frame, {}, sound_only=False)


def theirs(name: str, rules: list[Rule], results: list[RuleResult]) -> dict[str, Any]:
    """The same results as Great Expectations' own result objects write themselves."""
    parts = [
        ExpectationValidationResult(
            success=result.passed,
            expectation_config=expectation.configuration,
            result={
                "element_count": result.evaluated, "unexpected_count": result.unexpected,
                "unexpected_percent": 10.0, "partial_unexpected_list": list(result.examples),
            } if result.observed is None else {"observed_value": result.observed},
            exception_info={"raised_exception": False, "exception_traceback": None, "exception_message": None},
        )
        for expectation, result in zip(build_suite(name, rules).expectations, results, strict=True)
    ]  # fmt: skip
    passed = sum(bool(result.passed) for result in results)
    body: dict[str, Any] = ExpectationSuiteValidationResult(
        success=passed == len(parts), results=parts, suite_name=name,
        statistics={
            "evaluated_expectations": len(parts), "successful_expectations": passed,
            "unsuccessful_expectations": len(parts) - passed, "success_percent": 100.0 * passed / len(parts),
        },
        meta={"run_id": "run", "great_expectations_version": gx.__version__},
    ).to_json_dict()  # fmt: skip
    return body


@pytest.mark.parametrize("dataset", list(CATALOG.datasets.values()), ids=lambda d: str(d.id))
def test_results_are_in_great_expectations_own_schema(dataset: Dataset) -> None:
    declared = declared_rules(CATALOG.checks.get(dataset.id, ()), CATALOG.code_lists, TODAY)
    rules = [*derive_rules(dataset, CATALOG.code_lists, TODAY), *declared]
    results = [
        replace(rule.result(10, 1, n % 3 > 0, 2.5 if n % 5 == 0 else None), examples=("第 2 行 甲",))
        for n, rule in enumerate(rules)
    ]
    mine = validation_result(str(dataset.id), rules, results, "run")
    assert json.loads(json.dumps(mine)) == theirs(str(dataset.id), rules, results)


A, B = Column("a"), Column("b")
CONDITIONED = [
    ((("a", "==", 1),), A == 1),
    ((("a", "!=", "x"), ("b", "is_null", None)), (A != "x") & B.is_null()),
    ((("a", "<", 2.5), ("b", "<=", 3), ("a", ">", 0)), (A < 2.5) & (B <= 3) & (A > 0)),
    ((("a", ">=", "2026-01-01"),), A >= "2026-01-01"),
    ((("a", "in", ["x", "y"]),), A.is_in(["x", "y"])),
    ((("a", "not_in", [1, 2]), ("b", "is_not_null", None)), A.is_not_in([1, 2]) & B.is_not_null()),
]


@pytest.mark.parametrize(("parts", "condition"), CONDITIONED, ids=lambda value: str(value)[:20])
def test_row_conditions_are_written_as_great_expectations_writes_them(parts: Any, condition: Any) -> None:
    conditions = tuple(Condition(column=column, operator=sign, value=value) for column, sign, value in parts)
    rule = replace(a_rule("expect_column_values_to_not_be_null", 0.5, column="c"), conditions=conditions)
    expectation = gxe.ExpectColumnValuesToNotBeNull(
        column="c", mostly=0.5, row_condition=condition, severity="warning", description="t",
        meta={"rule": rule.id, "indicator": "0302", "severity": "rectify"},
    )  # fmt: skip
    assert configuration(rule) == expectation.configuration.to_json_dict()


def test_every_rule_that_the_catalog_implies_is_written_rightly() -> None:
    for dataset in CATALOG.datasets.values():
        for rule in (*derive_rules(dataset, CATALOG.code_lists, TODAY), *filter(None, [fresh_rule(dataset)])):
            assert rule.type in EXPECTATIONS and why_not(rule) == "", rule
