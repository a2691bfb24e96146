"""The small inputs of `../shared/cases/reading` give what its README says is right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.reading.grid import SourceTable
from shuyang_data.reading.read import read_source
from shuyang_data.settings import REPOSITORY

CASES = Path(os.environ.get("SHUYANG_SHARED", REPOSITORY.parent / "shared")) / "cases" / "reading"
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not CASES.is_dir(), reason="../shared is not here")]
# File → the tables in it: columns and rows.
RIGHT = {
    "c02_formats.xlsx": [(6, 5)], "c03c_optional_errors.xlsx": [(8, 5)], "c04_hidden.xlsx": [(8, 7)],
    "c05c_merged_optional.xlsx": [(8, 6)], "c07b_apostrophe.csv": [(8, 5)], "c07c_excel_text.csv": [(8, 5)],
    "c08f_zwsp.csv": [(8, 5)], "c09_crlf_in_quotes.csv": [(8, 5)], "c09f_one_break_each.csv": [(8, 8)],
    "c10_dates.csv": [(8, 30)], "c10b_numbers.csv": [(8, 34)], "c11e_map_of_lists.json": [(3, 3)],
    "c11f_master_detail.json": [(2, 2), (3, 1)], "c12b_two_lists.xml": [(2, 3), (2, 2)],
    "c12e_parent_fields.xml": [(3, 3)], "c13_one_year_col.csv": [(2, 3)], "c13b_period_header.csv": [(2, 3)],
    "c13e_year_row_same.csv": [(4, 3)], "c13g_key_only_row.xlsx": [(3, 4)], "c13h_month_captions.csv": [(3, 4)],
    "c14b_codepage936.xls": [(8, 5)], "c20b_zip_stored.zip": [(8, 5)], "c22_two_sheets.xlsx": [(8, 3), (8, 3)],
    "c25_html.xls": [(8, 4)], "c27b_home_surrogate.json": [(8, 2)], "c27c_home_gbk_xml.xml": [(8, 4)],
    "c29_caret.csv": [(8, 5)], "c30_null_words.csv": [(8, 10)], "c31_fullwidth_cells.csv": [(8, 5)],
    "c33b_cut_char.dbf": [(2, 2)], "c34_zip_one_bad_member.zip": [(8, 3), (8, 3)],
    "c35_sheet_with_other_heading.xlsx": [(8, 3), (8, 3)], "c43_second_sheet_has_more_columns.xlsx": [(6, 3), (8, 3)],
}  # fmt: skip
# Cell (table, row, column) that was read wrong once → what stands there.
CELLS = {
    ("c02_formats.xlsx", 0, 0, 0): "000001", ("c02_formats.xlsx", 0, 0, 4): "60:00",
    ("c09_crlf_in_quotes.csv", 0, 0, 3): "沭城街道\n1号\n", ("c11e_map_of_lists.json", 0, 0, 0): "沭城镇",
    ("c12e_parent_fields.xml", 0, 0, 2): "沭城", ("c13g_key_only_row.xlsx", 0, 0, 0): "2010-11",
    ("c14b_codepage936.xls", 0, 0, 1): "测试1号敬老院", ("c33b_cut_char.dbf", 0, 0, 1): "沭阳县庙\ufffd",
}  # fmt: skip
REFUSED = {"c08c_mixed.csv": "第 5 行第 371 字节", "c11k_jsonp.json": "JSONP"}


def tables(name: str) -> list[SourceTable]:
    return [part for part in read_source(CASES / name) if isinstance(part, SourceTable)]


@pytest.mark.parametrize("name", RIGHT)
def test_every_table_row_and_column_is_there(name: str) -> None:
    assert [(len(table.columns), len(table.rows)) for table in tables(name)] == RIGHT[name]


@pytest.mark.parametrize("place", CELLS, ids=lambda place: place[0])
def test_cells_are_as_they_were_sent(place: tuple[str, int, int, int]) -> None:
    name, table, row, column = place
    assert tables(name)[table].rows[row][column] == CELLS[place]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_name_and_place(name: str) -> None:
    with pytest.raises(DeliveryRefusedError, match=REFUSED[name]):
        read_source(CASES / name)


def test_no_case_is_left_out() -> None:
    assert {path.name for path in CASES.glob("c*")} == {*RIGHT, *REFUSED}
