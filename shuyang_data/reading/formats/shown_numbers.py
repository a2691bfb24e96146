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
# Colours, locales and conditions; hours in brackets are none of them.
ASIDE = re.compile(r"\[(?![hms]+\])[^\]]*\]", re.IGNORECASE)
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
    """Whether the format shows something that the bare number does not."""
    return bool(HOURS.search(code)) or "%" in _bare(code) or _is_coded(code) or _has_unit(code)


def shown_numbers(cells: Iterable[NumberCell], formats: Mapping[int, str]) -> tuple[dict[Place, str], int]:
    """(what the formats show, by place; how many cells have their unit in it alone). cells: with such formats."""
    shown: dict[Place, str] = {}
    units = 0
    for place, style, number in cells:
        # A file spells 0.165 as 0.16500000000000001: the shortest spelling of the same number is the one meant.
        text = shown_text(repr(number), formats[style]) if math.isfinite(number) else None
        if text is None:
            units += 1
        else:
            shown[place] = text
    return shown, units


def shown_text(number: str, code: str) -> str | None:
    """The number as the format shows it, no digit lost; None where the format only adds a unit to it."""
    value = Decimal(number)
    if found := HOURS.search(code):
        return _elapsed(value, found[1][0].lower(), "s" in code.lower().partition("]")[2])
    if "%" in _bare(code):
        return f"{_with_places(value * 100, _bare(code))}%"
    return _coded(value, code) if _is_coded(code) and value == value.to_integral() and value >= 0 else None


def _with_places(value: Decimal, bare: str) -> str:
    """All digits of the number, and at least the decimals that the format shows."""
    whole, _, decimals = f"{value.normalize():f}".partition(".")
    places = re.search(r"\.([0#]+)", bare)
    decimals = decimals.ljust(places[1].count("0") if places else 0, "0")
    return f"{whole}.{decimals}" if decimals else whole


def _bare(code: str) -> str:
    """The section for positive numbers without colours, conditions and literal texts."""
    return "".join(digits or other or "" for _, _, digits, other in TOKEN.findall(ASIDE.sub("", code.split(";")[0])))


def _is_coded(code: str) -> bool:
    """Whether only places for digits and literal texts stand in it, and they make a code: zeros in front, a prefix."""
    section = ASIDE.sub("", code.split(";")[0])
    bare = _bare(section)
    if not bare or set(bare) - set("0#- ") or not set(bare) & set("0#"):
        return False
    begins = next((quoted or escaped for quoted, escaped, digits, other in TOKEN.findall(section)), "")
    return bare.count("0") > 1 or "-" in bare or (bool(begins) and "0" in bare and begins not in "¥￥$€")


def _has_unit(code: str) -> bool:
    section = ASIDE.sub("", code.split(";")[0])
    said = "".join(quoted + escaped for quoted, escaped, _, _ in TOKEN.findall(section)).strip()
    bare = _bare(section)
    return bool(said) and bool(set("0#") & set(bare)) and not re.search("[ymdhs]", bare, re.IGNORECASE)


def _coded(value: Decimal, code: str) -> str:
    """Digits put into their places from the right; what is too long stands in the first place."""
    section = ASIDE.sub("", code.split(";")[0])
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
