"""Cells of an .xlsx as the file holds them, where the reader hands over less: errors and formulas without a result,
which it empties, and numbers of which their formats show more than the value. ISO/IEC 29500-1, 18.3.1.4 and 18.8.

Only sheets that hold such cells cost anything but one look at their bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterator
from html import unescape
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from shuyang_data.reading.formats.overlooked import Overlooked
from shuyang_data.reading.formats.package import related_parts
from shuyang_data.reading.formats.shown_numbers import NumberCell, formats_by_style, shown_numbers
from shuyang_data.reading.formats.usual_sheet import in_usual_writing
from shuyang_data.reading.grid import Place
from shuyang_data.standard.damaged import NO_RESULT

BOOK = "xl/workbook.xml"
STYLES = "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml$")
RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PLACE = rb'<c (?=[^>]*\br="([A-Z]{1,3})([0-9]{1,7})")'
ERROR = re.compile(PLACE + rb'(?=[^>]*\bt="e")[^>]*>(?:(?!</c>).)*?<v>([^<]*)<', re.DOTALL)
BEFORE_VALUE = rb'(?![^>]*\bt="e")[^>/]*>\s*<f\b[^>]*?(?:/>|>([^<]*)</f>)\s*'
FORMULA = re.compile(PLACE + BEFORE_VALUE + rb"(?:<v\s*/>|<v></v>)?\s*</c>")
ZERO = re.compile(PLACE + BEFORE_VALUE + rb"<v>0(?:\.0)?</v>\s*</c>")
OF_1904 = "工作簿从 1904 年起计日：没有日期格式的数字不是 Excel 通常的日期序号"
KNOWN = rb"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)<"
UNKNOWN = re.compile(
    rb'(<(?:\w+:)?c [^>]*\bt="e"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v[^>]*>)(?!' + KNOWN + rb")[^<]*", re.DOTALL
)
EMPTY_TEXT = re.compile(rb'\bt="str"')


def cells_of_xlsx(container: zipfile.ZipFile, sheets: Collection[str]) -> dict[str, Overlooked]:
    """Sheet name → what the reader overlooks.

    A workbook that asks to be calculated when it is opened was written by a library that stores 0 as every result.
    """
    if BOOK not in container.namelist():
        return {}
    book: Element = ElementTree.fromstring(container.read(BOOK))
    uncalculated = any(element.get("fullCalcOnLoad") in ("1", "true") for element in book.iter())
    formats = _formats(container)
    notes = (OF_1904,) if _is_of_1904(book) else ()
    found = {}
    for name, part in _parts(container, book):
        if name in sheets:
            sheet = container.read(part)
            found[name] = Overlooked(notes=notes)
            # Most sheets hold no error, no formula and no such format: then nothing is looked for in them.
            if formats or any(mark in sheet for mark in (b'"e"', b"'e'", b"<f", b":f")):
                sheet = in_usual_writing(sheet)
                found[name].lost = dict(_errors(sheet)) | dict(_formulas(FORMULA, sheet))
                found[name].instead = dict(_formulas(ZERO, sheet)) if uncalculated else {}
                found[name].shown = shown_numbers(_numbers(sheet, formats), formats)
    return found


def with_known_errors(content: bytes) -> bytes:
    """The workbook, errors that newer programs write and the reader does not know as #N/A; what they were is read again
    from the workbook itself.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        infos = container.infolist()
        parts = {info.filename: container.read(info) for info in infos if SHEET.match(info.filename)}
        renewed = {name: UNKNOWN.sub(rb"\g<1>#N/A", part) for name, part in parts.items() if b't="e"' in part}
        if all(renewed[name] == parts[name] for name in renewed):
            return content
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as target:
            for info in infos:
                target.writestr(info.filename, renewed.get(info.filename) or container.read(info))
    return written.getvalue()


def _is_of_1904(book: Element) -> bool:
    """Whether the workbook counts its days from 1904 (18.2.28)."""
    return any(element.get("date1904") in ("1", "true") for element in book.iter())


def _parts(container: zipfile.ZipFile, book: Element) -> Iterator[tuple[str, str]]:
    """(sheet name, its part in the container)."""
    parts = related_parts(container, RELATIONS)
    for sheet in (element for element in book.iter() if element.tag.endswith("}sheet")):
        part = parts.get(sheet.get(RELATED) or "", "")
        if part in container.namelist():
            yield sheet.get("name") or "", part


def _formats(container: zipfile.ZipFile) -> dict[int, str]:
    """Style → its number format, of those that show more than the value."""
    if STYLES not in container.namelist():
        return {}
    root = ElementTree.fromstring(container.read(STYLES))
    custom = (element for element in root.iter() if str(element.tag).endswith("}numFmt"))
    codes = {int(element.get("numFmtId", -1)): element.get("formatCode", "") for element in custom}
    cells = next((element for element in root.iter() if str(element.tag).endswith("}cellXfs")), ())
    return formats_by_style({n: int(style.get("numFmtId", 0)) for n, style in enumerate(cells)}, codes)


def _errors(sheet: bytes) -> Iterator[tuple[Place, str]]:
    if b't="e"' in sheet:
        for found in ERROR.finditer(sheet):
            yield _place(found), unescape(found[3].decode("utf-8", "replace"))


def _formulas(pattern: re.Pattern[bytes], sheet: bytes) -> Iterator[tuple[Place, str]]:
    """The formulas of such cells, in words."""
    if b"f>" in sheet or b"<f" in sheet:
        for found in pattern.finditer(sheet):
            is_empty_text = EMPTY_TEXT.search(found[0].split(b">", 1)[0]) and b"v>" in found[0]
            if not is_empty_text:
                yield _place(found), f"{NO_RESULT}={unescape((found[3] or b'').decode('utf-8', 'replace'))}"


def _numbers(sheet: bytes, formats: dict[int, str]) -> Iterator[NumberCell]:
    """The numbers that have one of these formats."""
    if not formats:
        return
    styles = b"|".join(str(style).encode() for style in formats)
    cell = re.compile(
        PLACE + rb'(?=[^>]*\bs="(' + styles + rb')")(?![^>]*\bt="[^n])[^>/]*>'
        rb"(?:<f\b[^>]*?(?:/>|>[^<]*</f>))?\s*<v>([-+0-9.eE]+)<"
    )
    for found in cell.finditer(sheet):
        yield _place(found), int(found[3]), float(found[4])


def _place(found: re.Match[bytes]) -> Place:
    """(row, column), both from 0, of a cell's name in its two halves: `B`, `12`."""
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - ord("A") + 1
    return int(found[2]) - 1, column - 1
