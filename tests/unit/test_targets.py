from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shuyang_data.catalog.model import Opening
from shuyang_data.catalog.terms import Access
from shuyang_data.exchange.records import Decision, Demand
from shuyang_data.targets.measures import Facts, Found, rate
from shuyang_data.targets.scorecard import score, scorecard_json
from tests.builders import TODAY, a_catalog, a_dataset

DATASET = a_dataset()
CATALOG = a_catalog(DATASET)
FRESH = Found(TODAY, 10)
GOOD = Facts(shared={DATASET.id: FRESH}, opened={DATASET.id: FRESH}, supplied=frozenset({"D1"}))
DEMAND = Demand(
    id="D1", requester="civil_affairs", provider="civil_affairs", dataset=DATASET.id, items=(), purpose="核验",
    received_on=date(2026, 9, 1), decision=Decision.AGREED, decided_on=date(2026, 9, 2), granted_until=date(2027, 1, 1),
)  # fmt: skip


def sharing(demand: Demand = DEMAND, facts: Facts = GOOD):  # type: ignore[no-untyped-def]
    return score(CATALOG, [demand], facts, TODAY).sharing[0]


def test_a_demand_is_satisfied_when_everything_is_really_there() -> None:
    assert sharing().satisfied
    assert rate([sharing()]).rate == 1.0


@pytest.mark.parametrize(
    ("facts", "failed"),
    [
        (replace(GOOD, shared={}), "not_mounted"),
        (replace(GOOD, shared={DATASET.id: replace(FRESH, problems=("不见了",))}), "published_file_broken"),
        (replace(GOOD, shared={DATASET.id: replace(FRESH, data_on=TODAY - timedelta(days=36))}), "stale"),
        (replace(GOOD, supplied=frozenset()), "not_supplied"),
        (replace(GOOD, blocked={DATASET.id: ("门禁",)}), "quality_gate"),
        (replace(GOOD, tickets={DATASET.id: [date(2026, 10, 1)]}), "correction_overdue"),
    ],
)
def test_each_missing_condition_is_named(facts: Facts, failed: str) -> None:
    row = sharing(facts=facts)
    assert (row.counted, row.satisfied, row.failed) == (True, False, (failed,))


def test_an_expired_grant_and_a_missing_dataset() -> None:
    assert sharing(replace(DEMAND, granted_until=date(2026, 11, 23))).failed == ("grant_inactive",)
    assert sharing(replace(DEMAND, dataset=None)).failed == ("not_catalogued",)


@pytest.mark.parametrize(
    ("demand", "code"),
    [
        (replace(DEMAND, status="withdrawn"), "withdrawn"),
        (replace(DEMAND, status="duplicate"), "duplicate"),
        (replace(DEMAND, status="incomplete"), "incomplete"),
        (replace(DEMAND, exclusion="secret"), "secret"),
        (replace(DEMAND, exclusion="upper_level"), "upper_level"),
        (
            replace(DEMAND, decision=Decision.REFUSED, refusal_basis_type="法律", refusal_basis="统计法"),
            "refused_with_basis",
        ),
        (replace(DEMAND, decision=None, decided_on=None, received_on=TODAY), "not_yet_due"),
        (replace(DEMAND, received_on=TODAY + timedelta(days=1)), "not_yet_received"),
    ],
)
def test_exclusions_carry_a_coded_reason(demand: Demand, code: str) -> None:
    row = sharing(demand)
    assert (row.counted, row.failed) == (False, (code,))


@pytest.mark.parametrize(
    "basis", [{}, {"refusal_basis_type": "部门文件", "refusal_basis": "内部规定"}, {"refusal_basis_type": "法律"}]
)
def test_a_refusal_without_a_legal_basis_stays_in_the_denominator(basis: dict[str, str]) -> None:
    row = sharing(replace(DEMAND, decision=Decision.REFUSED, **basis))
    assert (row.counted, row.satisfied, row.failed) == (True, False, ("refused_without_basis",))


def test_no_reply_counts_as_soon_as_the_clock_has_run_out() -> None:
    unanswered = replace(DEMAND, decision=None, decided_on=None, received_on=date(2026, 11, 20))
    row = sharing(unanswered)  # a Friday; one working day for unconditional data ended on Monday the 23rd
    assert (row.counted, row.failed, row.days_overdue) == (True, ("reply_overdue",), 1)


def test_nothing_demanded_is_nothing_not_everything() -> None:
    body = scorecard_json(score(CATALOG, [], GOOD, TODAY), CATALOG, evidence=False)
    assert body["county"]["sharing"] == {"numerator": 0, "denominator": 0, "rate": None}


@pytest.mark.parametrize(
    ("facts", "failed"),
    [
        (replace(GOOD, opened={}), "not_published"),
        (replace(GOOD, opened={DATASET.id: replace(FRESH, rows=0)}), "no_rows"),
        (replace(GOOD, opened={DATASET.id: replace(FRESH, problems=("x",))}), "published_file_broken"),
        (replace(GOOD, opened={DATASET.id: replace(FRESH, data_on=date(2026, 1, 1))}), "stale"),
    ],
)
def test_opening_conditions(facts: Facts, failed: str) -> None:
    row = score(CATALOG, [], facts, TODAY).opening[0]
    assert (row.counted, row.satisfied, row.failed) == (True, False, (failed,))


def test_a_new_entry_has_twenty_working_days_of_grace_and_a_refused_one_does_not_count() -> None:
    new = a_dataset(approved_on=date(2026, 11, 2))
    assert score(a_catalog(new), [], GOOD, TODAY).opening[0].failed == ("within_grace",)
    refused = a_dataset(opening=Opening(access=Access.REFUSED, basis="某法"))
    assert score(a_catalog(refused), [], GOOD, TODAY).opening[0].failed == ("opening_refused",)


def test_a_scorecard_refuses_a_measure_that_it_does_not_know() -> None:
    """Seen: any other word was answered with the rows of the opening rate."""
    card = score(a_catalog(), [], Facts(), TODAY)
    with pytest.raises(KeyError):
        card.of("opening_rate")  # type: ignore[arg-type]
