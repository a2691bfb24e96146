"""What is a row and what is none: the same table in a workbook and as text, and rows that have nothing but their key."""

from __future__ import annotations

import pytest

from shuyang_data.reading.grid import make_grid
from shuyang_data.reading.tables import find_tables

HEADER = ["名称", "户数", "人数", "备注"]
ROWS = [["沭城街道", "120", "300", ""], ["南湖街道", "80", "210", ""], ["梦溪街道", "95", "230", "新设"],
        ["软件产业园管理办公室", "60", "150", ""]]  # fmt: skip


def kept(rows: list[list[str]], *, handmade: bool) -> list[str]:
    """The first cells of what is taken for data."""
    (table,) = find_tables(make_grid([HEADER, *rows], handmade=handmade))
    return [row[0] for row in table.rows]


@pytest.mark.parametrize("handmade", [True, False])
@pytest.mark.parametrize("place", [0, 2, 4])
@pytest.mark.parametrize("name", ["经开区（托管）", "80周岁以上", "城市特困（集中供养）", "Q1", "七雄-东", "沭城街道"])
def test_a_row_with_only_its_key_is_a_row_whatever_its_signs_are(name: str, place: int, handmade: bool) -> None:
    rows = [*ROWS[:place], [name, "", "", ""], *ROWS[place:]]
    assert kept(rows, handmade=handmade) == [row[0] for row in rows]


@pytest.mark.parametrize(
    "caption", ["一、城区", "（二）乡镇：", "农村部分：", "第三部分 园区", "1、城区", "—— 乡镇 ——"],
)  # fmt: skip
def test_what_heads_a_part_of_a_workbook_is_no_row(caption: str) -> None:
    rows = [*ROWS[:2], [caption, "", "", ""], *ROWS[2:]]
    assert kept(rows, handmade=True) == [row[0] for row in ROWS]


def test_words_in_a_column_of_numbers_head_a_part_of_a_workbook() -> None:
    header, rows = ["序号", "名称", "户数"], [["1", "沭城", "120"], ["2", "南湖", "80"]]
    (table,) = find_tables(make_grid([header, *rows, ["乡镇", "", ""], ["3", "十字", "60"], ["4", "高墟", "61"]]))
    assert [row[0] for row in table.rows] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "note", ["本表数据为初步核算数，以年报为准", "2.2018年数据为修订后数据。", "由各街道上报，汇总而成"]
)
def test_a_sentence_below_a_workbooks_table_is_a_note(note: str) -> None:
    assert kept([*ROWS, [note, "", "", ""]], handmade=True) == [row[0] for row in ROWS]


def test_a_note_between_notes_is_a_note() -> None:
    notes = [["注：1.不含园区", "", "", ""], ["2.Q1为估计", "", "", ""], ["数据来源：民政局", "", "", ""]]
    assert kept([*ROWS, *notes], handmade=True) == [row[0] for row in ROWS]
