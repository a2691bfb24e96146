"""What one value looks like: one small function a kind, over a column of text.

A function says what a value looks like, never what a column is: that takes all of its values and its name, in
`classify.decide`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, StringValue, Value

from shuyang_data.characters import NARROW, WIDE
from shuyang_data.classify.surnames import COMPOUND, SINGLE
from shuyang_data.standard.identifiers import resident_checksum, valid_credit_code

DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
RESIDENT_INSIDE = rf"(?:^|[^0-9])([1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{DAY}[0-9]{{3}}[0-9Xx])(?:$|[^0-9Xx])"
SEGMENTS = r"1(?:3[0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-35-8]|8[0-9]|9[0-35-9])[0-9]{8}"
RESIDENT_LENGTH, MOBILE_LENGTH = 18, 11
CARD_LENGTHS = range(16, 20)
CHILD_YEARS = 14
HOUSEHOLD = r"(?:街道|镇|乡|村|路|街|巷|小区|庄|社区|新村|苑).*[0-9一二三四五六七八九十]+(?:组|室|户|单元|幢|栋|座|楼)"


@dataclass(frozen=True)
class About:
    """What a content function may know beside the value. places: names of the county's towns."""

    today: date
    places: tuple[str, ...] = ()


Content = Callable[["Text", About], BooleanValue]


@dataclass(frozen=True)
class Text:
    """A column's values as content functions look at them.

    half: half-width, trimmed, upper case; bare: without blanks, hyphens and dots inside.
    """

    half: StringValue
    bare: StringValue


FULL = f"[{WIDE[0]}-{WIDE[-2]}{WIDE[-1]}]"


def text_forms(column: StringValue) -> Text:
    """The forms of a column."""
    # Character by character is dear, and hardly any value needs it.
    narrow: StringValue = ibis.ifelse(column.re_search(FULL), column.translate(WIDE, NARROW), column)
    upper = narrow.strip().upper()
    # A spreadsheet's number: 13800138000.0 is the number without its point.
    half = ibis.ifelse(upper.re_search(r"^[0-9]{7,}\.0+$"), upper.re_extract(r"^([0-9]+)\.", 1), upper)
    return Text(half, half.re_replace(r"[\s·•.\-—]", ""))


def resident_id(text: Text, about: About) -> BooleanValue:
    likely = text.bare.re_search(rf"^[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}{DAY}[0-9]{{3}}[0-9X]$")
    old = text.bare.re_search(rf"^[1-9][0-9]{{7}}{DAY}[0-9]{{3}}$")
    return _either(_where(likely, text.bare, resident_checksum), old)


def resident_worn(text: Text, about: About) -> BooleanValue:
    """What a spreadsheet left of a number of 18 or 15 digits; only a heading can say what it was."""
    return text.half.re_search(r"^[1-9](?:\.[0-9]+)?E\+?1[47]$")


def resident_inside(text: Text, about: About) -> BooleanValue:
    longer = text.half.length() > RESIDENT_LENGTH
    found = ibis.ifelse(longer, text.half.re_extract(RESIDENT_INSIDE, 1), "")
    return _where(found.length() == RESIDENT_LENGTH, found, resident_checksum)


def mobile(text: Text, about: About) -> BooleanValue:
    return text.bare.re_search(rf"^(?:\+?(?:00)?86)?{SEGMENTS}$")


def mobile_inside(text: Text, about: About) -> BooleanValue:
    form = rf"(?:^|[^0-9]){SEGMENTS}(?:$|[^0-9])"
    return _where(text.half.length() > MOBILE_LENGTH, text.half, lambda longer: longer.re_search(form))


def bank_card(text: Text, about: About) -> BooleanValue:
    return _where(text.bare.re_search(r"^[3-6][0-9]{15,18}$"), text.bare, _luhn)


def _luhn(text: StringValue) -> BooleanValue:
    """The check of ISO/IEC 7812 over up to nineteen digits."""
    reversed_digits = text.reverse()
    total: Value = ibis.literal(0, type="int64")
    for place in range(CARD_LENGTHS.stop - 1):
        digit = reversed_digits.substr(place, 1).try_cast("int64").fill_null(0)
        doubled = digit * 2 if place % 2 else digit
        total = total + (doubled - ibis.ifelse(doubled > 9, 9, 0) if place % 2 else doubled)
    return total % 10 == 0


def credit_code(text: Text, about: About) -> BooleanValue:
    form = r"^[1-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"
    return _where(text.bare.re_search(form), text.bare, valid_credit_code)


def name(text: Text, about: About) -> BooleanValue:
    """A surname and one or two characters, or several of these; not the name of a place or a body."""
    one = rf"(?:[{SINGLE}]|{COMPOUND})[\x{{4e00}}-\x{{9fa5}}]{{1,2}}"
    single, several = f"^{one}$", f"^{one}(?:[、,，;；/ ]+{one})+$"
    place = r"[省市县区镇乡村路街桥站店厂局所院校馆园场司社会部科队组河湖山港城寺庙塔楼里堂行类型级业人]$"
    looks = text.half.re_search(single) | text.half.re_search(several)
    return looks & ~text.half.re_search(place)


def address(text: Text, about: About) -> BooleanValue:
    """A household: a road or village with the number of a group, room or building; or one of `places` with one."""
    found = text.half.re_search(HOUSEHOLD)
    if not about.places:
        return found
    places = "|".join(re.escape(place) for place in about.places)
    return found | text.half.re_search(rf"(?:{places}).*[0-9一二三四五六七八九十]+(?:组|室|户|幢|栋)")


def minor(text: Text, about: About) -> BooleanValue:
    """A birth date, or a resident ID with one, of a child under fourteen (个人信息保护法第二十八条)."""
    digits = text.bare.re_extract(r"^(?:[1-9][0-9]{5})?((?:19|20)[0-9]{6})(?:[0-9]{3}[0-9X])?$", 1)
    youngest = f"{about.today:%Y%m%d}"
    eldest = f"{about.today.year - CHILD_YEARS}{about.today:%m%d}"
    return (digits > eldest) & (digits <= youngest)


def matches(pattern: str, *, bare: bool = False) -> Content:
    def content(text: Text, about: About) -> BooleanValue:
        return (text.bare if bare else text.half).re_search(pattern)

    return content


def _where(likely: BooleanValue, text: StringValue, check: Callable[[StringValue], BooleanValue]) -> BooleanValue:
    """The dear check only where the form is right.

    The others are made empty before it. Inside a CASE or an AND, which may leave parts out, an engine would work out
    what the parts have in common again and again; `least` looks at all of them.
    """
    found: BooleanValue = ibis.least(
        likely.fill_null(False), check(ibis.ifelse(likely, text, ibis.null("string"))).fill_null(False)
    )
    return found


def _either(*conditions: BooleanValue) -> BooleanValue:
    found: BooleanValue = ibis.greatest(*(condition.fill_null(False) for condition in conditions), False)
    return found
