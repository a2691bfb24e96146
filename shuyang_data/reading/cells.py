"""What a cell of text looks like, and its canonical text once its whole column has been seen.

Recognition only: nothing here decides a type. A column of numbers loses blanks and thousands separators, a column of
dates is written as ISO 8601; everything else stays as it stood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache

from shuyang_data.characters import UNSEEN, half_width
from shuyang_data.standard.damaged import NOTHING


class Kind(StrEnum):
    """What a cell could be read as."""

    BLANK = "blank"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    CODE = "code"
    TEXT = "text"


NO_VALUE = re.compile(NOTHING)
UNSEEN_CHARACTERS = re.compile(f"[{UNSEEN}]")
DATA_KINDS = (Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.CODE)
NUMBER = re.compile(r"^[-+]?(?:(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?$")
DATE = re.compile(
    r"^(\d{4})(?:年(\d{1,2})月(\d{1,2})日?|([-/.])(\d{1,2})\4(\d{1,2}))(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?$"
)
DAY_FIRST = re.compile(r"^\d{1,2}([-/.])\d{1,2}\1\d{4}$")
TIME = re.compile(r"^\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
CODE = re.compile(r"^(?=.*\d)[A-Za-z0-9][A-Za-z0-9._:#/+-]{2,}$")
LIST = re.compile(r"^[-+]?\d+(?:\.\d+)?(?:[,;，；] ?[-+]?\d+(?:\.\d+)?)+$")
MEASURE = re.compile(r"^[$￥¥€]\s?[-+]?\d[\d,]*(?:\.\d+)?$")
PERIOD = re.compile(
    r"^(?:18|19|20|21)\d{2}(?:[-/.]?(?:0[1-9]|1[0-2])|年(?:\d{1,2}月?)?|[-年]?[Qq第]?[1-4]季?度?|[-/.][1-9])?$"
)
YEAR = re.compile(r"^(?:18|19|20|21)\d{2}$")
CODE_DIGITS = 0.3
MAJORITY = 0.8
EXACT_DIGITS = 15


def blank(cell: str) -> bool:
    return not cell or cell.isspace()


def squash(text: str) -> str:
    """A name without white space and what nobody sees: how two spellings of one heading are compared."""
    return "".join(UNSEEN_CHARACTERS.sub("", text).split())


@lru_cache(1 << 16)
def kind_of(cell: str) -> Kind:
    """What the cell could be read as; a placeholder for nothing (—, …) counts as blank."""
    text = half_width(cell.strip())
    if not text or NO_VALUE.match(text):
        return Kind.BLANK
    if plain_number(text) is not None or MEASURE.match(text) or (text[-1] in "%‰" and plain_number(text[:-1])):
        return Kind.NUMBER
    if iso_date(text) or DAY_FIRST.match(text):
        return Kind.DATE
    if TIME.match(text):
        return Kind.TIME
    if LIST.match(text) or (CODE.match(text) and sum(c.isdigit() for c in text) >= CODE_DIGITS * len(text)):
        return Kind.CODE
    return Kind.TEXT


def plain_number(text: str) -> str | None:
    """The bare numeral of a number with blanks or thousands separators; None when it is no number."""
    bare = "".join(half_width(text).split())
    if bare and NUMBER.match(bare):
        return bare.replace(",", "")
    return None


def iso_date(text: str) -> str | None:
    """`2023年9月11日`, `2023/9/11`, `2023.9.11`, with or without a time, as ISO 8601; None when it is no such date."""
    match = DATE.match(half_width(text.strip()))
    if match is None:
        return None
    year, month, day = match[1], match[2] or match[5], match[3] or match[6]
    try:
        found = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
    return f"{found} {match[7]}" if match[7] else found


def is_year(cell: str) -> bool:
    return bool(YEAR.match(cell.strip()))


def is_period(cell: str) -> bool:
    """A year, or a month or quarter of one: 2020, 2020-03, 202003, 2020年3月, 2020Q1."""
    return bool(PERIOD.match(cell.strip()))


def canonical(values: Sequence[str]) -> list[str]:
    """One column's values in canonical text: numbers as bare numerals, dates as ISO, all others as they stood.

    A column in which a code loses something by being read as a number (leading zero, too many digits) stays text.
    """
    kinds = Counter(kind_of(value) for value in values)
    filled = sum(kinds.values()) - kinds[Kind.BLANK]
    if filled and kinds[Kind.DATE] >= MAJORITY * filled:
        return [iso_date(value) or value for value in values]
    if filled and kinds[Kind.NUMBER] >= MAJORITY * filled and not any(_is_code(value) for value in values):
        return [_numeral(value) for value in values]
    return list(values)


def _numeral(value: str) -> str:
    bare = plain_number(value)
    return value if bare is None else bare


def _is_code(value: str) -> bool:
    text = value.strip()
    digits = text.lstrip("+-")
    return digits.isdigit() and ((len(digits) > 1 and digits[0] == "0") or len(digits) > EXACT_DIGITS)
