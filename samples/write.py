"""Deliveries as files: text in several encodings, workbooks with titles, merged headers and tails."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import xlsxwriter
import xlwt

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Type

SERIAL_ZERO = date(1899, 12, 30)
HEADER_ROWS = 3


def as_written(values: np.ndarray, kind: Type, form: str) -> np.ndarray:
    """Dates in the department's form; everything else, and damaged dates, as they are."""
    if kind is not Type.DATE or not form:
        return values
    return np.array([_date_text(value, form) for value in values], dtype=object)


def _date_text(value: str, form: str) -> str:
    try:
        day = datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        return value
    return str((day - SERIAL_ZERO).days) if form == "serial" else day.strftime(form)


def write_csv(path: Path, titles: Sequence[str], columns: Sequence[np.ndarray], encoding: str) -> int:
    """A text file; the row number, from 1, of the first data row."""
    with path.open("w", encoding=encoding, newline="") as target:
        writer = csv.writer(target)
        writer.writerow(titles)
        writer.writerows(zip(*columns, strict=True))
    return 2


def write_xlsx(path: Path, dataset: Dataset, columns: Sequence[np.ndarray]) -> int:
    """A workbook with a title, a merged two-row header and a tail; the first data row."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    book.set_properties({"created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet(dataset.title[:30])
    width = len(dataset.columns)
    sheet.merge_range(0, 0, 0, width - 1, f"{dataset.title}（沭阳县）")
    sheet.merge_range(1, 0, 1, 1, "基本信息")
    if width > 3:
        sheet.merge_range(1, 2, 1, width - 1, "其他信息")
    sheet.write_row(2, 0, [column.title for column in dataset.columns])
    for position, (column, values) in enumerate(zip(dataset.columns, columns, strict=True)):
        sheet.write_column(HEADER_ROWS, position, [_cell(value, column.type) for value in values])
    end = HEADER_ROWS + len(columns[0])
    sheet.write_row(end, 0, ["合计", str(len(columns[0]))])
    sheet.write(end + 1, 0, "备注：数据由业务系统导出")
    book.close()
    return HEADER_ROWS + 1


def write_xls(path: Path, dataset: Dataset, columns: Sequence[np.ndarray]) -> int:
    """The same in the old binary format."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    width = len(dataset.columns)
    sheet.write_merge(0, 0, 0, width - 1, f"{dataset.title}（沭阳县）")
    sheet.write_merge(1, 1, 0, 1, "基本信息")
    if width > 3:
        sheet.write_merge(1, 1, 2, width - 1, "其他信息")
    for position, column in enumerate(dataset.columns):
        sheet.write(2, position, column.title)
        for row, value in enumerate(columns[position], start=HEADER_ROWS):
            sheet.write(row, position, _cell(value, column.type))
    end = HEADER_ROWS + len(columns[0])
    sheet.write(end, 0, "合计")
    sheet.write(end, 1, str(len(columns[0])))
    sheet.write(end + 1, 0, "备注：数据由业务系统导出")
    book.save(str(path))
    return HEADER_ROWS + 1


def _cell(value: str, kind: Type) -> str | float:
    """Numbers, and dates as day numbers, are stored as numbers; what cannot be one stays text."""
    if kind in (Type.INTEGER, Type.DECIMAL, Type.DATE):
        try:
            return float(value) if value.isascii() else value
        except ValueError:
            return value
    return value
