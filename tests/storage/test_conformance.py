"""The compiled query against Great Expectations' own engine: same verdict, same unexpected count, on every rule."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples.defects import spoil
from samples.people import residents
from samples.values import clean_columns
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.quality.compile import count_query, flag_rows, judge, read_counts
from shuyang_data.quality.derive import Rule, derive_rules
from shuyang_data.quality.gx import build_suite, run_on_gx, validation_result
from shuyang_data.records import RuleResult, Severity
from shuyang_data.standard.cast import cast_rows
from shuyang_data.standard.deduplicate import repeated_keys
from tests.builders import COUNTY_CATALOG, TODAY

CATALOG = load_catalog(COUNTY_CATALOG)
PEOPLE = residents(400, TODAY, np.random.default_rng(1))
UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def compiled(
    typed: ibis.Table, rules: tuple[Rule, ...], references: dict[str, ibis.Table], key: tuple[str, ...]
) -> tuple[list[RuleResult], pd.DataFrame]:
    connection = ibis.duckdb.connect()
    connection.con.register("judged", connection.to_pyarrow(judge(flag_rows(typed, rules, references), rules)))
    judged = connection.table("judged")
    repeats = connection.to_pyarrow(repeated_keys(judged, key)).to_pylist()
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
    typed = cast_rows(raw, dataset, {"d": 1})
    rules = derive_rules(dataset, CATALOG.code_lists, TODAY)
    references = {name: ibis.memtable({"key": list(values)}) for name, values in held.items()}
    results, frame = compiled(typed, rules, references, dataset.key)
    lists = {name: list(values) for name, values in held.items()}
    compare(rules, results, frame, lists, sound_only=True)
    assert any(not result.passed for result in results)


def compare(
    rules: tuple[Rule, ...],
    results: list[RuleResult],
    frame: pd.DataFrame,
    references: dict[str, list[str]],
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
        validation = run_on_gx(rows.reset_index(drop=True), build_suite("suite", part, references))
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
    results, frame = compiled(table, (rule,), {}, ("text",))
    compare((rule,), results, frame, {}, sound_only=False)


def test_results_are_in_great_expectations_own_schema() -> None:
    dataset = next(iter(CATALOG.datasets.values()))
    rules = derive_rules(dataset, CATALOG.code_lists, date(2026, 11, 24))
    results = [RuleResult(r.id, r.type, r.column, r.title, r.severity, r.indicator, 10, 1, False) for r in rules]
    body = validation_result("x", rules, results, "run")
    assert json.loads(json.dumps(body))["statistics"]["evaluated_expectations"] == len(rules)
    assert {part["expectation_config"]["type"] for part in body["results"]} == {rule.type for rule in rules}
