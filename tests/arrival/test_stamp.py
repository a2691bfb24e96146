"""What a name says of a delivery's place: days, numbers, times; and everything that only looks like one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.arrival.receive import dating_fault
from shuyang_data.arrival.stamp import AFTER_NUMBERS, Stamp, read_stamp
from shuyang_data.records import Refusal

DAY = date(2026, 11, 1)
TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("stem", "stamp"),
    [
        ("F", Stamp("F")),
        ("F_20261101", Stamp("F", DAY)),
        ("F_20261101_2", Stamp("F", DAY, 2)),
        ("F_20261101_103", Stamp("F", DAY, 103)),
        ("F_20261101_143000", Stamp("F", DAY, AFTER_NUMBERS + 14 * 3600 + 30 * 60)),
        ("F_20261101_1430", Stamp("F", DAY, AFTER_NUMBERS + 14 * 3600 + 30 * 60)),
        ("F_20261301", Stamp("F", None, 0, "20261301")),
        ("F_20260229", Stamp("F", None, 0, "20260229")),
        ("F_20261101_9999", Stamp("F_20261101_9999")),
        ("F_20261101_246060", Stamp("F_20261101_246060")),
        ("F_00012345", Stamp("F_00012345")),
        ("F_32132200", Stamp("F_32132200")),
        ("F_20261101_12345", Stamp("F_20261101_12345")),
    ],
)
def test_a_name_is_read(stem: str, stamp: Stamp) -> None:
    assert read_stamp(stem) == stamp


NAMES = st.sampled_from(["F", "甲_乙", "名录_2"])


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999), st.times(), NAMES)
def test_what_is_written_is_read_again(day: date, number: int, time: object, name: str) -> None:
    moment = datetime.combine(day, time)  # type: ignore[arg-type]
    numbered, timed = read_stamp(f"{name}_{day:%Y%m%d}_{number}"), read_stamp(f"{name}_{moment:%Y%m%d_%H%M%S}")
    assert (numbered.name, numbered.day, numbered.place) == (name, day, number)
    assert (timed.name, timed.day) == (name, day)
    assert timed.place > numbered.place
    later = read_stamp(f"{name}_{day + timedelta(days=1):%Y%m%d}") if day < date(2099, 12, 31) else None
    assert later is None or (later.day, later.place) > (timed.day, timed.place)


@given(st.text("0123456789", min_size=8, max_size=15), st.text("0123456789_", max_size=7))
def test_any_digits_have_an_answer(digits: str, rest: str) -> None:
    stamp = read_stamp(f"F_{digits}_{rest}")
    assert stamp.name.startswith("F")
    assert stamp.day is None or not stamp.impossible


def test_a_day_after_its_receipt_and_one_that_is_none_are_faults() -> None:
    assert dating_fault(Stamp("F", TODAY), TODAY, 0) == (None, "")
    assert dating_fault(Stamp("F"), TODAY, 0) == (None, "")
    tomorrow = TODAY + timedelta(days=1)
    assert dating_fault(Stamp("F", tomorrow), TODAY, 0)[0] is Refusal.FUTURE_DATE
    assert dating_fault(Stamp("F", tomorrow), TODAY, 1)[0] is None
    assert dating_fault(Stamp("F", None, 0, "20261301"), TODAY, 400)[0] is Refusal.IMPOSSIBLE_DATE
