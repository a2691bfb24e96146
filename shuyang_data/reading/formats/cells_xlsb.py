"""Cells of an .xlsb as the file holds them, where the reader hands over less: errors, which it empties, and numbers of
which their formats show more than the value.

[MS-XLSB]: records (2.1.4), BrtRowHdr (2.4.744), BrtCellError (2.4.320), BrtFmlaError (2.4.682), BrtBundleSh (2.4.309),
BrtCellReal (2.4.326), BrtCellRk (2.4.327), BrtFmlaNum (2.4.683), BrtFmt (2.4.686), BrtXF (2.4.875).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Collection, Iterator

from shuyang_data.reading.formats.biff import short_number
from shuyang_data.reading.formats.cells_xls import ERRORS
from shuyang_data.reading.formats.overlooked import Overlooked
from shuyang_data.reading.formats.package import related_parts
from shuyang_data.reading.formats.shown_numbers import NumberCell, formats_by_style, shown_numbers

BOOK, STYLES, RELATIONS = "xl/workbook.bin", "xl/styles.bin", "xl/_rels/workbook.bin.rels"
SHEET, FORMAT, STYLE, STYLES_BEGIN, STYLES_END = 156, 44, 47, 617, 618
STYLE_BITS = (1 << 24) - 1
ROW, SHORT, ERROR, REAL, FORMULA_NUMBER, FORMULA_ERROR = 0, 2, 3, 5, 9, 11


def cells_of_xlsb(container: zipfile.ZipFile, sheets: Collection[str]) -> dict[str, Overlooked]:
    """Sheet name → what the reader overlooks."""
    parts = related_parts(container, RELATIONS)
    formats = _formats(container)
    found: dict[str, Overlooked] = {}
    for kind, body in _records(container.read(BOOK)):
        if kind == SHEET:
            relation, after = _string(body, 8)
            name, _ = _string(body, after)
            if name in sheets and parts.get(relation) in container.namelist():
                found[name] = _of_sheet(container.read(parts[relation]), formats)
    return found


def _of_sheet(part: bytes, formats: dict[int, str]) -> Overlooked:
    overlooked = Overlooked()
    numbers: list[NumberCell] = []
    row = 0
    for kind, body in _records(part):
        if kind == ROW and len(body) >= 4:
            row = struct.unpack_from("<I", body)[0]
        elif kind in (ERROR, FORMULA_ERROR) and len(body) >= 9:
            overlooked.lost[row, struct.unpack_from("<I", body)[0]] = ERRORS.get(body[8], "#N/A")
        elif kind in (SHORT, REAL, FORMULA_NUMBER) and len(body) >= (12 if kind == SHORT else 16):
            column, style = struct.unpack_from("<II", body)
            if style & STYLE_BITS in formats:
                packed = struct.unpack_from("<I" if kind == SHORT else "<d", body, 8)[0]
                numbers.append(((row, column), style & STYLE_BITS, short_number(packed) if kind == SHORT else packed))
    overlooked.shown = shown_numbers(numbers, formats)
    return overlooked


def _formats(container: zipfile.ZipFile) -> dict[int, str]:
    """Style → its number format, of those that show more than the value."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    of_cells = False
    for kind, body in _records(container.read(STYLES)) if STYLES in container.namelist() else ():
        of_cells = kind == STYLES_BEGIN or (of_cells and kind != STYLES_END)
        if kind == FORMAT and len(body) >= 6:
            codes[struct.unpack_from("<H", body)[0]] = _string(body, 2)[0]
        elif kind == STYLE and of_cells and len(body) >= 4:
            styles.append(struct.unpack_from("<H", body, 2)[0])
    return formats_by_style(dict(enumerate(styles)), codes)


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = _number(part, at, 2)
        size, at = _number(part, at, 4)
        yield kind, part[at : at + size]
        at += size


def _number(part: bytes, at: int, longest: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for place in range(longest):
        byte = part[at] if at < len(part) else 0
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return value, at


def _string(body: bytes, at: int) -> tuple[str, int]:
    count = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + 2 * count
    return body[at + 4 : end].decode("utf-16-le", "replace"), end
