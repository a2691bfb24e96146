"""Cells of an .xlsx whose value the reader does not hand over: errors, and formulas without a stored result.

The reader gives an empty cell for both; here they get what stands for them in the file: `#N/A`, `#无结果! =TODAY()`.
Only sheets that hold such cells cost anything but one look at their bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from html import unescape
from pathlib import Path
from posixpath import join, normpath
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

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
Lost = dict[tuple[int, int], str]


def lost_cells(path: Path, sheets: Collection[str]) -> dict[str, Lost]:
    """Of these sheets: name → (row, column), both from 0 → text; empty where the workbook is damaged or no .xlsx."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as container:
            return {name: dict(_lost(container.read(part))) for name, part in _parts(container) if name in sheets}
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError, DefusedXmlException):
        # The reader itself says what is wrong with such a file.
        return {}


def _parts(container: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(sheet name, its part in the container)."""
    if BOOK not in container.namelist():
        return
    relations: Element = ElementTree.fromstring(container.read(RELATIONS))
    targets = {relation.get("Id"): relation.get("Target") or "" for relation in relations}
    book: Element = ElementTree.fromstring(container.read(BOOK))
    for sheet in (element for element in book.iter() if element.tag.endswith("}sheet")):
        target = targets.get(sheet.get(RELATED)) or ""
        part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if part in container.namelist():
            yield sheet.get("name") or "", part


def _lost(part: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' in part:
        for found in ERROR.finditer(part):
            yield _place(found), unescape(found[3].decode("utf-8", "replace"))
    if b"f>" in part or b"<f" in part:
        for found in FORMULA.finditer(part):
            is_empty_text = EMPTY_TEXT.search(found[0].split(b">", 1)[0]) and b"v>" in found[0]
            if not is_empty_text:
                yield _place(found), f"{NO_RESULT}={unescape((found[3] or b'').decode('utf-8', 'replace'))}"


def _place(found: re.Match[bytes]) -> tuple[int, int]:
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - ord("A") + 1
    return int(found[2]) - 1, column - 1
