"""Numbers of an .xlsx of which a number format shows more than their value: leading zeros, percents, hours, units.

What people see and mean stands in the format: `000001` for 1, `16.5%` for 0.165, `60:00` for 2.5 days. ISO/IEC 29500-1,
18.8.30. Only workbooks that use such formats cost anything.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape

from defusedxml import ElementTree

from shuyang_data.reading.grid import Place

STYLES = "xl/styles.xml"
BUILT_IN = {9: "0%", 10: "0.00%", 46: "[h]:mm:ss"}
# Colours, locales and conditions; hours in brackets are none of them.
ASIDE = re.compile(r"\[(?![hms]+\])[^\]]*\]", re.IGNORECASE)
TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|([0#]+)|(.)', re.DOTALL)
HOURS = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


@dataclass
class Shown:
    """texts: cells whose text is what the format shows; units: cells whose unit stands in the format alone."""

    texts: dict[Place, str] = field(default_factory=dict)
    units: int = 0


def formats_of(container: zipfile.ZipFile) -> dict[int, str]:
    """style → its number format, of those that show more than the value."""
    if STYLES not in container.namelist():
        return {}
    root = ElementTree.fromstring(container.read(STYLES))
    codes = dict(BUILT_IN)
    for element in root.iter():
        if str(element.tag).endswith("}numFmt"):
            codes[int(element.get("numFmtId", -1))] = element.get("formatCode", "")
    cells = next((element for element in root.iter() if str(element.tag).endswith("}cellXfs")), ())
    styles = {n: codes.get(int(style.get("numFmtId", 0)), "") for n, style in enumerate(cells)}
    return {n: code for n, code in styles.items() if shows_more(code)}


def shows_more(code: str) -> bool:
    """Whether the format shows something that the bare number does not."""
    return bool(HOURS.search(code)) or "%" in _bare(code) or _is_coded(code) or _has_unit(code)


def shown_numbers(part: bytes, formats: dict[int, str]) -> Shown:
    """The cells of a sheet that carry such a format."""
    shown = Shown()
    if not formats:
        return shown
    for place, style, number in _cells(part, formats):
        text = shown_text(number, formats[style])
        if text is None:
            shown.units += 1
        else:
            shown.texts[place] = text
    return shown


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


def _cells(part: bytes, formats: dict[int, str]) -> Iterator[tuple[Place, int, str]]:
    styles = b"|".join(str(style).encode() for style in formats)
    cell = re.compile(
        rb'<(?:\w+:)?c (?=[^>]*\br="([A-Z]{1,3})([0-9]{1,7})")(?=[^>]*\bs="('
        + styles
        + rb')")(?![^>]*\bt="[^n])[^>/]*>'
        rb"(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?v>([-+0-9.eE]+)<"
    )
    for found in cell.finditer(part):
        yield place_of_cell(found[1], found[2]), int(found[3]), unescape(found[4].decode())


def place_of_cell(letters: bytes, digits: bytes) -> Place:
    """(row, column), both from 0, of a cell's name in its two halves: `B`, `12`."""
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return int(digits) - 1, column - 1
