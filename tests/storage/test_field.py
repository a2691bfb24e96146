"""Rules of the field: what needs other tables, earlier deliveries or the date; without that there is no verdict."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.checks import Condition
from shuyang_data.quality.expectations import how, why_not
from shuyang_data.quality.kinds import Field, Found, Surroundings
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import assess, failing_rows, run
from shuyang_data.records import Severity
from shuyang_data.storage.engine import Engine
from tests.builders import TODAY

SERIES = {"site": "string", "at": "timestamp"}
MONEY = {"month": "string", "kind": "string", "yuan": "int64"}


def a_rule(kind: str, conditions: tuple[Condition, ...] = (), **kwargs: Any) -> Rule:
    rule = Rule(
        "check.x", kind, kwargs, Severity.RECTIFY, "0402", "t", column=kwargs.get("column"), conditions=conditions
    )
    assert why_not(rule) == ""
    return rule


def judge(engine: Engine, rule: Rule, table: Any, **around: Any) -> Found | None:
    given_ = {"data_on": TODAY, "as_of": TODAY} | around
    judged = how(rule)
    assert isinstance(judged, Field)
    return judged.judge(table, rule, Surroundings(**given_), engine.fetch)


def months(count: int, rows: int, step: int = 30) -> list[tuple[date, int]]:
    return [(TODAY - timedelta(days=step * n), rows) for n in range(count, 0, -1)]


def test_data_are_as_old_as_their_cycle_allows(engine: Engine) -> None:
    rule = a_rule("expect_table_to_be_fresh")
    assert judge(engine, rule, None) is None, "no cycle, no verdict"
    ages = [judge(engine, rule, None, cycle=35, as_of=TODAY + timedelta(days=n)) for n in (35, 36)]
    assert [found and found.passed for found in ages] == [True, False]
    assert (
        judge(engine, a_rule("expect_table_to_be_fresh", max_days=3), None, as_of=TODAY + timedelta(days=4)).passed
        is False
    )  # type: ignore[union-attr]


def test_a_row_count_is_held_against_its_history(engine: Engine) -> None:
    rule = a_rule("expect_table_row_count_to_follow_history")
    assert judge(engine, rule, None, rows=10, history=months(3, 100)) is None
    verdicts = {
        rows: judge(engine, rule, None, rows=rows, history=[*months(8, 100), (TODAY, 1_000_000)])
        for rows in (100, 104, 60, 200)
    }
    assert {rows: found and found.passed for rows, found in verdicts.items()} == {
        100: True,
        104: True,
        60: False,
        200: False,
    }, "one odd month moves nothing"


def test_a_season_is_held_against_the_same_month(engine: Engine) -> None:
    november = [(date(year, 11, 3), 500) for year in (2022, 2023, 2024, 2025)]
    others = [(date(2025, month, 3), 100) for month in range(1, 11)]
    rule = a_rule("expect_table_row_count_to_follow_history")
    found = judge(engine, rule, None, rows=510, history=sorted([*others, *november]))
    assert found is not None and found.passed
    assert judge(engine, rule, None, rows=100, history=sorted([*others, *november])).passed is False  # type: ignore[union-attr]


@pytest.mark.parametrize(("schema", "before", "after"), [
    ("string", ["a"] * 90 + ["b"] * 10, ["a"] * 50 + ["b"] * 50),
    ("int64", list(range(100)), [n + 80 for n in range(100)]),
    ("date", [TODAY - timedelta(days=n) for n in range(100)], [TODAY - timedelta(days=n + 90) for n in range(100)]),
])  # fmt: skip
def test_a_distribution_that_moves_is_seen(engine: Engine, schema: str, before: list[Any], after: list[Any]) -> None:
    rule = a_rule("expect_column_distribution_to_be_stable", column="v")
    old, new = (engine.rows([{"v": value} for value in values], {"v": schema}) for values in (before, after))
    assert judge(engine, rule, new) is None
    same, moved = judge(engine, rule, old, previous=old), judge(engine, rule, new, previous=old)
    assert same is not None and moved is not None
    assert (same.passed, same.observed, moved.passed) == (True, 0.0, False)


def test_totals_agree_between_departments(engine: Engine) -> None:
    """财税库银: tax paid in, as the tax office and the treasury have it, by month and kind."""
    tax = [
        {"month": "10", "kind": "VAT", "yuan": 60},
        {"month": "10", "kind": "VAT", "yuan": 40},
        {"month": "11", "kind": "VAT", "yuan": 70},
    ]
    bank = [
        {"month": "10", "kind": "VAT", "yuan": 100},
        {"month": "11", "kind": "VAT", "yuan": 69},
        {"month": "12", "kind": "CIT", "yuan": 5},
    ]
    mine, other = engine.rows(tax, MONEY), engine.rows(bank, MONEY)
    kwargs = {"column": "yuan", "reference": "treasury/paid_in.yuan", "by": ["month", "kind"]}
    rule = a_rule("expect_column_totals_to_equal_dataset", **kwargs)
    assert judge(engine, rule, mine) is None
    around = {"references": {"treasury/paid_in": other}}
    found = judge(engine, rule, mine, **around)
    assert found is not None and (found.looked_at, found.unexpected, found.passed) == (3, 2, False)
    lenient = a_rule("expect_column_totals_to_equal_dataset", **kwargs | {"tolerance": 1, "mostly": 0.6})
    assert judge(engine, lenient, mine, **around).unexpected == 1  # type: ignore[union-attr]
    whole = a_rule("expect_column_totals_to_equal_dataset", column="yuan", reference="treasury/paid_in.yuan")
    assert judge(engine, whole, mine, **around).unexpected == 1  # type: ignore[union-attr]


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=15)
@given(st.sets(st.integers(0, 40), min_size=2, max_size=20), st.sets(st.integers(0, 40), min_size=2, max_size=20))
def test_gaps_in_a_series_are_counted(engine: Engine, first: set[int], second: set[int]) -> None:
    start = datetime(2026, 11, 1)
    rows = [
        {"site": site, "at": start + timedelta(hours=hour)}
        for site, hours in (("A", first), ("B", second))
        for hour in hours
    ]
    found = judge(
        engine,
        a_rule("expect_time_series_to_have_no_gaps", column="at", series=["site"], seconds=3600),
        engine.rows(rows, SERIES),
    )
    steps = [b - a for hours in (sorted(first), sorted(second)) for a, b in zip(hours, hours[1:], strict=False)]
    assert found is not None
    assert (found.looked_at, found.unexpected) == (len(steps), sum(step > 1 for step in steps))


def test_rows_in_order_sums_and_periods(engine: Engine) -> None:
    schema = {
        "id": "int64",
        "born": "date",
        "married": "date",
        "died": "date",
        "a": "int64",
        "b": "int64",
        "total": "int64",
        "person": "string",
    }
    day = date(2026, 1, 1)
    rows = [
        {"id": 1, "born": day, "married": day, "died": day, "a": 1, "b": 2, "total": 3, "person": "x"},
        {"id": 2, "born": day, "married": None, "died": day - timedelta(days=1), "a": 1, "b": 2, "total": 4, "person": "x"},
        {"id": 3, "born": day.replace(month=2), "married": None, "died": None, "a": None, "b": 2, "total": 9, "person": "x"},
    ]  # fmt: skip
    table = engine.rows(rows, schema)
    rules = [
        a_rule("expect_columns_to_be_in_order", column_list=["born", "married", "died"]),
        a_rule("expect_columns_to_be_in_order", column_list=["born", "married", "died"], or_equal=False),
        a_rule("expect_columns_to_add_up", column_list=["a", "b"], total_column="total"),
        a_rule("expect_columns_to_add_up", column_list=["a", "b"], total_column="total", tolerance=1),
        a_rule("expect_compound_columns_to_be_unique_in_period", column_list=["person"], period_column="born", period="month"),
        a_rule("expect_compound_columns_to_be_unique_in_period", column_list=["person"], period_column="born", period="year"),
    ]  # fmt: skip
    rules = [Rule(**{**vars(rule), "id": f"r{n}"}) for n, rule in enumerate(rules)]
    assert [(r.evaluated, r.unexpected) for r in run(table, rules, engine.fetch)] == [
        (2, 1),
        (2, 2),
        (2, 1),
        (2, 0),
        (3, 2),
        (3, 3),
    ]
    failing = {row["id"]: row["_rules"] for row in engine.fetch(failing_rows(table, rules, ["id"]))}
    assert failing == {1: "r1,r4,r5,", 2: "r0,r1,r2,r4,r5,", 3: "r5,"}


def test_a_rule_that_does_not_fit_its_column_harms_no_other(engine: Engine) -> None:
    table = engine.rows([{"word": "a", "day": TODAY}], {"word": "string", "day": "date"})
    rules = [
        a_rule("expect_column_values_to_be_between", column="word", min_value=3),
        a_rule("expect_column_values_to_be_between", column="day", min_value=5),
        a_rule("expect_column_sum_to_be_between", column="word", min_value=1),
        a_rule("expect_column_values_to_not_be_null", column="word"),
        a_rule("expect_column_values_to_be_between", column="day", min_value="2026-01-01"),
    ]
    rules = [Rule(**{**vars(rule), "id": f"r{n}"}) for n, rule in enumerate(rules)]
    results, wrong = assess(table, rules, engine.fetch)
    assert {result.rule_id for result in results if result.passed} == {"r3", "r4"}
    assert {rule.id for rule, why in wrong if why} == {"r0", "r1", "r2"}
