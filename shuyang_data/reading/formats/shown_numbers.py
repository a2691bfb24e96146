"""Numbers of a workbook of which a number format shows more than their value: leading zeros, percents, hours, units.

What people see and mean stands in the format: `000001` for 1, `16.5%` for 0.165, `60:00` for 2.5 days. ISO/IEC 29500-1,
18.8.30. Only workbooks that use such formats cost anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from shuyang_data.reading.grid import Place

BUILT_IN = {
    9: "0%", 10: "0.00%", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mmss.0",
}  # fmt: skip
# Beyond it the digits of a number are not those that somebody typed, whatever its format shows.
EXACT = 10**15
# Colours, locales and the like; hours in brackets and conditions are none of them.
COLOURS = re.compile(r"\[(?![hms]+\]|[<>=])[^\]]*\]", re.IGNORECASE)
CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9.]+)\]")
PIECE = re.compile(r'"[^"]*"|\\.|.', re.DOTALL)
TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|([0#]+)|(.)', re.DOTALL)
HOURS = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
CURRENCIES = ("¥", "￥", "$", "€")
PADDED = re.compile(r"0{2,}\.0+")
WEEK = "日一二三四五六"
ENGLISH = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
WEEKDAYS = {
    "aaa": tuple(WEEK),
    "aaaa": tuple(f"星期{day}" for day in WEEK),
    "ddd": tuple(day[:3] for day in ENGLISH),
    "dddd": ENGLISH,
}
# Its place, its style, and the number.
NumberCell = tuple[Place, int, float]


def formats_by_style(styles: Mapping[int, int], codes: dict[int, str]) -> dict[int, str]:
    """style → its number format, of those that show more than the value. styles: style → id of its format."""
    known = BUILT_IN | codes
    used = {style: known.get(number, "") for style, number in styles.items()}
    return {style: code for style, code in used.items() if shows_more(code)}


def shows_more(code: str) -> bool:
    """Whether one of the format's sections shows something that the bare number does not."""
    bare = [CONDITION.sub("", section) for section in _sections(code)]
    return any(_says_more(each) or _has_unit(each) or _is_clock(each) or _is_month(each) for each in bare)


@dataclass
class Shown:
    """texts: what the formats show, by place; units: cells whose unit stands in the format alone; months: days that
    are shown to the month or the year only.
    """

    texts: dict[Place, str] = field(default_factory=dict)
    units: int = 0
    months: int = 0

    def add(self, other: Shown) -> None:
        self.texts |= other.texts
        self.units += other.units
        self.months += other.months

    @property
    def notes(self) -> tuple[str, ...]:
        """What is told of it, without any value."""
        return (
            *([f"{len(self.texts)} 格按数字格式所显示的读（前导零、百分数、时长）"] if self.texts else []),
            *([f"{self.units} 格的单位只在数字格式里，按数值读"] if self.units else []),
            *([f"{self.months} 格的日期只显示到月或年，按单元格里的日期读"] if self.months else []),
        )


def shown_numbers(cells: Iterable[NumberCell], formats: Mapping[int, str]) -> Shown:
    """Of cells that have one of these formats."""
    shown = Shown()
    for place, style, number in cells:
        if not math.isfinite(number) or abs(number) >= EXACT:
            continue
        # A file spells 0.165 as 0.16500000000000001: the shortest spelling of the same number is the one meant.
        value = Decimal(repr(number))
        section = _section(value, formats[style])
        text = shown_text(value, section)
        if text is not None:
            shown.texts[place] = text
        shown.units += text is None and _has_unit(section)
        shown.months += text is None and _is_month(section)
    return shown


def _sections(code: str) -> list[str]:
    """The parts for positive numbers, negative ones and zero, or for those that fulfil a condition; without colours."""
    sections = [""]
    for piece in PIECE.findall(COLOURS.sub("", code)):
        if piece == ";":
            sections.append("")
        else:
            sections[-1] += piece
    return sections


def _section(value: Decimal, code: str) -> str:
    """The part of a format that a number is shown by, without its condition (ISO/IEC 29500-1, 18.8.31); empty where it
    is not shown at all.
    """
    sections = _sections(code)
    conditions = [CONDITION.search(section) for section in sections]
    if any(conditions):
        fitting = (s for s, c in zip(sections, conditions, strict=True) if c is None or _fulfils(value, c[1], c[2]))
        return CONDITION.sub("", next(fitting, ""))
    place = 0 if value > 0 else 1 + (value == 0)
    return sections[place] if place < len(sections) else sections[0]


def _fulfils(value: Decimal, sign: str, bound: str) -> bool:
    compared = {"<": value < Decimal(bound), ">": value > Decimal(bound), "=": value == Decimal(bound)}
    if sign == "<>":
        return not compared["="]
    return any(compared[each] for each in sign)


def _says_more(section: str) -> bool:
    bare = _bare(section)
    return bool(
        HOURS.search(section) or "%" in bare or bare in WEEKDAYS or PADDED.fullmatch(bare) or _is_coded(section)
        or _word(section) or _before_general(section)
    )  # fmt: skip


def shown_text(value: Decimal, section: str) -> str | None:
    """The number as the section shows it, no digit lost; None where that is the number, or adds a unit to it."""
    bare = _bare(section)
    if found := HOURS.search(section):
        return _elapsed(value, found[1][0].lower(), "s" in section.lower().partition("]")[2])
    if bare in WEEKDAYS or _is_clock(section) or _is_month(section):
        return _moment(value, section)
    if "%" in bare:
        return f"{_with_places(value * 100, bare)}%"
    if word := _word(section):
        return word
    if before := _before_general(section):
        return f"{before}{_plain(value)}{_literals(section.partition('General')[2])}"
    if PADDED.fullmatch(bare) and value >= 0:
        whole, _, decimals = _with_places(value, bare).partition(".")
        return f"{whole.zfill(bare.index('.'))}.{decimals}"
    return _coded(value, section) if _is_coded(section) and value == value.to_integral() and value >= 0 else None


def _moment(value: Decimal, section: str) -> str | None:
    """A day's name, or the time of the day where that is all that is shown of a day; no number below 0 is a day."""
    if value < 0:
        return _plain(value)
    names = WEEKDAYS.get(_bare(section))
    if names is not None:
        # Day 1 was a Sunday, as spreadsheets count.
        return names[(int(value) - 1) % len(names)]
    if _is_clock(section) and value >= 1:
        return _elapsed(value % 1, "h", "s" in _bare(section).lower())
    return None


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _is_clock(section: str) -> bool:
    """Whether it shows the time of a day, and no day."""
    bare = _bare(section).lower()
    return bool(re.search("[hs]", bare)) and not re.search("[yd]|general|aaa", bare) and not HOURS.search(section)


def _is_month(section: str) -> bool:
    """Whether it shows a day to its month or year only."""
    bare = _bare(section).lower()
    return "y" in bare and not re.search("[dhs]|general|aaa", bare)


def _before_general(section: str) -> str:
    """What stands before the number as it is; a currency adds nothing to it."""
    before, found, _ = section.partition("General")
    said = _literals(before)
    return said if found and said.strip() and said.strip() not in CURRENCIES else ""


def _with_places(value: Decimal, bare: str) -> str:
    """All digits of the number, and at least the decimals that the format shows."""
    whole, _, decimals = _plain(value).partition(".")
    places = re.search(r"\.([0#]+)", bare)
    decimals = decimals.ljust(places[1].count("0") if places else 0, "0")
    return f"{whole}.{decimals}" if decimals else whole


def _bare(section: str) -> str:
    """The section without literal texts."""
    return "".join(digits or other or "" for _, _, digits, other in TOKEN.findall(section))


def _literals(section: str) -> str:
    return "".join(quoted + escaped for quoted, escaped, _, _ in TOKEN.findall(section))


def _word(section: str) -> str:
    """The text that is shown for any number, without a digit of it: `"是"`; a dash is how nothing is shown."""
    word = _literals(section).strip()
    return word if not _bare(section).strip() and word.strip("-—") else ""


def _is_coded(section: str) -> bool:
    """Whether only places for digits and literal texts stand in it, and they make a code: zeros in front, a prefix."""
    bare = _bare(section)
    if not bare or set(bare) - set("0#- ") or not set(bare) & set("0#"):
        return False
    begins = next((quoted or escaped for quoted, escaped, digits, other in TOKEN.findall(section)), "")
    is_prefixed = bool(begins) and "0" in bare and begins not in (*CURRENCIES, *"-+(")
    return bare.count("0") > 1 or "-" in bare.lstrip("-") or is_prefixed


def _has_unit(section: str) -> bool:
    bare = _bare(section)
    said = _literals(section).strip().strip("-+()")
    return bool(said) and bool(set("0#") & set(bare)) and not re.search("[ymdhs]", bare, re.IGNORECASE)


def _coded(value: Decimal, section: str) -> str:
    """Digits put into their places from the right; what is too long stands in the first place."""
    found = TOKEN.findall(section)
    tokens = [
        (quoted or escaped or (other if other in "- " else ""), digits) for quoted, escaped, digits, other in found
    ]
    digits = str(int(value)).zfill(sum(group.count("0") for _, group in tokens))
    shown: list[str] = []
    groups = [n for n, (_, group) in enumerate(tokens) if group]
    for n in range(len(tokens) - 1, -1, -1):
        literal, group = tokens[n]
        if not group:
            shown.append(literal)
            continue
        cut = 0 if n == groups[0] else max(0, len(digits) - len(group))
        shown.append(digits[cut:])
        digits = digits[:cut]
    return "".join(reversed(shown))


def _elapsed(days: Decimal, unit: str, with_seconds: bool) -> str:
    seconds = int((days * 86_400).to_integral_value())
    if unit == "s":
        return str(seconds)
    if unit == "m":
        return f"{seconds // 60}:{seconds % 60:02}" if with_seconds else str(seconds // 60)
    clock = f"{seconds // 3600}:{seconds % 3600 // 60:02}"
    return f"{clock}:{seconds % 60:02}" if with_seconds else clock
