"""Cells of an .xls as the file holds them, where the reader hands over less: errors and formulas without a result,
which it empties, and numbers of which their formats show more than the value.

[MS-XLS]: BoolErr (2.4.24), BoundSheet8 (2.4.28), Format (2.4.126), Formula (2.4.127, 2.5.133), MulRk (2.4.175), Number
(2.4.180), RK (2.4.220), XF (2.4.353).
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Sequence

import olefile

from shuyang_data.reading.formats.biff import records, short_number
from shuyang_data.reading.formats.overlooked import Overlooked, Texts
from shuyang_data.reading.formats.shown_numbers import NumberCell, formats_by_style, shown_numbers
from shuyang_data.standard.damaged import NO_RESULT

ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"
}  # fmt: skip
BEGIN, END, BOUND_SHEET, FORMAT, STYLE = 0x809, 0x0A, 0x85, 0x41E, 0xE0
BOOL_ERR, FORMULA, NUMBER, SHORT, SHORTS = 0x205, 0x06, 0x203, 0x27E, 0xBD
# A formula: where its tokens begin; the mark of a result that is no number, and its kinds; the token of an empty text.
TOKENS, SPECIAL, ERROR, EMPTY, EMPTY_TEXT = 22, b"\xff\xff", 2, 3, b"\x17\x00\x00"


def cells_of_xls(content: bytes, sheets: Collection[str]) -> dict[str, Overlooked]:
    """Sheet name → what the reader overlooks; empty where the file is none of Excel 97 to 2003."""
    if not olefile.isOleFile(content):
        return {}
    with olefile.OleFileIO(content) as container:
        if not container.exists("Workbook"):
            return {}
        stream = container.openstream("Workbook").read()
    places: dict[str, int] = {}
    codes: dict[int, str] = {}
    styles: list[int] = []
    for _, kind, body in records(stream, 0):
        if kind == END:
            break
        if kind == BOUND_SHEET and len(body) > 8:
            places[_text(body, 6, "B")] = struct.unpack_from("<I", body)[0]
        elif kind == FORMAT and len(body) > 5:
            codes[struct.unpack_from("<H", body)[0]] = _text(body, 2, "H")
        elif kind == STYLE and len(body) >= 4:
            styles.append(struct.unpack_from("<H", body, 2)[0])
    formats = formats_by_style(dict(enumerate(styles)), codes)
    return {name: _of_sheet(stream, start, formats) for name, start in places.items() if name in sheets}


def _text(body: bytes, at: int, counted: str) -> str:
    """A text behind its length, in one byte or in two."""
    (count,) = struct.unpack_from(f"<{counted}", body, at)
    flags = at + struct.calcsize(f"<{counted}")
    is_wide = body[flags] & 1
    characters = body[flags + 1 : flags + 1 + count * (2 if is_wide else 1)]
    return characters.decode("utf-16-le" if is_wide else "latin-1", "replace")


def _of_sheet(stream: bytes, start: int, formats: dict[int, str]) -> Overlooked:
    lost: Texts = {}
    formulas: list[bytes] = []
    numbers: list[NumberCell] = []
    for kind, body in _own_records(stream, start):
        if kind == BOOL_ERR and len(body) >= 8 and body[7] == 1:
            lost[struct.unpack_from("<HH", body)] = ERRORS.get(body[6], "#N/A")
        elif kind == FORMULA and len(body) >= TOKENS:
            formulas.append(body)
        if formats:
            numbers.extend(cell for cell in _numbers(kind, body) if cell[1] in formats)
    return Overlooked(lost | _without_result(formulas), shown=shown_numbers(numbers, formats))


def _own_records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Of one sheet; charts inside it have a beginning and an end of their own."""
    depth = 0
    for _, kind, body in records(stream, start):
        depth += (kind == BEGIN) - (kind == END)
        if depth == 0:
            return
        if depth == 1:
            yield kind, body


def _numbers(kind: int, body: bytes) -> Iterator[NumberCell]:
    """The numbers of a record, each with its place and its style."""
    if kind in (NUMBER, FORMULA) and len(body) >= 14 and body[12:14] != b"\xff\xff":
        row, column, style, value = struct.unpack_from("<HHHd", body)
        yield (row, column), style, value
    elif kind == SHORT and len(body) >= 10:
        row, column, style, packed = struct.unpack_from("<HHHI", body)
        yield (row, column), style, short_number(packed)
    elif kind == SHORTS and len(body) >= 6:
        row, first = struct.unpack_from("<HH", body)
        for place in range((len(body) - 6) // 6):
            style, packed = struct.unpack_from("<HI", body, 4 + 6 * place)
            yield (row, first + place), style, short_number(packed)


def _without_result(formulas: Sequence[bytes]) -> Texts:
    """Place → error, or that nobody calculated the formula: what the reader found nothing for.

    Libraries that do not calculate store an empty text as the result of every formula, and so does Excel where that is
    the result: it is one where some formula has another, or where an empty text stands in the formula itself.
    """
    results = [body[6:14] for body in formulas]
    calculated = any(result[6:] != SPECIAL or result[0] != EMPTY for result in results)
    found: Texts = {}
    for body, result in zip(formulas, results, strict=True):
        if result[6:] != SPECIAL:
            continue
        text = {ERROR: ERRORS.get(result[2], "#N/A"), EMPTY: ""}.get(result[0], f"{NO_RESULT}=")
        if result[0] == EMPTY and not calculated and EMPTY_TEXT not in body[TOKENS:]:
            text = f"{NO_RESULT}="
        if text:
            found[struct.unpack_from("<HH", body)] = text
    return found
