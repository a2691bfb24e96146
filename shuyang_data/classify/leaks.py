"""Whether a table that is about to be published holds identifiers of persons, in any of its rows.

One resident ID with a right check digit is too many, unless what looks like one passes the check about as often as
chance would, as serial numbers with an area and a day do. Cards pass their check once in ten: they need a word beside
them, or to be many. Mobiles and names have no check digit: they need to be many.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table

from shuyang_data.classify.content import SEGMENTS as MOBILE
from shuyang_data.classify.detectors import COUNTED
from shuyang_data.classify.kinds import Kind
from shuyang_data.classify.traces import (
    BACKWARDS,
    BETWEEN,
    CALLED,
    CARD,
    CUES,
    DIGITS,
    EMAIL,
    ENCODED,
    MEANT,
    RESIDENT,
    SAID,
    TITLED,
    WHOLE_NAME,
    WRITTEN,
    cards,
    emails,
    mobiles,
    named_persons,
    resident_numbers,
    whole_names,
)

# From so many on, chance can be told; by so many standard deviations; years that only birth dates spread over.
ENOUGH, DEVIATIONS, LIFETIME = 50, 3.0, 25
CHANCE = 1 / 11
# The shares of a column's values from which on there are too many, and the least number of them.
MANY_MOBILES, MANY_MAILS, MANY_NAMES, MANY_CARDS = 0.05, 0.05, 0.1, 0.5
LEAST = 5
# Nothing but names of three characters: so many of the values, so many of them different, whatever the heading says.
ONLY_NAMES, DIFFERENT = 0.5, 0.3
PLACES = re.compile("村|镇|乡|街|路|地名|地址|站|学校|景区|店|小区|区划|单位|机构|企业|公司|品种|作物|药品|产品")
# A counter under a heading that says so begins with few different digits; mobiles with many.
COUNTER = re.compile(f"{COUNTED}|编号|单号", re.IGNORECASE)
SEGMENT, SEGMENTS = 2, 3
COUNTED_SHARE = 0.9
CARD_CUE = re.compile("卡|账户|账号|帐号|帐户|银行|开户|打入|汇入|收款")
MAIL_CUE = re.compile("邮箱|邮件|MAIL", re.IGNORECASE)
SHORTEST, SHORTEST_ENCODED, SHORTEST_NAME = 11, 20, 3
RESIDENT_LENGTH = 18
# Lengths of checksums in hexadecimal digits: chance makes numbers of anything in them.
HASHES = (32, 40, 64, 96, 128)


@dataclass(frozen=True)
class Leak:
    """column: its name, two joined by + where they hold it together. of: values that the column has."""

    column: str
    kind: Kind
    rows: int
    of: int
    examples: tuple[str, ...] = ()


@dataclass
class Tally:
    """What was seen in one column. shaped, right: what looks like a resident ID, and what passes its check too."""

    rows: Counter[Kind] = field(default_factory=Counter)
    cued: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[str]] = field(default_factory=dict)
    shaped: int = 0
    right: int = 0
    years: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    whole: int = 0
    different: int = 0

    def saw(self, kind: Kind, found: Sequence[str], times: int, cue: re.Pattern[str] | None, value: str) -> None:
        if found:
            self.rows[kind] += times
            self.cued[kind] += times if cue is not None and cue.search(value) else 0
            self.examples.setdefault(kind, []).append(found[0])


def suspects(table: Table, columns: Sequence[str]) -> Table:
    """(column, value, times): the different values of the columns that may hold an identifier; those of two neighbours
    together, as `first+second`.
    """
    texts = {name: table[name].cast("string") for name in columns}
    looks = {name: _may_hold(text) for name, text in texts.items()}
    for first, second in zip(columns, columns[1:], strict=False):
        # A number split over two columns: each of them is digits, and both together have its length.
        texts[f"{first}+{second}"] = joined = texts[first] + texts[second]
        is_as_long = texts[first].length() + texts[second].length() == RESIDENT_LENGTH
        looks[f"{first}+{second}"] = _one_by_one((is_as_long, joined.re_search(f"^{RESIDENT}$")))
    parts = [
        table.filter(looks[name].fill_null(False)).select(column=ibis.literal(name), value=text)
        for name, text in texts.items()
    ]
    values = functools.reduce(lambda above, below: above.union(below), parts)
    counted: Table = values.group_by(["column", "value"]).aggregate(times=values.count())
    return counted


def _may_hold(value: StringValue) -> BooleanValue:
    """The dear looks only at what a cheap one leaves: enough digits, a word, a sign; most values have none of them."""
    dressed = value.re_search(f"[{WRITTEN[0]}-{WRITTEN[93]}{WRITTEN[94:]}]")
    half = ibis.ifelse(dressed, value.translate(WRITTEN, MEANT), value).upper()
    length = value.length()
    is_hash = length.isin(HASHES) & value.re_search("^[0-9A-Fa-f]*[A-Fa-f][0-9A-Fa-f]*$")
    bare = ibis.ifelse(half.re_search(BETWEEN), half.re_replace(BETWEEN, ""), half)
    numbers = bare.re_search(f"{RESIDENT}|{BACKWARDS}|{MOBILE}|{CARD}")
    looks = (
        (length >= SHORTEST, ~is_hash, value.re_search(DIGITS), bare.re_search("[0-9]{11}"), numbers),
        (value.contains("@") | value.contains("＠"), half.re_search(EMAIL)),
        (length > SHORTEST_NAME, value.re_search(CUES), half.re_search(f"{TITLED}|{CALLED}")),
        (length == SHORTEST_NAME, value.re_search(f"^{WHOLE_NAME}$")),
        # What is encoded so has letters of both cases.
        (length >= SHORTEST_ENCODED, value.re_search("[a-z]"), value.re_search("[A-Z]"), value.re_search(ENCODED)),
    )
    return functools.reduce(operator.or_, map(_one_by_one, looks))


def _one_by_one(looks: Sequence[BooleanValue]) -> BooleanValue:
    """Whether all of them hold; each only looks at what the ones before leave, as it would not in an AND."""
    *before, last = looks
    return functools.reduce(lambda inner, look: ibis.ifelse(look, inner, False), reversed(before), last)


def find_leaks(
    values: Iterable[Mapping[str, object]], filled: Mapping[str, int], titles: Mapping[str, str], today: date
) -> list[Leak]:
    """values: as `suspects` gives them; filled: column → its values; titles: column → heading."""
    tallies: dict[str, Tally] = {}
    for row in values:
        _look(str(row["value"]), int(str(row["times"])), tallies.setdefault(str(row["column"]), Tally()), today)
    leaks = []
    for column, tally in tallies.items():
        of = min(filled[part] for part in column.split("+"))
        heading = " ".join(titles[part] for part in column.split("+"))
        leaks += [
            Leak(column, kind, rows, of, tuple(tally.examples[kind][:3]))
            for kind, rows in tally.rows.items()
            if _is_leak(kind, tally, of, heading)
        ]
    return leaks


def _look(value: str, times: int, tally: Tally, today: date) -> None:
    numbers = list(resident_numbers(value, today))
    tally.shaped += len(numbers) * times
    tally.right += sum(is_right for _, is_right in numbers) * times
    tally.years |= {number[6:10] for number, _ in numbers}
    tally.saw(Kind.RESIDENT_ID, [number for number, _ in numbers], times, None, value)
    if numbers:
        return
    found = mobiles(value)
    tally.segments |= {number[:SEGMENT] for number in found}
    tally.saw(Kind.MOBILE, found, times, None, value)
    tally.saw(Kind.BANK_CARD, cards(value), times, CARD_CUE, value)
    tally.saw(Kind.EMAIL, emails(value), times, MAIL_CUE, value)
    whole = whole_names(value)
    tally.whole += times * len(whole)
    tally.different += len(whole)
    tally.saw(Kind.NAME, named_persons(value) or whole, times, SAID, value)


def _is_leak(kind: Kind, tally: Tally, of: int, heading: str) -> bool:
    rows = tally.rows[kind]
    if kind is Kind.RESIDENT_ID:
        return tally.right > 0 and not is_chance(tally.shaped, tally.right, len(tally.years))
    if kind is Kind.MOBILE and COUNTER.search(heading):
        return rows >= COUNTED_SHARE * of and len(tally.segments) >= SEGMENTS
    if kind is Kind.MOBILE:
        return rows >= max(LEAST, MANY_MOBILES * of)
    if kind is Kind.NAME:
        only = tally.whole >= max(LEAST, ONLY_NAMES * of) and tally.different >= DIFFERENT * tally.whole
        return tally.cued[kind] >= max(LEAST, MANY_NAMES * of) or (only and not PLACES.search(heading))
    many = MANY_CARDS if kind is Kind.BANK_CARD else MANY_MAILS
    return tally.cued[kind] > 0 or rows >= max(LEAST, many * of)


def is_chance(shaped: int, right: int, years: int) -> bool:
    """Whether numbers pass the check digit as seldom as chance lets them, and their dates are no birth dates.

    years: how many different ones they name.
    """
    if shaped < ENOUGH or years > LIFETIME:
        return False
    expected = shaped * CHANCE
    return right <= expected + DEVIATIONS * math.sqrt(expected * (1 - CHANCE))
