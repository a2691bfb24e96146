"""Cells of an .xlsx whose value the reader does not hand over: errors, and formulas without a stored result.

The reader gives an empty cell for both; here they get what stands for them in the file: `#N/A`, `#无结果! =TODAY()`.
Only sheets that hold such cells cost anything but one look at their bytes.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from shuyang_data.reading.formats.lost_ods import CONTENT, cells_of_ods
from shuyang_data.reading.formats.lost_xls import Lost, lost_in_xls
from shuyang_data.reading.formats.lost_xlsb import BOOK as XLSB
from shuyang_data.reading.formats.lost_xlsb import lost_in_xlsb
from shuyang_data.reading.formats.package import related_parts
from shuyang_data.reading.formats.shown_numbers import Shown, formats_of, place_of_cell, shown_numbers
from shuyang_data.standard.damaged import NO_RESULT

BOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PLACE = rb'<(?:\w+:)?c (?=[^>]*\br="([A-Z]{1,3})([0-9]{1,7})")'
ERROR = re.compile(PLACE + rb'(?=[^>]*\bt="e")[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
FORMULA = re.compile(
    PLACE + rb'(?![^>]*\bt="e")[^>/]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
EMPTY_TEXT = re.compile(rb'\bt="str"')


@dataclass(frozen=True)
class Sheet:
    """lost: (row, column), both from 0 → what stands for the cell; shown: numbers as their formats show them."""

    lost: Lost
    shown: Shown


def cells_apart(path: Path, sheets: Collection[str]) -> dict[str, Sheet]:
    """Of these sheets, by name; empty where the workbook is damaged or no .xlsx."""
    if not zipfile.is_zipfile(path):
        errors = lost_in_xls(path.read_bytes(), sheets)
        return {name: Sheet(lost, Shown()) for name, lost in errors.items()}
    try:
        with zipfile.ZipFile(path) as container:
            if CONTENT in container.namelist():
                return {name: Sheet(*found) for name, found in cells_of_ods(container, sheets).items()}
            if XLSB in container.namelist():
                return {name: Sheet(lost, Shown()) for name, lost in lost_in_xlsb(container, sheets).items()}
            formats = formats_of(container)
            parts = {name: container.read(part) for name, part in _parts(container) if name in sheets}
            return {name: Sheet(dict(_lost(part)), shown_numbers(part, formats)) for name, part in parts.items()}
    except (
        KeyError,
        ValueError,
        ArithmeticError,
        struct.error,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        DefusedXmlException,
    ):
        # The reader itself says what is wrong with such a file.
        return {}


def _parts(container: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(sheet name, its part in the container)."""
    if BOOK not in container.namelist():
        return
    parts = related_parts(container, RELATIONS)
    book: Element = ElementTree.fromstring(container.read(BOOK))
    for sheet in (element for element in book.iter() if element.tag.endswith("}sheet")):
        part = parts.get(sheet.get(RELATED) or "", "")
        if part in container.namelist():
            yield sheet.get("name") or "", part


def _lost(part: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' in part:
        for found in ERROR.finditer(part):
            yield place_of_cell(found[1], found[2]), unescape(found[3].decode("utf-8", "replace"))
    if b"f>" in part or b"<f" in part:
        for found in FORMULA.finditer(part):
            is_empty_text = EMPTY_TEXT.search(found[0].split(b">", 1)[0]) and b"v>" in found[0]
            if not is_empty_text:
                yield (
                    place_of_cell(found[1], found[2]),
                    f"{NO_RESULT}={unescape((found[3] or b'').decode('utf-8', 'replace'))}",
                )
