"""Correction tickets: one per dataset, rule and delivery; a new delivery tests them again; a person needs a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.errors import UsageError
from shuyang_data.names import DatasetId
from shuyang_data.quality.tickets import (
    Act,
    Ending,
    Failure,
    Judgement,
    Ticket,
    TicketState,
    file_ticket,
    perform,
    settle,
    ticket_id,
)
from shuyang_data.records import Severity

NAME = DatasetId("civil_affairs", "nursing_home")
DAY = date(2026, 11, 2)
RULES = ("phone.identifier", "table.key", "check.beds")


def judged(
    *failures: tuple[str, str, int], live: tuple[str, ...] = ("d1",), on: date = DAY, **more: object
) -> Judgement:
    found = tuple(Failure(rule, d, rule, Severity.RECTIFY, "0301", 100, rows) for rule, d, rows in failures)
    fields = {"rules": frozenset(RULES), "unassessable": frozenset[str](), "due": on + timedelta(days=14)} | more
    return Judgement(NAME, live, found, on=on, **fields)  # type: ignore[arg-type]


def after(*judgements: Judgement) -> dict[str, Ticket]:
    known: dict[str, Ticket] = {}
    for judgement in judgements:
        known |= {ticket.id: ticket for ticket in settle(judgement, known)}
    return known


FIRST = judged(("table.key", "d1", 3))
ID = ticket_id(NAME, "table.key", "d1")


def test_the_same_judgement_twice_is_one_ticket_and_no_change() -> None:
    known = after(FIRST)
    assert [(t.id, t.state, t.unexpected, t.since) for t in known.values()] == [(ID, TicketState.OPENED, 3, DAY)]
    assert settle(FIRST, known) == []


def test_the_next_delivery_closes_what_it_corrects() -> None:
    (ticket,) = after(FIRST, judged(live=("d2",), on=DAY + timedelta(days=3))).values()
    assert (ticket.state, ticket.ending, ticket.closed_on) == (TicketState.CLOSED, Ending.PASSED, date(2026, 11, 5))
    assert "d2" in ticket.history[-1].text


def test_the_same_fault_in_the_next_delivery_goes_on_with_the_same_clock() -> None:
    known = after(FIRST, judged(("table.key", "d2", 5), live=("d2",), on=DAY + timedelta(days=3)))
    second = known[ticket_id(NAME, "table.key", "d2")]
    assert (known[ID].ending, second.state) == (Ending.CONTINUED, TicketState.OPENED)
    assert (second.since, second.due, second.opened_on) == (DAY, known[ID].due, DAY + timedelta(days=3))


def test_rows_of_a_delivery_that_lives_on_are_counted_down() -> None:
    known = after(FIRST, judged(("table.key", "d1", 1), live=("d1", "d2")))
    assert (known[ID].unexpected, known[ID].remaining, known[ID].open) == (3, 1, True)
    assert after(FIRST, judged(live=("d1", "d2")))[ID].ending is Ending.PASSED


def test_no_verdict_changes_nothing_and_a_rule_that_is_gone_closes() -> None:
    assert after(FIRST, judged(live=("d2",), unassessable=frozenset(RULES)))[ID].open
    assert after(FIRST, judged(live=("d2",), rules=frozenset()))[ID].ending is Ending.DROPPED


def test_a_fault_that_comes_back_in_the_same_delivery_opens_the_ticket_again() -> None:
    assert after(FIRST, judged(), FIRST)[ID].open
    closed = perform(after(FIRST)[ID], Act.CLOSE, "甲", "三条都是示例数据", DAY)
    assert settle(FIRST, {ID: closed}) == [], "what a person closed with a reason stays closed"


def test_a_person_needs_a_reason_and_a_fitting_state() -> None:
    ticket = after(FIRST)[ID]
    with pytest.raises(UsageError, match="没有写理由") as error:
        perform(ticket, Act.CLOSE, " ", "  ", DAY)
    assert len(error.value.problems) == 2
    accepted = perform(ticket, Act.ACCEPT, "李四", "", DAY)
    corrected = perform(accepted, Act.CORRECT, "李四", "源系统已改", DAY)
    assert corrected.state is TicketState.CORRECTED and corrected.open
    with pytest.raises(UsageError, match="已更正"):
        perform(corrected, Act.ACCEPT, "李四", "", DAY)
    assert perform(ticket, Act.DISPUTE, "李四", "编号规则变了", DAY).state is TicketState.DISPUTED


def test_a_requesters_ticket_waits_for_the_requester() -> None:
    with pytest.raises(UsageError):
        file_ticket(NAME, "finance", " ", 0, "d1", DAY, DAY)
    filed = file_ticket(NAME, "finance", "地址与实际不符", 2, "d1", DAY, DAY)
    (tested,) = settle(judged(live=("d2",)), {filed.id: filed})
    assert (tested.state, tested.open) == (TicketState.RETESTED, True)
    assert settle(judged(live=("d3",)), {tested.id: tested}) == []
    assert perform(tested, Act.CLOSE, "财政局", "已核对", DAY).ending is Ending.EXPLAINED


FAILURES = st.lists(
    st.tuples(st.sampled_from(RULES), st.sampled_from(["d1", "d2", "d3"]), st.integers(1, 9)), max_size=5
)


@given(st.lists(st.tuples(FAILURES, st.sampled_from([("d1",), ("d1", "d2"), ("d3",)])), max_size=6))
def test_after_any_judgements_what_fails_is_open_and_nothing_else(
    steps: list[tuple[list[tuple[str, str, int]], tuple[str, ...]]],
) -> None:
    known: dict[str, Ticket] = {}
    for number, (failures, live) in enumerate(steps):
        found = {(rule, d): (rule, d, rows) for rule, d, rows in failures if d in live}
        judgement = judged(*found.values(), live=live, on=DAY + timedelta(days=number))
        before = known
        known = known | {ticket.id: ticket for ticket in settle(judgement, known)}
        assert {t.id for t in known.values() if t.open} == {ticket_id(NAME, rule, d) for rule, d in found}
        assert before.keys() <= known.keys()
        assert settle(judgement, known) == []
        assert all(replace(t, history=()).closed_on is None for t in known.values() if t.open)
