"""The shapes in which a number, a date or a moment may be written; whatever has none of them is damaged.

The engines' own casts know more (`0x78`, `1_000`, `epoch`, a year of two digits, the years of 民国) and round: they
only see texts whose shape stands here. docs/deliveries.md shows the shapes to departments.

In: normalised text. Out: the typed value, NULL for every other text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis
from ibis.expr.types import StringValue, Value

from shuyang_data.catalog.model import Column
from shuyang_data.catalog.terms import Type

WHOLE = r"^[-+]?[0-9]+(\.0*)?$"
GROUPED_WHOLE = r"^[-+]?[0-9]{1,3}(,[0-9]{3})+(\.0*)?$"
# Fifteen digits at most, which a double holds exactly: not every engine reads these as decimals.
SCIENTIFIC_WHOLE = r"^[-+]?([0-9]{1,7}(\.[0-9]{0,8})?|\.[0-9]{1,8})[eE]\+?[0-9]{1,2}$"
# With an exponent, or in hundredths: how far the point moves is bounded, as the digits are.
MOVED = r"^[-+]?([0-9]{1,6}(\.[0-9]{0,9})?|\.[0-9]{1,9})([eE][-+]?[01]?[0-9]|%)$"
FURTHEST = 30
# Sign, whole part, decimals, exponent; of a percentage the last is empty.
NUMERAL = r"^([-+]?)([0-9]*)\.?([0-9]*)(?:[eE]([-+]?[0-9]{1,2})|%)$"
LARGEST_EXACT = 10.0**15

DAY = (
    r"(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}"
    r"|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日?)"
)
# No day has an hour 24, and no engine keeps more than millionths of a second.
HOUR, FRACTION = "(?:[01]?[0-9]|2[0-3])", r"(?:\.[0-9]{1,6}0*)?"
CLOCK = f"({HOUR}:[0-9]{{2}}(?::[0-9]{{2}}{FRACTION})?|{HOUR}时(?:[0-9]{{1,2}}分(?:[0-9]{{1,2}}秒)?)?)"
# A day and an hour may only run together where 日 parts them.
MOMENT = f"^{DAY}(?:(?:[ T]|日 ?){CLOCK})?$"
DAY_PARTS = "^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})"
CLOCK_PARTS = r"^([0-9]{1,2})[:时]([0-9]{0,2})[:分]?([0-9]{0,2}(?:\.[0-9]+)?)"
COMPACT_DAY = "^[0-9]{8}$"
COMPACT_MOMENT = "^[0-9]{8}(?:[01][0-9]|2[0-3])[0-9]{4}$"
EXCEL_DAYS, EXCEL_MOMENT = "^[1-7][0-9]{4}$", r"^[1-7][0-9]{4}(\.[0-9]{1,12})?$"
SECONDS_A_DAY = 86_400
# Years as a column may declare them, before month and day: of 民国, counted from 1912, and of two digits.
MINGUO = r"^(?:民国)?([0-9]{2,3})([-/.年][0-9]{1,2}[-/.月][0-9]{1,2}(?:日? ?T?[0-9:时分秒.]*)?)$"
SHORT_YEAR = r"^([0-9]{2})([-/.年][0-9]{1,2}[-/.月][0-9]{1,2}(?:日? ?T?[0-9:时分秒.]*)?)$"
EXCEL_EPOCH = date(1899, 12, 30)
# The zones of the world, behind a moment with its clock.
ZONE = " ?(?:[Zz]|([+-])(0[0-9]|1[0-4]):?([0-5][0-9])?)$"
MAY_BE_ZONED = "[Zz]$|[0-9分秒时] ?[+-][0-9]{2}:?[0-9]{0,2}$"
ZONED = f"^(?:{DAY}(?:[ T]|日 ?){CLOCK}|[0-9]{{14}}){ZONE}"

TRUE_WORDS = ("是", "1", "true", "TRUE", "True", "有", "Y", "y")
FALSE_WORDS = ("否", "0", "false", "FALSE", "False", "无", "N", "n")

FIRST_YEAR = 1850
YEARS_AHEAD = 100


def decimal(column: Column) -> str:
    return f"decimal(18, {column.scale})"


def read_plain(text: StringValue, column: Column) -> Value:
    """The value of a text that the engine prints just as it was written: the quick way for most of them."""
    if column.type is Type.DECIMAL:
        return ibis.ifelse(text.re_search(_plain_decimal(column)), text.try_cast(decimal(column)), _nothing(column))
    if column.type is Type.BOOLEAN:
        return _boolean(text)
    value = text.try_cast(_kind(column))
    return ibis.ifelse(value.cast("string") == text, value, _nothing(column))


def _boolean(text: StringValue) -> Value:
    return ibis.cases((text.isin(TRUE_WORDS), True), (text.isin(FALSE_WORDS), False), else_=ibis.null("boolean"))


def plain_form(half: StringValue, column: Column, year: int) -> StringValue:
    """A text in half width in the one form that its kind is read in: years of four digits, no zone, no exponent and no
    percent sign. year: of the newest delivery, after which no short year is.
    """
    if column.type is Type.DECIMAL:
        return ibis.ifelse(half.re_search(MOVED), _moved_point(half), half)
    if column.type not in (Type.DATE, Type.DATETIME):
        return half
    whole = _whole_years(half, column, year)
    zoned = ibis.ifelse(half.re_search(ZONED), half.re_replace(ZONE, ""), whole)
    there: StringValue = ibis.ifelse(half.re_search(MAY_BE_ZONED), zoned, whole)
    return there


def read_shapes(half: StringValue, plain: StringValue, column: Column, offset: int = 0) -> Value:
    """The value of a text in one of the other shapes. half: in half width; plain: its `plain_form`.

    offset: minutes of the county's clocks ahead of UTC.
    """
    if column.type is Type.INTEGER:
        return _integer(half)
    if column.type is Type.DECIMAL:
        return _decimal(plain, column)
    if column.type is Type.BOOLEAN:
        return _boolean(half)
    moment = _moment(plain, EXCEL_DAYS if column.type is Type.DATE else EXCEL_MOMENT) + _ahead(half, offset)
    return moment.cast("date") if column.type is Type.DATE else moment


def _whole_years(half: StringValue, column: Column, year: int) -> StringValue:
    """Days of a column that declares years of 民国 or of two digits, with years of four digits."""
    if "minguo" in column.years:
        return _with_year(half, MINGUO, lambda short: short + 1911)
    if "two_digits" in column.years:
        century = year - year % 100
        return _with_year(half, SHORT_YEAR, lambda n: ibis.ifelse(n <= year % 100, n + century, n + century - 100))
    return half


def _with_year(half: StringValue, pattern: str, whole: Callable[[Value], Value]) -> StringValue:
    short = half.re_extract(pattern, 1).nullif("").try_cast("int64")
    written: StringValue = ibis.ifelse(
        half.re_search(pattern), _joined([whole(short).cast("string"), half.re_extract(pattern, 2)], ""), half
    )
    return written


def in_its_years(value: Value, column: Column, year: int) -> Value:
    """A date or moment of a year that it can be of, or a declared open end; NULL for any other. year: of delivery."""
    first = FIRST_YEAR if column.first_year is None else column.first_year
    last = year + YEARS_AHEAD if column.last_year is None else column.last_year
    can_be = value.year().between(first, last)
    if column.open_ends:
        can_be |= value.cast("date").cast("string").isin(column.open_ends)
    return ibis.ifelse(can_be, value, _nothing(column))


def _kind(column: Column) -> str:
    kinds = {
        Type.INTEGER: "int64", Type.DECIMAL: decimal(column), Type.DATE: "date", Type.DATETIME: "timestamp",
        Type.BOOLEAN: "boolean",
    }  # fmt: skip
    return kinds[column.type]


def _nothing(column: Column) -> Value:
    return ibis.null(_kind(column))


def _integer(half: StringValue) -> Value:
    wide = ibis.ifelse(half.re_search(SCIENTIFIC_WHOLE), half.try_cast("float64"), ibis.null("float64"))
    return ibis.cases(
        (half.re_search(WHOLE), half.re_replace(r"\.0*$", "").try_cast("int64")),
        (half.re_search(GROUPED_WHOLE), half.re_replace(r"\.0*$", "").replace(",", "").try_cast("int64")),
        ((wide.abs() < LARGEST_EXACT) & (wide == wide.floor()), wide.try_cast("int64")),
        else_=ibis.null("int64"),
    )


def _plain_decimal(column: Column) -> str:
    """A value with more decimals than declared is damaged, not rounded; trailing zeros do not count."""
    return rf"^[-+]?([0-9]+(\.[0-9]{{0,{column.scale}}}0*)?|\.[0-9]{{1,{max(1, column.scale)}}}0*)$"


def _decimal(half: StringValue, column: Column) -> Value:
    grouped = rf"^[-+]?[0-9]{{1,3}}(,[0-9]{{3}})+(\.[0-9]{{0,{column.scale}}}0*)?$"
    return ibis.cases(
        (half.re_search(_plain_decimal(column)), half.try_cast(decimal(column))),
        (half.re_search(grouped), half.replace(",", "").try_cast(decimal(column))),
        else_=_nothing(column),
    )


def _moved_point(half: StringValue) -> StringValue:
    """A percentage or a number with an exponent as a plain numeral, digit by digit: no double holds a hundredth."""
    sign, whole, part = (half.re_extract(NUMERAL, group) for group in (1, 2, 3))
    exponent = half.re_extract(NUMERAL, 4).nullif("").try_cast("int64").coalesce(-2)
    zeros = "0" * FURTHEST
    digits = ibis.literal(zeros) + whole + part + zeros
    point = whole.length() + exponent + FURTHEST
    numeral: StringValue = sign + digits.substr(0, point) + "." + digits.substr(point)
    return numeral


def _moment(half: StringValue, serial: str) -> Value:
    written = half.re_extract(MOMENT, 1)
    compact = _joined([half.substr(0, 4), half.substr(4, 2), half.substr(6, 2)], "-")
    second = _joined([half.substr(8, 2), half.substr(10, 2), half.substr(12, 2)], ":")
    is_moment = half.re_search(MOMENT)
    return ibis.cases(
        (is_moment & (written == ""), _day(half).cast("timestamp")),
        (is_moment, _joined([_day(half).cast("string"), _clock(written)], " ").try_cast("timestamp")),
        (half.re_search(COMPACT_DAY), compact.try_cast("date").cast("timestamp")),
        (half.re_search(COMPACT_MOMENT), _joined([compact, second], " ").try_cast("timestamp")),
        (half.re_search(serial), _serial(half)),
        else_=ibis.null("timestamp"),
    )


def _serial(half: StringValue) -> Value:
    """Excel's day numbers; what stands behind the point is the part of the day."""
    # The engines add days to a date as a timestamp, which Ibis takes for a date: hence the casts.
    day = (ibis.literal(EXCEL_EPOCH) + half.re_extract("^([0-9]+)", 1).try_cast("int64").as_interval("D")).cast(
        "timestamp"
    )
    part = half.try_cast("float64") - half.try_cast("float64").floor()
    return day + (part * SECONDS_A_DAY).round().try_cast("int64").as_interval("s")


def _day(half: StringValue) -> Value:
    return _joined([half.re_extract(DAY_PARTS, group) for group in (1, 2, 3)], "-").try_cast("date")


def _clock(written: StringValue) -> StringValue:
    """`HH:MM:SS` of `8:30`, `8时`, `8时5分3秒`."""
    hour, minute, second = (written.re_extract(CLOCK_PARTS, group) for group in (1, 2, 3))
    return _joined([hour.lpad(2, "0"), minute.lpad(2, "0"), _two_digits(second)], ":")


def _two_digits(second: StringValue) -> StringValue:
    padded: StringValue = ibis.ifelse(second.contains("."), second, second.lpad(2, "0"))
    return padded


def _joined(parts: list[StringValue], separator: str) -> StringValue:
    text: StringValue = ibis.literal(separator).join(parts)
    return text


def _ahead(half: StringValue, offset: int) -> Value:
    """By how much the county's clocks are ahead of the zone that a text names; nothing where it names none."""
    hours, minutes = (half.re_extract(ZONED, group).nullif("").try_cast("int64").coalesce(0) for group in (3, 4))
    ahead = (hours * 60 + minutes) * ibis.ifelse(half.re_extract(ZONED, 2) == "-", -1, 1)
    zoned = ibis.ifelse(half.re_search(ZONED), ibis.literal(offset, type="int64") - ahead, 0)
    return ibis.ifelse(half.re_search(MAY_BE_ZONED), zoned, 0).as_interval("m")
