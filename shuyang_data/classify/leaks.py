"""Whether a table that is about to be published holds identifiers of persons, in any of its rows.

One resident ID with a right check digit is too many, unless what looks like one passes the check about as often as
chance would, as serial numbers with an area and a day do. Cards pass their check once in ten: they need a word beside
them, or to be many. Mobiles and names have no check digit: they need to be many.
"""

from __future__ import annotations

import functools
import operator
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, StringValue, Table

from shuyang_data.catalog.terms import Kind
from shuyang_data.classify.chance import AT_RANDOM, RARE, are_real, belong_together
from shuyang_data.classify.content import SEGMENTS as MOBILE
from shuyang_data.classify.detectors import COUNTED
from shuyang_data.classify.traces import (
    BACKWARDS,
    BETWEEN,
    CALLED,
    CARD,
    CUES,
    DIGITS,
    EMAIL,
    ENCODED,
    LISTED,
    MEANT,
    MOST_ALIKE,
    NUMBERED,
    OLD,
    PASSPORT,
    PLATE,
    RESIDENT,
    SAID,
    TITLED,
    UNCHECKED,
    WHOLE_NAME,
    WRITTEN,
    Resident,
    cards,
    emails,
    illnesses,
    mobiles,
    named_persons,
    old_numbers,
    passports,
    plates,
    resident_numbers,
    tries,
    whole_names,
)  # fmt: skip

# The shares of a column's values from which on there are too many, and the least number of them.
MANY = {
    Kind.MOBILE: 0.05, Kind.EMAIL: 0.05, Kind.NAME: 0.1, Kind.BANK_CARD: 0.5, Kind.PLATE: 0.05,
}  # fmt: skip
LEAST, MOST_OF_FEW = 5, 0.3
# Numbers of 15 digits have no check: so many of the values, and so many different years of birth.
MANY_OLD, OLD_YEARS = 0.1, 10
# Nothing but names of three characters: so many of the values, so many of them different, whatever the heading says.
ONLY_NAMES, DIFFERENT = 0.5, 0.3
PLACES = re.compile(
    "村|镇|乡|街|路|地名|地址|站|学校|景区|店|小区|区划|企业|公司|品种|作物|药品|产品|苗木|树种|花卉|药材|菜名|菜品|字号|品牌|商标"
)
# A counter under a heading that says so begins with few different digits; mobiles with many.
COUNTER = re.compile(f"{COUNTED}|编号|单号", re.IGNORECASE)
SEGMENT, SEGMENTS = 2, 3
COUNTED_SHARE = 0.9
# What a meter shows may begin like a mobile, but not all of it does.
MEASURE = re.compile("读数|计量|数量|金额|价|里程|面积|[电水气]表")
# The word beside it, or over it, that makes one of them one too many.
CUED = {
    Kind.RESIDENT_ID: re.compile("身份证|证件号|公民身份|身份号"),
    Kind.BANK_CARD: re.compile("卡|账户|账号|帐号|帐户|银行|开户|打入|汇入|收款"),
    Kind.EMAIL: re.compile("邮箱|邮件|MAIL", re.IGNORECASE),
    Kind.PLATE: re.compile("车牌|号牌|车号|车辆|车主|驾驶|轿车|货车|汽车|面包车|电动车"),
    Kind.PASSPORT: re.compile("护照|通行证|回乡证|台胞证|出入境|PASSPORT", re.IGNORECASE),
    Kind.NAME: SAID,
}
SHORTEST, SHORTEST_ENCODED, SHORTEST_NAME, SHORTEST_PLATE, SHORTEST_PASSPORT = 11, 20, 3, 7, 9
PASSPORT_ALONE = f"(?:^|[^A-Z0-9]){PASSPORT}(?:$|[^A-Z0-9])"
# The grade of names, mobiles, addresses and plates: a column of it holds none above itself.
PERSONAL_GRADE = 3
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
    """What was seen in one column. residents: what looks like a resident ID; tried, inside: numbers that
    chance could make one; old: rows with one that has no check digit.
    """

    rows: Counter[Kind] = field(default_factory=Counter)
    cued: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[str]] = field(default_factory=dict)
    residents: Counter[Resident] = field(default_factory=Counter)
    tried: int = 0
    inside: int = 0
    old: int = 0
    old_years: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    whole: int = 0
    different: int = 0

    def saw(self, kind: Kind, found: Sequence[str], times: int, value: str) -> None:
        if found:
            self.rows[kind] += times
            self.cued[kind] += times if kind in CUED and CUED[kind].search(value) else 0
            self.examples.setdefault(kind, []).append(found[0])


def suspects(
    table: Table, columns: Mapping[str, int], titles: Mapping[str, str], joined: Mapping[str, StringValue] | None = None
) -> Table:
    """(column, value, times): the different values of the columns that may hold an identifier above their grade.

    columns: name → the grade that is left of it; joined: pieces of several columns put together, as `first+second`.
    """
    texts = {name: table[name].cast("string") for name in columns}
    looks = {name: _may_hold(text, titles[name], columns[name]) for name, text in texts.items()}
    for name, text in (joined or {}).items():
        texts[name], looks[name] = text, text.re_search(f"^{RESIDENT}$")
    parts = [
        table.filter(looks[name].fill_null(False)).select(column=ibis.literal(name), value=text)
        for name, text in texts.items()
    ]
    values = functools.reduce(lambda above, below: above.union(below), parts)
    counted: Table = values.group_by(["column", "value"]).aggregate(times=values.count())
    return counted


def _may_hold(value: StringValue, heading: str, grade: int) -> BooleanValue:
    """The dear looks only at what a cheap one leaves: enough digits, a word, a sign; most values have none of them."""
    dressed = value.re_search(f"[{WRITTEN[0]}-{WRITTEN[93]}{WRITTEN[94:]}]")
    half = ibis.ifelse(dressed, value.translate(WRITTEN, MEANT), value).upper()
    length = value.length()
    is_hexadecimal = length.isin(HASHES) & value.re_search("^[0-9A-Fa-f]*[A-Fa-f][0-9A-Fa-f]*$")
    is_hash = is_hexadecimal & ~value.re_search("[0-9]{14}")
    bare = ibis.ifelse(half.re_search(BETWEEN), half.re_replace(BETWEEN, ""), half)
    numbers = f"{RESIDENT}|{BACKWARDS}|{CARD}|{OLD}|{UNCHECKED}" + (f"|{MOBILE}" if grade < PERSONAL_GRADE else "")
    said = bool(CUED[Kind.PASSPORT].search(heading)) or half.re_search(CUED[Kind.PASSPORT].pattern)
    looks: list[tuple[BooleanValue, ...]] = [
        (length >= SHORTEST_NAME, value.re_search(MOST_ALIKE)),
        (length >= SHORTEST, value.re_search(NUMBERED)),
        (length >= SHORTEST, ~is_hash, value.re_search(DIGITS), bare.re_search("[0-9]{11}"), bare.re_search(numbers)),
        (length > SHORTEST_NAME, value.re_search(CUES), half.re_search(f"{TITLED}|{CALLED}")),
        # What is encoded so has letters of both cases.
        (length >= SHORTEST_ENCODED, value.re_search("[a-z]"), value.re_search("[A-Z]"), value.re_search(ENCODED)),
        (length >= SHORTEST_PASSPORT, ibis.literal(said) if said is True else said, half.re_search(PASSPORT_ALONE)),
    ]
    if grade < PERSONAL_GRADE:
        looks += [
            (value.contains("@") | value.contains("＠"), half.re_search(EMAIL)),
            (length >= SHORTEST_NAME, value.re_search(f"^{WHOLE_NAME}$")),
            (length > SHORTEST_NAME, value.re_search("[、,，;； ]"), value.re_search(LISTED)),
            (length >= SHORTEST_PLATE, bare.re_search(PLATE)),
        ]
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
            if _is_leak(kind, tally, of, heading, in_pieces="+" in column)
        ]
    return leaks


def _look(value: str, times: int, tally: Tally, today: date) -> None:
    numbers = list(resident_numbers(value, today))
    for number in numbers:
        tally.residents[number] += times
    whole_numbers, inside = tries(value)
    tally.tried += whole_numbers * times
    tally.inside += inside * times
    old = [] if numbers else old_numbers(value, today)
    tally.old += times * bool(old)
    tally.old_years |= {number[6:10] for number in old}
    tally.saw(Kind.RESIDENT_ID, [*(each.number for each in numbers), *old], times, value)
    if any(number.is_right for number in numbers):
        return
    numbers_to_call = mobiles(value)
    tally.segments |= {number[:SEGMENT] for number in numbers_to_call}
    tally.saw(Kind.MOBILE, numbers_to_call, times, value)
    tally.saw(Kind.BANK_CARD, cards(value), times, value)
    tally.saw(Kind.EMAIL, emails(value), times, value)
    tally.saw(Kind.PLATE, plates(value), times, value)
    tally.saw(Kind.PASSPORT, passports(value), times, value)
    whole, said = whole_names(value), named_persons(value)
    tally.whole += times * bool(whole)
    tally.different += bool(whole)
    tally.saw(Kind.NAME, said or whole, times, value)
    tally.saw(Kind.MEDICAL, illnesses(value) if said or numbers_to_call else [], times, value)


def _is_leak(kind: Kind, tally: Tally, of: int, heading: str, *, in_pieces: bool) -> bool:
    rows = tally.rows[kind]
    if in_pieces:
        return kind is Kind.RESIDENT_ID and belong_together(_by_check(tally.residents))
    if kind is Kind.MEDICAL:
        return True
    if kind is Kind.RESIDENT_ID and _are_residents(tally, of):
        return True
    if kind is Kind.MOBILE and COUNTER.search(heading):
        least = 1 if MEASURE.search(heading) else COUNTED_SHARE
        return rows >= max(LEAST, least * of) and len(tally.segments) >= SEGMENTS
    if kind is Kind.NAME:
        only = tally.whole >= max(LEAST, ONLY_NAMES * of) and tally.different >= DIFFERENT * tally.whole
        return tally.cued[kind] >= max(LEAST, MANY[kind] * of) or (only and not PLACES.search(heading))
    if kind in CUED and (tally.cued[kind] or CUED[kind].search(heading)):
        return True
    return kind in MANY and rows >= min(max(LEAST, MANY[kind] * of), max(1, MOST_OF_FEW * of))


def _are_residents(tally: Tally, of: int) -> bool:
    if tally.old >= max(LEAST, MANY_OLD * of) and len(tally.old_years) >= OLD_YEARS:
        return True
    whole = {number: times for number, times in tally.residents.items() if number.whole}
    if are_real(_by_check(whole), tally.tried):
        return True
    # Where many long numbers are, many of their parts look like a resident ID; few do anywhere else.
    every = _by_check(tally.residents)
    is_rare = tally.inside * AT_RANDOM < RARE
    return are_real(every, tally.tried + tally.inside) and (is_rare or belong_together(every))


def _by_check(numbers: Mapping[Resident, int]) -> dict[tuple[str, bool], int]:
    return {(number.number, number.is_right): times for number, times in numbers.items()}
