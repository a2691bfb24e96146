"""Cells of an .xls that show an error, or a formula without a result: the reader hands them over as empty ones.

[MS-XLS]: BoolErr (2.4.24), Formula with an error as its cached value (2.4.127, 2.5.133), BoundSheet8 (2.4.28).
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator

import olefile

from shuyang_data.reading.formats.biff import records
from shuyang_data.reading.grid import Place
from shuyang_data.standard.damaged import NO_RESULT

ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"
}  # fmt: skip
BOUND_SHEET, BEGIN, END, BOOL_ERR, FORMULA = 0x85, 0x809, 0x0A, 0x205, 0x06
Lost = dict[Place, str]


def lost_in_xls(content: bytes, sheets: Collection[str]) -> dict[str, Lost]:
    """Sheet name → (row, column), both from 0 → error; empty where the file is none of Excel 97 to 2003."""
    if not olefile.isOleFile(content):
        return {}
    with olefile.OleFileIO(content) as container:
        if not container.exists("Workbook"):
            return {}
        stream = container.openstream("Workbook").read()
    found: dict[str, Lost] = {}
    for _, kind, body in records(stream, 0):
        if kind == END:
            break
        if kind == BOUND_SHEET and len(body) > 8:
            name = _name(body)
            if name in sheets:
                found[name] = dict(_errors(stream, struct.unpack_from("<I", body)[0]))
    return found


def _name(body: bytes) -> str:
    count, is_wide = body[6], body[7] & 1
    return body[8 : 8 + count * (2 if is_wide else 1)].decode("utf-16-le" if is_wide else "latin-1", "replace")


def _errors(stream: bytes, start: int) -> Iterator[tuple[Place, str]]:
    """Of one sheet's records; charts inside it have a beginning and an end of their own."""
    depth = 0
    for _, kind, body in records(stream, start):
        depth += (kind == BEGIN) - (kind == END)
        if depth == 0:
            return
        if kind == BOOL_ERR and len(body) >= 8 and body[7] == 1:
            yield struct.unpack_from("<HH", body), ERRORS.get(body[6], "#N/A")
        elif kind == FORMULA and len(body) >= 14 and (text := _of_formula(body[6:14])):
            yield struct.unpack_from("<HH", body), text


def _of_formula(cached: bytes) -> str:
    """What stands for a formula where the reader found nothing; empty for one whose result is an empty text."""
    if cached[6:] != b"\xff\xff":
        return f"{NO_RESULT}="
    return {2: ERRORS.get(cached[2], "#N/A"), 3: ""}.get(cached[0], f"{NO_RESULT}=")
