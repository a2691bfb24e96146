"""Scores: every one a numerator over a denominator, nothing assessed is no score, and what helps most comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.portal.chart import BOTTOM, LEFT, RIGHT, TOP, trend
from shuyang_data.portal.pages import points
from shuyang_data.quality.scores import (
    DIMENSIONS,
    INDICATORS,
    WEIGHTS,
    dataset_score,
    group_score,
    indicator_counts,
    levers,
)
from shuyang_data.records import RuleResult, Severity
from tests.builders import TODAY


def a_result(**more: Any) -> RuleResult:
    fields: dict[str, Any] = {
        "rule_id": "a.required", "expectation": "expect_column_values_to_not_be_null", "column": "a", "title": "甲：必填",
        "severity": Severity.RECTIFY, "indicator": "0201", "evaluated": 100, "unexpected": 0, "passed": True,
    }  # fmt: skip
    return RuleResult(**fields | more)


BROKEN = a_result(unexpected=10, passed=False)


def test_rows_are_counted_and_a_whole_table_counts_all_its_rows_or_none() -> None:
    whole = a_result(rule_id="table.rows", indicator="0202", evaluated=3, passed=False, observed=3.0)
    counts = indicator_counts([BROKEN, a_result(rule_id="b.required", evaluated=50), whole], 3)
    assert counts == {"0201": (140, 150), "0202": (0, 3)}


def test_what_cannot_be_assessed_lifts_nothing() -> None:
    none = a_result(indicator="0402", evaluated=0, passed=False, assessable=False)
    assert indicator_counts([none], 10) == {}
    assert dataset_score("a/b", TODAY, {}).total is None
    score = dataset_score("a/b", TODAY, indicator_counts([BROKEN, none], 100))
    assert (score.total, score.dimension("02"), score.dimension("04")) == (0.9, 0.9, None)


def test_every_dataset_of_a_department_counts_the_same() -> None:
    small = dataset_score("a/small", TODAY, {"0201": (1, 10)})
    large = dataset_score("a/large", TODAY, {"0201": (10_000_000, 10_000_000)})
    score = group_score("a", TODAY, [small, large])
    assert (score.dimensions, score.total) == ({"02": (1.1, 2)}, 0.55)


def test_what_would_raise_the_score_most_comes_first() -> None:
    worse = a_result(rule_id="b.code", indicator="0105", unexpected=50, passed=False)
    found = levers([BROKEN, worse, a_result(rule_id="c", indicator="0301")], 100, {"0601": (0.0, 2.0)})
    assert [lever.rule_id for lever in found] == ["0601", "b.code", "a.required"]
    total = dataset_score(
        "", TODAY, {"0601": (2, 2), **indicator_counts([BROKEN, worse, a_result(indicator="0301")], 100)}
    ).total
    now = dataset_score(
        "", TODAY, {"0601": (0, 2), **indicator_counts([BROKEN, worse, a_result(indicator="0301")], 100)}
    ).total
    assert total is not None and now is not None
    assert abs(found[0].gain - (total - now)) < 1e-9


RESULTS = st.lists(
    st.builds(
        lambda indicator, evaluated, share, assessable: a_result(
            indicator=indicator, evaluated=evaluated, unexpected=int(evaluated * share),
            passed=int(evaluated * share) == 0, assessable=assessable,
        ),
        st.sampled_from(sorted(INDICATORS)), st.integers(0, 10**9), st.floats(0, 1), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@given(RESULTS)
def test_a_score_lies_between_its_worst_and_best_dimension(results: list[RuleResult]) -> None:
    score = dataset_score("a/b", TODAY, indicator_counts(results, 1000))
    ratios = [ratio for code in DIMENSIONS if (ratio := score.dimension(code)) is not None]
    assert (score.total is None) == (not ratios)
    if score.total is not None:
        assert min(ratios) - 1e-6 <= score.total <= max(ratios) + 1e-6
        mended = [replace(r, unexpected=0, passed=True) for r in results]
        assert dataset_score("a/b", TODAY, indicator_counts(mended, 1000)).total == 1
    assert all(lever.gain > 0 for lever in levers(results, 1000, {}))
    assert abs(sum(WEIGHTS.values()) - 1) < 1e-9


@given(st.lists(st.tuples(st.integers(0, 900), st.floats(0, 1)), max_size=200, unique_by=lambda pair: pair[0]))
def test_a_trend_stays_inside_its_drawing(history: list[tuple[int, float]]) -> None:
    from datetime import timedelta

    days = sorted((TODAY - timedelta(days=n), ratio) for n, ratio in history)
    drawn = trend(days, TODAY)
    for x, y in (map(float, point.split(",")) for point in drawn["points"].split()):
        assert LEFT <= x <= RIGHT and TOP <= y <= BOTTOM
    assert len(drawn["dots"]) == min(len(days), 120)


@given(st.floats(0, 1))
def test_only_everything_is_100(ratio: float) -> None:
    assert (points(ratio) == "100") == (ratio == 1)
    assert points(None) == "—"
