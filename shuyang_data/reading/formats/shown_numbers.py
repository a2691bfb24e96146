"""Numbers of a workbook of which a number format shows more than their value: leading zeros, percents, hours, units.

What people see and mean stands in the format: `000001` for 1, `16.5%` for 0.165, `60:00` for 2.5 days. ISO/IEC 29500-1,
18.8.30. Only workbooks that use such formats cost anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from shuyang_data.reading.grid import Place

BUILT_IN = {9: "0%", 10: "0.00%", 46: "[h]:mm:ss"}
# Colours, locales and the like; hours in brackets and conditions are none of them.
COLOURS = re.compile(r"\[(?![hms]+\]|[<>=])[^\]]*\]", re.IGNORECASE)
CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9.]+)\]")
SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"])+')
TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|([0#]+)|(.)', re.DOTALL)
HOURS = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
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
    return any(_says_more(section) or _has_unit(section) for section in bare)


def shown_numbers(cells: Iterable[NumberCell], formats: Mapping[int, str]) -> tuple[dict[Place, str], int]:
    """(what the formats show, by place; how many cells have their unit in it alone). cells: with such formats."""
    shown: dict[Place, str] = {}
    units = 0
    for place, style, number in cells:
        if not math.isfinite(number):
            continue
        # A file spells 0.165 as 0.16500000000000001: the shortest spelling of the same number is the one meant.
        value = Decimal(repr(number))
        section = _section(value, formats[style])
        text = shown_text(value, section)
        if text is not None:
            shown[place] = text
        units += text is None and _has_unit(section)
    return shown, units


def _sections(code: str) -> list[str]:
    """The parts for positive numbers, negative ones and zero, or for those that fulfil a condition; without colours."""
    return [COLOURS.sub("", part) for part in SECTION.findall(code)]


def _section(value: Decimal, code: str) -> str:
    """The part of a format that a number is shown by, without its condition (ISO/IEC 29500-1, 18.8.31)."""
    sections = _sections(code)
    conditions = [CONDITION.search(section) for section in sections]
    if any(conditions):
        fitting = (n for n, found in enumerate(conditions) if found is None or _fulfils(value, found[1], found[2]))
        return CONDITION.sub("", sections[next(fitting, len(sections) - 1)])
    place = 0 if value > 0 else 1 + (value == 0)
    return sections[place] if place < len(sections) else sections[0]


def _fulfils(value: Decimal, sign: str, bound: str) -> bool:
    compared = {"<": value < Decimal(bound), ">": value > Decimal(bound), "=": value == Decimal(bound)}
    if sign == "<>":
        return not compared["="]
    return any(compared[each] for each in sign)


def _says_more(section: str) -> bool:
    return bool(HOURS.search(section)) or "%" in _bare(section) or _is_coded(section) or bool(_word(section))


def shown_text(value: Decimal, section: str) -> str | None:
    """The number as the section shows it, no digit lost; None where that is the number, or adds a unit to it."""
    if found := HOURS.search(section):
        return _elapsed(value, found[1][0].lower(), "s" in section.lower().partition("]")[2])
    if "%" in _bare(section):
        return f"{_with_places(value * 100, _bare(section))}%"
    if word := _word(section):
        return word
    return _coded(value, section) if _is_coded(section) and value == value.to_integral() and value >= 0 else None


def _with_places(value: Decimal, bare: str) -> str:
    """All digits of the number, and at least the decimals that the format shows."""
    whole, _, decimals = f"{value.normalize():f}".partition(".")
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
    return bare.count("0") > 1 or "-" in bare.lstrip("-") or (bool(begins) and "0" in bare and begins not in "¥￥$€-+(")


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
