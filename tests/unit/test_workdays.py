from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.catalog.calendar import year_days
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.errors import CalendarError, Problem

DAYS = st.dates(date(2024, 1, 1), date(2026, 6, 1))


def test_make_up_days_work_and_holidays_do_not() -> None:
    calendar = Workdays({})
    assert not calendar.is_workday(date(2026, 10, 1))
    assert calendar.is_workday(date(2026, 10, 10))  # a Saturday made up for the National Day week


def test_an_unknown_year_fails_loudly_unless_the_county_says_what_it_is() -> None:
    with pytest.raises(CalendarError, match="2027"):
        Workdays({}).is_workday(date(2027, 1, 4))
    assert Workdays({date(2027, 1, 4): True}).is_workday(date(2027, 1, 4))


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_elapsed_days_add_up(start: date, first: int, second: int) -> None:
    calendar = Workdays({})
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    assert calendar.elapsed(start, end) == calendar.elapsed(start, middle) + calendar.elapsed(middle, end)


@given(DAYS, st.integers(0, 30))
def test_the_day_of_receipt_does_not_count(start: date, allowed: int) -> None:
    assert Workdays({}).elapsed(start, start) == 0
    assert Workdays({}).overdue(start, allowed, start) == 0


def test_a_due_day_past_the_known_days_is_not_fixed() -> None:
    """Seen: from 2026-12-18 on every delivery with one bad row failed."""
    assert Workdays({}).due(date(2026, 12, 22), 10) is None
    assert Workdays({}).due(date(2026, 12, 1), 10) == date(2026, 12, 15)
    assert Workdays({}).known_until(date(2026, 11, 26)) == date(2026, 12, 31)


NOTICE: dict[str, Any] = {
    "year": 2027, "notice": "国办发明电〔2026〕1号",
    "holidays": [date(2027, 1, 1), *(date(2027, 2, 5) + timedelta(days=n) for n in range(8)), *(date(2027, 10, 1) + timedelta(days=n) for n in range(7))],
    "workdays": [date(2027, 2, 20)],
}  # fmt: skip


def test_a_year_is_added_in_the_terms_of_its_notice() -> None:
    problems: list[Problem] = []
    days = year_days(Path("2027.yaml"), NOTICE, problems)
    assert (problems, len(days)) == ([], 365)
    calendar = Workdays(days)
    assert calendar.known_until(date(2026, 11, 26)) == date(2027, 12, 31)
    assert [calendar.is_workday(day) for day in (date(2027, 1, 1), date(2027, 1, 4), date(2027, 2, 20), date(2027, 2, 21))] == [
        False, True, True, False,
    ]  # fmt: skip
    assert calendar.due(date(2026, 12, 22), 10) == date(2027, 1, 6)


@pytest.mark.parametrize(
    "change",
    [
        {"holidays": [date(2026, 12, 31)]}, {"holidays": [date(2027, 1, 1)]}, {"workdays": [date(2027, 1, 4)]},
        {"workdays": [date(2027, 10, 2)]}, {"notice": ""}, {"holidays": ["元旦"]},
    ],
)  # fmt: skip
def test_a_year_that_is_no_notice_is_refused(change: dict[str, Any]) -> None:
    problems: list[Problem] = []
    assert year_days(Path("2027.yaml"), NOTICE | change, problems) == {}
    assert problems
