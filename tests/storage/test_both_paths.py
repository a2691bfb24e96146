"""A type is judged alike as a derived rule, which rejects its rows, and as a declared one: the table knows it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shuyang_data.quality.compile import FAULT, count_query, flag_rows, judge, look_up, read_counts
from shuyang_data.quality.examples import fault_name
from shuyang_data.quality.expectations import EXPECTATIONS, about_rows
from shuyang_data.quality.kinds import Column, Rows, Size, Unique
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import failing_rows, run
from shuyang_data.quality.values import without_nan
from shuyang_data.records import Reason, RuleResult, Severity
from tests.builders import a_dataset
from tests.storage.test_suite_conformance import Row, one_row, rules_of, tables

# Filled in every column, and there twice, so that no type passes everything over.
TWINS: list[Row] = [("a", "a", 1, 2, 9.0, Decimal("9.00"), date(2026, 11, 9), "x")] * 2
REST = (Severity.RECTIFY, "0302", "t")
BOTH = sorted(kind for kind, known in EXPECTATIONS.items() if isinstance(known.how, Rows | Unique | Column | Size))


@pytest.fixture(scope="module")
def connection() -> Any:
    opened = ibis.duckdb.connect()
    yield opened
    opened.disconnect()


def derived(
    connection: Any, rows: Sequence[Row], rules: Sequence[Rule]
) -> tuple[list[RuleResult], dict[int, set[str]]]:
    """(results, row → what it is rejected for), as the chain asks for them."""
    table, references = tables(connection, rows, rules)
    typed = without_nan(table).mutate(_read_fault=ibis.null("string"))
    judged = judge(flag_rows(typed, rules, references), rules)
    counts = connection.to_pyarrow(judged.aggregate(**count_query(judged, rules))).to_pylist()[0]
    faults = connection.to_pyarrow(judged.select("id", FAULT)).to_pylist()
    rejected = {row["id"]: {part for part in row[FAULT].split(";") if part} for row in faults if row[FAULT]}
    return read_counts(counts, 0, len(rejected), rules), rejected


def declared(
    connection: Any, rows: Sequence[Row], rules: Sequence[Rule]
) -> tuple[list[RuleResult], dict[int, set[str]]]:
    """(results, row → rules that it breaks)."""
    table, references = tables(connection, rows, rules)
    table = look_up(table, rules, references)

    def fetch(query: ibis.Table) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = connection.to_pyarrow(query).to_pylist()
        return found

    failing = fetch(failing_rows(table, rules, ["id"]))
    return run(table, rules, fetch), {row["id"]: set(row["_rules"].rstrip(",").split(",")) for row in failing}


@pytest.mark.parametrize("kind", BOTH)
def test_a_type_gives_one_verdict_in_both_paths(kind: str, connection: Any) -> None:
    seen: set[str] = set()

    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=True,
    )
    @given(rules_of(kind), st.lists(one_row, min_size=4, max_size=10), st.sampled_from([None, None, "other"]))
    def alike(plain: Rule, generated: list[Row], where: str | None) -> None:
        rows = [*generated, *TWINS]
        rule = replace(plain, reason=Reason.RANGE, where=where if EXPECTATIONS[kind].conditional else None)
        (mine, rejected), (theirs, broken) = (path(connection, rows, [rule]) for path in (derived, declared))
        assert mine == theirs, rows
        assert rejected == {row: {fault_name(rule, a_dataset())} for row in broken}, rows
        seen.update("rejects" for _ in rejected)

    alike()
    assert bool(seen) == isinstance(EXPECTATIONS[kind].how, Rows | Unique), (
        "the generated rows do break every such type"
    )


def test_what_a_row_path_cannot_judge_is_not_assessable(connection: Any) -> None:
    shape = Rule("s", "expect_table_column_count_to_equal", {"value": 9}, *REST)
    history = Rule("h", "expect_table_row_count_to_follow_history", {}, *REST)
    unknown = Rule("u", "expect_column_values_to_be_of_type", {"column": "text", "type_": "str"}, *REST)
    results, rejected = derived(connection, [], [shape, history, unknown])
    assert [(result.assessable, result.passed) for result in results] == [(False, False)] * 3
    assert not rejected and not any(map(about_rows, [shape, history, unknown]))
