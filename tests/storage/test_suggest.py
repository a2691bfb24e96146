"""Suggested rules: found where rows keep them, with their support; every suggestion holds on the rows it came from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.model import Column
from shuyang_data.catalog.terms import Type
from shuyang_data.quality.derive import declared_rules
from shuyang_data.quality.expectations import why_not
from shuyang_data.quality.proposals import Suggestion
from shuyang_data.quality.suggest import suggest
from shuyang_data.quality.suite import run
from shuyang_data.storage.engine import Engine
from tests.builders import a_column, a_dataset

COLUMNS = (
    a_column("code", required=True), a_column("kind"), a_column("sex", grade=3), a_column("licence"),
    a_column("beds", Type.INTEGER), a_column("guests", Type.INTEGER), a_column("empty", Type.INTEGER),
    a_column("from_on", Type.DATE), a_column("until_on", Type.DATE),
)  # fmt: skip
SCHEMA = {"text": "string", "integer": "int64", "date": "date"}
DAY, LATER = date(2026, 1, 1), date(2027, 6, 1)


def rows(count: int = 300) -> list[dict[str, Any]]:
    return [
        {
            "code": f"C{n:05}", "kind": "甲乙丙"[n % 3], "sex": str(n % 2), "licence": f"JY{n * 7919 % 10**6:06}" if n else "旧证",
            "beds": 8 + n % 40, "guests": n % 10 if n else None, "empty": 8 + n % 40 - (n % 10),
            "from_on": DAY + timedelta(days=n), "until_on": DAY + timedelta(days=n + 365) if n % 50 else None,
        }
        for n in range(count)
    ]  # fmt: skip


def suggestions(
    engine: Engine, found: list[dict[str, Any]], columns: tuple[Column, ...] = COLUMNS, deliveries: int = 1
) -> dict[str, Suggestion]:
    table = engine.rows(found, {column.name: SCHEMA[column.type.value] for column in columns})
    return {s.check.id: s for s in suggest(table, a_dataset(*columns), engine.fetch, deliveries, LATER, {})}


def test_what_the_rows_keep_is_proposed_with_its_support(engine: Engine) -> None:
    found = suggestions(engine, rows(), deliveries=6)
    assert found["kind_values"].check.kwargs["value_set"] == ["丙", "乙", "甲"]
    assert found["licence_form"].check.kwargs == {
        "column": "licence",
        "regex": "^[A-Za-z]{2}[0-9]{6}$",
        "mostly": 0.996,
    }
    assert (found["licence_form"].held, found["licence_form"].looked_at) == (299, 300)
    assert found["guests_filled"].check.kwargs["mostly"] == 0.996
    assert found["beds_range"].check.kwargs == {"column": "beds", "min_value": 0, "max_value": 50}
    assert (found["from_on_before_until_on"].held, found["from_on_before_until_on"].looked_at) == (294, 294)
    assert found["beds_sum"].check.kwargs["column_list"] == ["guests", "empty"]
    assert "beds_least_guests" in found and "guests_least_beds" not in found
    assert "usual_rows" in found
    assert not {"code_filled", "until_on_before_from_on", "until_on_filled", "from_on_unique"} & set(found)


def test_no_sensitive_value_stands_in_a_proposal(engine: Engine) -> None:
    found = suggestions(engine, rows())
    assert not [s for s in found.values() if "sex" in s.check.columns() and "value_set" in s.check.kwargs]


def test_too_few_rows_prove_nothing(engine: Engine) -> None:
    assert suggestions(engine, rows(19)) == {}


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a1", "b2", "c", "", "x-9", "。"]),
            st.none() | st.integers(-9, 9),
            st.none() | st.integers(-9, 9),
            st.none() | st.integers(0, 400),
        ),
        min_size=20,
        max_size=60,
    )
)
def test_a_proposal_holds_on_the_rows_it_came_from(engine: Engine, drawn: list[tuple[Any, ...]]) -> None:
    columns = (
        a_column("code", required=True),
        a_column("word"),
        a_column("a", Type.INTEGER),
        a_column("b", Type.INTEGER),
        a_column("day", Type.DATE),
    )
    found = [
        {"code": str(n), "word": w, "a": a, "b": b, "day": None if d is None else DAY + timedelta(days=d)}
        for n, (w, a, b, d) in enumerate(drawn)
    ]
    proposed = suggestions(engine, found, columns)
    rules = declared_rules([s.check for s in proposed.values()], {}, LATER)
    assert [why_not(rule) for rule in rules] == [""] * len(rules)
    table = engine.rows(found, {column.name: SCHEMA[column.type.value] for column in columns})
    for result in run(table, rules, engine.fetch) if rules else []:
        support = proposed[result.rule_id.removeprefix("check.")]
        assert result.passed
        assert (result.evaluated, result.evaluated - result.unexpected) == (support.looked_at, support.held)


@pytest.mark.parametrize("value", ["9.9.9", "a+b", "(1)", "1^2", "A\\9"])
def test_a_form_is_no_accidental_expression(engine: Engine, value: str) -> None:
    columns = (a_column("code", required=True), a_column("word"))
    found = suggestions(
        engine, [{"code": str(n), "word": value if n % 2 else value[::-1][::-1]} for n in range(30)], columns
    )
    rules = declared_rules([s.check for s in found.values()], {}, LATER)
    table = engine.rows([{"code": str(n), "word": value} for n in range(30)], {"code": "string", "word": "string"})
    assert all(result.unexpected == 0 for result in run(table, rules, engine.fetch))


def test_what_another_dataset_says_of_the_same_key_is_proposed(engine: Engine) -> None:
    """Names that the population register has under the same number."""
    parent = a_dataset(a_column("person", required=True), a_column("name"), key=("person",), path="police/population")
    child = (
        a_column("code", required=True),
        a_column("person", references="police/population.person"),
        a_column("name"),
    )
    register = [{"person": f"P{n}", "name": f"N{n}"} for n in range(50)]
    mine = [{"code": str(n), "person": f"P{n % 50}", "name": f"N{n % 50}" if n else "X"} for n in range(200)]
    table = engine.rows(mine, dict.fromkeys(("code", "person", "name"), "string"))
    parents = {"police/population.person": (parent, engine.rows(register, {"person": "string", "name": "string"}))}
    found = {s.check.id: s for s in suggest(table, a_dataset(*child), engine.fetch, 1, LATER, parents)}
    assert (found["name_agrees"].held, found["name_agrees"].looked_at) == (199, 200)
    assert found["name_agrees"].check.kwargs["mostly"] == 0.995
