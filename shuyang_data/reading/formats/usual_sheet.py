"""A sheet's XML as Excel writes it, however another program wrote it: places named, attributes in double quotes.

ISO/IEC 29500-1, 18.3.1.4: a cell may leave its place out, and follows the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

NAMED = re.compile(rb"""<c (?=[^>]*\br="[A-Z]{1,3}[0-9]{1,7}")(?:[^>'"]|"[^"]*")*>""")
STARTS = re.compile(rb"<(?:\w+:)?c[\s/>]")
# What cells of the usual writing never hold.
UNUSUAL = (b"<![CDATA[", b"<!--", b"<v ", b"<v\n", b":v>", b":c ")
# Cells that do not begin as nearly every program begins them.
OTHER_STARTS = (b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t", b":c>", b":c/", b":c\n", b":c\r", b":c\t", b"='")


def in_usual_writing(sheet: bytes) -> bytes:
    """The sheet itself, or its cells with a formula, an error or a number written anew."""
    if not any(mark in sheet for mark in UNUSUAL):
        # Counting bytes costs next to nothing, and nearly every program names the place first.
        named_first = sheet.count(b'<c r="') == sheet.count(b"<c ")
        if named_first and not any(mark in sheet for mark in OTHER_STARTS):
            return sheet
        if len(NAMED.findall(sheet)) == len(STARTS.findall(sheet)):
            return sheet
    return b"".join(_rewritten(sheet))


def _rewritten(sheet: bytes) -> Iterator[bytes]:
    row = 0
    for line in (element for element in ElementTree.fromstring(sheet).iter() if _tag(element) == "row"):
        row = int(line.get("r") or row + 1)
        column = 0
        for cell in (child for child in line if _tag(child) == "c"):
            column = _column(cell.get("r") or "") or column + 1
            yield _written(cell, f"{_letters(column)}{row}")


def _written(cell: Element, place: str) -> bytes:
    parts = {_tag(part): "".join(part.itertext()) for part in cell}
    kind, style = cell.get("t"), cell.get("s")
    attributes = f'r="{place}"' + (f' s="{style}"' if style else "") + (f' t="{kind}"' if kind else "")
    inside = "".join(f"<{tag}>{escape(parts[tag], quote=False)}</{tag}>" for tag in ("f", "v") if tag in parts)
    return f"<c {attributes}>{inside}</c>".encode()


def _column(place: str) -> int:
    """The number, from 1, of a place's letters."""
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]
