"""Cells of an .xlsb that show an error: the reader hands them over as empty ones.

[MS-XLSB]: records (2.1.4), BrtRowHdr (2.4.744), BrtCellError (2.4.320), BrtFmlaError (2.4.682), BrtBundleSh (2.4.309).
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Collection, Iterator

from shuyang_data.reading.formats.lost_xls import ERRORS, Lost
from shuyang_data.reading.formats.package import related_parts
from shuyang_data.reading.grid import Place

BOOK, RELATIONS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
ROW, CELL_ERROR, FORMULA_ERROR, SHEET = 0, 3, 11, 156


def lost_in_xlsb(container: zipfile.ZipFile, sheets: Collection[str]) -> dict[str, Lost]:
    """Sheet name → (row, column), both from 0 → error."""
    parts = related_parts(container, RELATIONS)
    found: dict[str, Lost] = {}
    for kind, body in _records(container.read(BOOK)):
        if kind == SHEET:
            relation, after = _string(body, 8)
            name, _ = _string(body, after)
            if name in sheets and parts.get(relation) in container.namelist():
                found[name] = dict(_errors(container.read(parts[relation])))
    return found


def _errors(part: bytes) -> Iterator[tuple[Place, str]]:
    row = 0
    for kind, body in _records(part):
        if kind == ROW and len(body) >= 4:
            row = struct.unpack_from("<I", body)[0]
        elif kind in (CELL_ERROR, FORMULA_ERROR) and len(body) >= 9:
            yield (row, struct.unpack_from("<I", body)[0]), ERRORS.get(body[8], "#N/A")


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
