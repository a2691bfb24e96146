"""The officers' workbook as a file: written with dropdowns and notes, read back, returned with wrong cells marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from shuyang_data.catalog.workbook.build import Row
from shuyang_data.catalog.workbook.fields import NO, YES, Field
from shuyang_data.catalog.workbook.parse import CellProblem, FilledRow
from shuyang_data.catalog.workbook.sheets import SHEETS, Sheet
from shuyang_data.reading.grid import Grid
from shuyang_data.reading.read import read_sheets
from shuyang_data.storage.files import storage_errors
from shuyang_data.storage.workbook_base import Base, write_base

GUIDE, CHOICES, SCOPE = "填写说明", "选项", "范围"
WHOLE_COUNTY, ONLY_NEW = "全县", "只新增"
SPARE_ROWS = 1000
ENOUGH = 0.6
HEADER_SEARCH = 5
RED = PatternFill("solid", fgColor="FFC7CE")
LONGEST_LIST = 255
HEAD = {"bold": True, "border": 1, "text_wrap": True, "locked": True}


def write_workbook(
    path: Path, rows: Mapping[str, Sequence[Row]], choices: Mapping[str, Sequence[str]], scope: str | None,
    base: Base | None = None,
) -> None:  # fmt: skip
    """One sheet a list. choices: source → what its cells choose from. base: what the rows were made from.

    scope: a department, empty for the county; None: a workbook that only adds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with storage_errors(path), xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        formats = {
            "head": book.add_format(HEAD | {"bg_color": "#DDEBF7"}),
            "must": book.add_format(HEAD | {"bg_color": "#FCE4D6"}),
            "cell": book.add_format({"locked": False}),
            "day": book.add_format({"locked": False, "num_format": "yyyy-mm-dd"}),
        }  # fmt: skip
        _write_guide(book, scope)
        places = _write_choices(book, choices)
        for sheet in SHEETS:
            _write_sheet(book, sheet, rows.get(sheet.name, ()), places, formats)
        book.get_worksheet_by_name(CHOICES).hide()
        if base is not None:
            write_base(book, base)


def _write_guide(book: Any, scope: str | None) -> None:
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    lines = [
        (SCOPE, ONLY_NEW if scope is None else scope or WHOLE_COUNTY),
        ("填写", "一行一个条目；橙色表头必填；带下拉的单元格只选列表里的值；编号登记后不再改。"),
        ("新增", "在末尾加行。新数据集在“目录清单”加一行，在“信息项”给它的每个信息项加一行。"),
        ("删除", "删掉整行即申请删除该条目；范围以外的条目不受影响。"),
        ("导入", "shuyang catalog import 本文件 --author 提交人 --reason 理由；有误的单元格会标红并批注后退回。"),
    ]
    for row, (head, text) in enumerate(lines):
        sheet.write_string(row, 0, head)
        sheet.write_string(row, 1, text)


def _write_choices(book: Any, choices: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Source → the range that holds its choices."""
    sheet = book.add_worksheet(CHOICES)
    places = {}
    for column, (source, values) in enumerate(choices.items()):
        for row, value in enumerate(values):
            sheet.write_string(row, column, value)
        if values:
            letter = xlsxwriter.utility.xl_col_to_name(column)
            places[source] = f"={CHOICES}!${letter}$1:${letter}${len(values)}"
    return places


def _write_sheet(
    book: Any, sheet: Sheet, rows: Sequence[Row], places: Mapping[str, str], formats: Mapping[str, Any]
) -> None:
    target = book.add_worksheet(sheet.title)
    target.freeze_panes(1, len(sheet.keys))
    last = len(rows) + SPARE_ROWS
    for column, field in enumerate(sheet.all):
        target.set_column(column, column, field.width, formats["day" if field.kind == "date" else "cell"])
        target.write_string(0, column, field.title, formats["must" if field.required else "head"])
        if field.note:
            target.write_comment(0, column, field.note)
        _validate(target, column, field, last, places)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write_cell(target, number, column, value, formats)
    target.autofilter(0, 0, max(1, len(rows)), len(sheet.all) - 1)
    target.protect(
        "", {"insert_rows": True, "delete_rows": True, "sort": True, "autofilter": True, "format_columns": True}
    )


def _validate(target: Any, column: int, field: Field, last: int, places: Mapping[str, str]) -> None:
    """A dropdown where the cell takes one of a closed list."""
    words = [YES, NO] if field.kind == "flag" else list(field.words.values())
    if field.source in places:
        target.data_validation(1, column, last, column, {"validate": "list", "source": places[field.source]})
    elif words and field.kind != "list" and len(",".join(words)) <= LONGEST_LIST:
        target.data_validation(1, column, last, column, {"validate": "list", "source": words})


def _write_cell(target: Any, row: int, column: int, value: Any, formats: Mapping[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, date):
        target.write_datetime(row, column, value, formats["day"])
    elif isinstance(value, int | float):
        target.write_number(row, column, value)
    else:
        target.write_string(row, column, str(value))


def read_workbook(path: Path) -> tuple[dict[str, list[FilledRow]], str | None]:
    """(register → rows, scope) of a filled workbook; scope None when it does not say what part of the catalog it holds.

    Raises DeliveryRefusedError when the file is no workbook; no rows at all when it is another kind of workbook.
    """
    filled: dict[str, list[FilledRow]] = {}
    scope: str | None = None
    by_title = {sheet.title: sheet for sheet in SHEETS}
    for grid in read_sheets(path):
        if grid.name == GUIDE:
            said = next((row[1].strip() for row in grid.rows if row and row[0].strip() == SCOPE and len(row) > 1), None)
            scope = {WHOLE_COUNTY: "", ONLY_NEW: None}.get(said or ONLY_NEW, said)
        elif grid.name in by_title:
            rows = _filled_rows(grid, by_title[grid.name])
            if rows is not None:
                filled[by_title[grid.name].name] = rows
    return filled, scope


def _filled_rows(grid: Grid, sheet: Sheet) -> list[FilledRow] | None:
    """The rows below the header; None when there is no header of this sheet."""
    headings = {title: field.path for field in sheet.all for title in (field.title, *field.aliases)}
    for number, row in enumerate(grid.rows[:HEADER_SEARCH]):
        named = [cell.strip() for cell in row if cell.strip()]
        if named and sum(name in headings for name in named) >= ENOUGH * len(named):
            columns = {headings[cell.strip()]: n for n, cell in enumerate(row) if cell.strip() in headings}
            return [
                FilledRow(grid.first + index, {path: (n + 1, cells[n]) for path, n in columns.items()})
                for index, cells in enumerate(grid.rows[number + 1 :], start=number + 1)
                if any(cell.strip() for cell in cells)
            ]
    return None


def mark_workbook(path: Path, problems: Iterable[CellProblem], target: Path) -> None:
    """The same workbook with the wrong cells red, each with a comment that says what is wrong."""
    with storage_errors(target):
        book = openpyxl.load_workbook(path)
        notes: dict[tuple[str, int, int], list[str]] = {}
        for problem in problems:
            if problem.cell is not None:
                place = (problem.cell.sheet, problem.cell.row, max(1, problem.cell.column))
                text = problem.found + (f"；应为 {problem.expected}" if problem.expected else "")
                notes.setdefault(place, []).append(text)
        for (sheet, row, column), texts in notes.items():
            if sheet in book.sheetnames:
                cell = book[sheet].cell(row, column)
                cell.fill = RED
                cell.comment = Comment("\n".join(texts), "沭阳公共数据平台")
        book.save(target)
