from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.catalog.workdays import Workdays
from shuyang_data.errors import CalendarError

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
