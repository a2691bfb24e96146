"""Working days of China: statutory holidays and make-up days count, and an unknown year fails loudly.

The day on which something is received does not count (民法典第二百零一条).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

import chinese_calendar

from shuyang_data.errors import CalendarError, Problem


@cache
def _of_library(day: date) -> bool:
    """A night asks for the same days again and again, and the library looks every one up anew."""
    return bool(chinese_calendar.is_workday(day))


# Before the end of the known working days, from which on people are told.
WARNING_DAYS = 60


def next_year(until: date) -> str:
    """What to do when the known working days end on this day."""
    return f"按国务院的放假通知加 catalog/calendar/{until.year + 1}.yaml"


class Workdays:
    """The library's calendar with the county's own days on top."""

    def __init__(self, overrides: Mapping[date, bool]) -> None:
        self._overrides = overrides

    def is_workday(self, day: date) -> bool:
        """Raise CalendarError for a day that neither the library nor catalog/calendar knows."""
        if day in self._overrides:
            return self._overrides[day]
        try:
            return _of_library(day)
        except NotImplementedError as error:
            raise CalendarError(
                [Problem(f"{day:%Y-%m-%d}", "工作日历没有这一年", "国务院公布的放假安排", "在 catalog/calendar 里补上")]
            ) from error

    def elapsed(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; 0 when `end` is not later."""
        days = (end - start).days
        return sum(self.is_workday(start + timedelta(days=n)) for n in range(1, days + 1))

    def due(self, start: date, allowed: int) -> date | None:
        """The last of so many working days after `start`; None, not fixed yet, when it lies past the known days.

        The State Council tells the next year's holidays only weeks before it begins.
        """
        day = start
        try:
            while allowed > 0:
                day += timedelta(days=1)
                allowed -= self.is_workday(day)
        except CalendarError:
            return None
        return day

    def known_until(self, today: date) -> date:
        """The last day of the last year, from this one on, of which the working days are known."""
        year = today.year
        while self._knows(date(year, 12, 31)):
            year += 1
        return date(year - 1, 12, 31)

    def _knows(self, day: date) -> bool:
        try:
            self.is_workday(day)
        except CalendarError:
            return False
        return True

    def overdue(self, start: date, allowed: int, today: date) -> int:
        """Working days by which something started on `start` and allowed so many days is late; 0 if it is not."""
        return max(0, self.elapsed(start, today) - allowed)
