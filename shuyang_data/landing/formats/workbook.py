"""Excel workbooks (.xlsx, .xls): cells as text exactly as far as the file still holds them, merged cells filled."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.records import Refusal

EXACT_INTEGER = 1e15


def read_sheets(path: Path) -> list[tuple[str, list[list[str]]]]:
    """(sheet name, rows of text) of every sheet; raise DeliveryRefusedError when it is no readable workbook."""
    try:
        with path.open("rb") as source:
            workbook = CalamineWorkbook.from_filelike(source)
            return [(name, _rows(workbook, name)) for name in workbook.sheet_names]
    except Exception as error:  # the reader raises its own types, and pyo3's panics, for damaged files
        problem = Problem(path.name, f"不是完好的工作簿（{error}）", "没有损坏、没有密码的工作簿", "重新导出后再送")
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem]) from error


def _rows(workbook: CalamineWorkbook, name: str) -> list[list[str]]:
    sheet = workbook.get_sheet_by_name(name)
    rows = [[cell_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if bottom < len(rows):
            for row in rows[top : bottom + 1]:
                for position in range(left, min(right + 1, len(row))):
                    row[position] = rows[top][left]
    return rows


def cell_text(value: Any) -> str:
    """A cell as text. A number beyond 15 digits is already damaged and shown as Excel shows it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        if abs(value) >= EXACT_INTEGER:
            return f"{value:.5E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time(0) else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
