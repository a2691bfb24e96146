"""What a spreadsheet could not calculate is told with its place; it never becomes an empty cell."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from shuyang_data.reading.damage import Damage, damaged_cells
from shuyang_data.reading.read import read_sheets
from shuyang_data.standard.damaged import FAILED

ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")


def test_errors_stand_where_they_stood(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("甲 <表>", "Sheet2"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["编号", "床位"])
            for row, error in enumerate(ERRORS, start=1):
                sheet.write(row, 0, f"K{row}")
                sheet.write_formula(row, 1, '=A1 & "<&>"', None, error)
    for grid in read_sheets(path):
        assert grid.rows == [["编号", "床位"], *([f"K{row}", error] for row, error in enumerate(ERRORS, start=1))]


def test_a_formula_that_nobody_calculated_is_shown(tmp_path: Path) -> None:
    """As libraries write it: Excel itself stores a result beside every formula."""
    path = tmp_path / "x.xlsx"
    book = openpyxl.Workbook()
    for row in (["编号", "床位", "备注"], ["K1", "=SUM(A1:A2)", "好"], ["K2", 3, '=IF(A1="甲","<",">")']):
        book.active.append(row)
    book.save(path)
    (grid,) = read_sheets(path)
    assert grid.rows[1:] == [
        ["K1", "#无结果! =SUM(A1:A2)", "好"], ["K2", "3", '#无结果! =IF(A1="甲","<",">")'],
    ]  # fmt: skip


def test_stored_results_and_empty_texts_stay(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编号", "床位", "备注"])
        for row in range(1, 4):
            sheet.write(row, 0, f"K{row}")
            sheet.write_formula(row, 1, "=1+1", None, 2)
            sheet.write_formula(row, 2, '=IF(1=1,"无","")', None, "无")
    (grid,) = read_sheets(path)
    assert grid.rows[1:] == [[f"K{row}", "2", "无"] for row in range(1, 4)]


def test_an_error_alone_in_its_row_and_column_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编号", "床位"])
        sheet.write_formula(4, 3, "=1/0", None, "#DIV/0!")
    (grid,) = read_sheets(path)
    assert grid.rows[4][3] == "#DIV/0!"


@pytest.mark.parametrize("text", [*ERRORS, "#无结果! =A1+B1", "#无结果! ="])
def test_what_a_calculation_left_is_known_in_any_file(text: str) -> None:
    assert re.match(FAILED, text)
    assert list(damaged_cells("床位", ["1", text])) == [(1, Damage.FAILED)]


@pytest.mark.parametrize(
    "text", ["#1 楼", "# N/A", "N/A", '="001"', "=", "==", "=甲", "=1+1", "=SUM(A1)", "1=1", "#REF", "备注：=A1"]
)
def test_other_texts_are_no_failed_calculation(text: str) -> None:
    assert not re.match(FAILED, text)
