"""Workbooks (.xlsx, .xls, .ods, .et): cells as text as far as the file still holds them, visible sheets only."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import msoffcrypto
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.content import BIFF8, OLE, content_size, refuse_too_large
from shuyang_data.reading.formats.biff import records
from shuyang_data.reading.formats.cells_again import overlooked_cells
from shuyang_data.reading.formats.cells_xlsx import with_known_errors
from shuyang_data.reading.formats.overlooked import Overlooked
from shuyang_data.reading.grid import Aside, Grid, Range, make_grid
from shuyang_data.reading.tables import find_tables
from shuyang_data.records import Refusal

HIDDEN = "隐藏的工作表"
EXACT_INTEGER, MEANT_DIGITS = 1e15, 12
# The record that names a workbook's code page.
CODE_PAGE, UNICODE, SECTOR = 0x42, struct.pack("<H", 1200), 512
# Cells up to which it does not matter that most are empty.
SPARSE = 2_000_000
UNPACKED = 4 << 30
FATAL = (KeyboardInterrupt, SystemExit, MemoryError)
RATIO, RATIO_FROM = 200, 256 << 20
# Office encrypts a workbook that is only protected against changes with this well-known password.
WRITE_PROTECTED = "VelvetSweatshop"


def read_workbook(path: Path) -> list[Grid | Aside]:
    """One grid for every visible sheet; raise DeliveryRefusedError for a damaged workbook or one with a password."""
    refuse_too_large(path)
    try:
        _refuse_bomb(path)
        with path.open("rb") as source:
            return _sheets(_opened(source, path), path)
    except DeliveryRefusedError:
        raise
    except BaseException as error:  # the reader raises its own types, and panics, for damaged files
        if isinstance(error, FATAL):
            raise
        problem = Problem(path.name, f"不是完好的工作簿（{error}）", "没有损坏的工作簿", "重新导出后再送")
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem]) from error


def _sheets(opened: IO[bytes], path: Path) -> list[Grid | Aside]:
    """Of a workbook without a password; the reader's own errors are whatever it raises."""
    try:
        return _sheets_by(opened, opened, path)
    except BaseException as error:
        if isinstance(error, FATAL) or not zipfile.is_zipfile(opened):
            raise
        opened.seek(0)
        content = opened.read()
        renewed = with_known_errors(content)
        if renewed is content:
            raise
        return _sheets_by(io.BytesIO(renewed), opened, path)


def _sheets_by(readable: IO[bytes], opened: IO[bytes], path: Path) -> list[Grid | Aside]:
    """readable: what the reader gets; opened: the workbook as it is."""
    readable.seek(0)
    workbook = CalamineWorkbook.from_filelike(readable)
    names = [meta.name for meta in workbook.sheets_metadata if _is_shown(meta)]
    content, overlooked = content_size(path), overlooked_cells(opened, names)
    return [
        _grid(workbook, meta.name, content, overlooked.get(meta.name))
        if _is_shown(meta)
        else _aside(workbook, meta, content)
        for meta in workbook.sheets_metadata
    ]


def _refuse_bomb(path: Path) -> None:
    """Raise DeliveryRefusedError when the container claims to hold far more than any workbook does."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as container:
        unpacked = sum(info.file_size for info in container.infolist())
        lies = any(info.file_size < info.compress_size // 2 for info in container.infolist())
    if unpacked > UNPACKED or unpacked > max(RATIO_FROM, RATIO * path.stat().st_size) or lies:
        problem = Problem(path.name, "解开后过大，可能是压缩炸弹", "正常的工作簿", "重新导出后再送")
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])


def _is_shown(meta: Any) -> bool:
    return bool(meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet)


def _aside(workbook: Any, meta: Any, content: int) -> Aside:
    if meta.typ != SheetTypeEnum.WorkSheet:
        return Aside(meta.name, "不是工作表（图表、宏表或对话框）")
    hidden = make_grid(_sheet_rows(workbook.get_sheet_by_name(meta.name), content), meta.name)
    return Aside(meta.name, HIDDEN, rows=sum(len(table.rows) for table in find_tables(hidden)))


def _opened(source: Any, path: Path) -> Any:
    """The workbook itself, decrypted when nobody has to type a password to open it."""
    if source.read(len(OLE)) != OLE:
        source.seek(0)
        return source
    source.seek(0)
    try:
        office = msoffcrypto.OfficeFile(source)
        encrypted = office.is_encrypted()
    except Exception:  # a plain old workbook in a form that the decryptor does not know
        encrypted = False
    if not encrypted:
        source.seek(0)
        return io.BytesIO(with_unicode(source.read()))
    opened = io.BytesIO()
    try:
        office.load_key(password=WRITE_PROTECTED)
        office.decrypt(opened)
    except Exception as error:
        problem = Problem(path.name, "工作簿有密码保护（已加密）", "没有密码的工作簿", "去掉密码后再送")
        raise DeliveryRefusedError(Refusal.PROTECTED, [problem]) from error
    opened.seek(0)
    return opened


def with_unicode(content: bytes) -> bytes:
    """A workbook of Excel 97 to 2003 whose code page says what its texts are: Unicode, whatever the writer noted.

    [MS-XLS] 2.4.52: the record stands near the start of the stream; readers that believe it make garbage of the texts.
    """
    start = content.find(BIFF8)
    if start < 0:
        return content
    for at, kind, body in records(content[start : start + SECTOR], 0):
        if kind == CODE_PAGE and len(body) == len(UNICODE):
            return content[: start + at] + UNICODE + content[start + at + len(body) :]
    return content


def _grid(workbook: CalamineWorkbook, name: str, content: int, overlooked: Overlooked | None) -> Grid:
    """content: bytes of the workbook, unpacked: a sheet of more cells than that is empty nearly everywhere."""
    sheet = workbook.get_sheet_by_name(name)
    rows = _sheet_rows(sheet, content)
    notes = _put_back(rows, overlooked) if overlooked else ()
    told: list[Range] = [(t, a, b, z) for (t, a), (b, z) in sheet.merged_cell_ranges or []]
    merged = told or (overlooked.merged if overlooked else [])
    inside = [m for m in merged if m[2] < len(rows) and m[3] < (len(rows[0]) if rows else 0)]
    return replace(make_grid(rows, name, inside), notes=notes)


def _sheet_rows(sheet: Any, content: int) -> list[list[str]]:
    return _sparse_rows(sheet) if sheet.total_height * sheet.total_width > max(content, SPARSE) else _rows(sheet)


def _put_back(rows: list[list[str]], overlooked: Overlooked) -> tuple[str, ...]:
    """What the reader overlooked into its cells: what was lost into empty ones, the rest instead of bare numbers."""
    width = max((len(row) for row in rows), default=0)
    shown = overlooked.shown
    instead = shown.texts | overlooked.instead
    for (row, column), text in (overlooked.lost | instead).items():
        inside = row < len(rows) and column < width
        if inside and (not rows[row][column] or (row, column) in instead):
            # Rows without anything may be one and the same list.
            rows[row] = [*rows[row][:column], text, *rows[row][column + 1 :]]
    return (*shown.notes, *overlooked.notes)


def _rows(sheet: Any) -> list[list[str]]:
    # A column holds mostly one kind of value: it is cheaper to look at columns than at cells.
    columns = map(_column_texts, zip(*sheet.to_python(skip_empty_area=False), strict=True))
    return [list(row) for row in zip(*columns, strict=True)]


def _sparse_rows(sheet: Any) -> list[list[str]]:
    """The same of a sheet with something far away from everything else: its empty rows are one row."""
    before = [""] * sheet.start[1]
    empty = [*before, *[""] * sheet.width]
    return [[*before, *_column_texts(row)] if any(map(_says_something, row)) else empty for row in sheet.iter_rows()]


def _says_something(value: Any) -> bool:
    return value is not None and value != ""


def _column_texts(values: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {str}:
        return values
    if kinds <= {str, float}:
        return [v if type(v) is str else _number_text(v) for v in values]
    return [v if type(v) is str else cell_text(v) for v in values]


def _number_text(value: float) -> str:
    """As Excel shows it: without a decimal point when it is whole, with an exponent beyond what it holds exactly."""
    if not value.is_integer():
        # A spreadsheet shows 15 digits: where few of them are left, the others are noise of what it calculated.
        rounded = f"{value:.15g}"
        is_noise = "e" not in rounded and len(rounded.replace(".", "").lstrip("-0")) <= MEANT_DIGITS
        return rounded if is_noise else repr(value)
    return str(int(value)) if -EXACT_INTEGER < value < EXACT_INTEGER else f"{value:.5E}"


def cell_text(value: Any) -> str:
    """A cell as text. A number beyond 15 digits is already damaged and shown as Excel shows it."""
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time(0) else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    return str(value)
