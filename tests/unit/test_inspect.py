"""What inspect says of a file is what the chain will do with it, row for row."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.ledger import Fate, data_rows
from shuyang_data.reading.delivered_text import text_entry
from shuyang_data.reading.inspect import inspect_file
from shuyang_data.reading.inspect_text import view_json, view_lines
from tests.builders import a_column, a_dataset

DATASET = a_dataset(
    a_column("code", title="编号", required=True), a_column("name", title="名称"), a_column("beds", title="床位数"),
    a_column("phone", title="电话"),
)  # fmt: skip
HEAD = ["编号", "名称", "床位数", "电话"]


def a_book(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        rows = [["名录"], HEAD, *([f"K{n}", f"第{n}院", n, "138"] for n in range(5)), ["合计", "", 10], ["注：月报"]]
        for name, content in (("本月", rows), ("说明", [["请按目录填写"]]), ("上月", [HEAD, ["K9", "旧院", 1, ""]])):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(content):
                sheet.write_row(number, 0, row)
            if name == "上月":
                sheet.hide()
    return path


def test_the_ledger_is_shown_before_a_file_is_sent(tmp_path: Path) -> None:
    view = inspect_file(a_book(tmp_path / "x.xlsx"), [DATASET])
    assert view.reading is not None
    assert [(e.place, e.fate, e.rows) for e in view.reading.ledger] == [
        ("本月", Fate.DATA, 5), ("说明", Fate.LEFT_OUT, 1), ("上月", Fate.LEFT_OUT, 1)
    ]  # fmt: skip
    table = next(each.table for each in view.tables if each.table.name == "本月")
    assert len(table.rows) == data_rows(view.reading.ledger)
    said = "\n".join(view_lines(view, 0))
    assert "未采用：上月（隐藏的工作表，1 行）" in said
    assert (
        "5 行数据；标题 1 行（第 1 行）；表头 1 行（第 2 行）；合计 1 行（第 8 行）；备注或来源 1 行（第 9 行）" in said
    )
    shown = view_json(view, 0)
    assert (shown["reading"]["rows"], shown["reading"]["refusal"]) == (5, None)
    assert shown["left_out"] == [{"part": "上月", "why": "隐藏的工作表", "unusable": False, "rows": 1}]


def test_what_would_be_refused_says_so_and_names_the_part(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("甲.csv", "编号,名称,床位数,电话\n1,a,2,3\n")
        archive.writestr("乙.csv", "编号,名称,床位数,电话\n".encode() + b"2,\xff\xff,3,4\n")
    path = tmp_path / "x.zip"
    path.write_bytes(target.getvalue())
    reading = inspect_file(path, [DATASET]).reading
    assert reading is not None
    assert "有一部分用不了" in reading.refusal
    assert "乙.csv" in reading.refusal
    assert [entry.fate for entry in reading.ledger] == [Fate.DATA, Fate.UNUSABLE]


CELL = st.sampled_from(["", "1", "甲", "合计", "注：说明", "编号", "名称", "2012-02", "a b", '"', "小计", "一、城区"])
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=14)


@given(ROWS)
@settings(max_examples=150, deadline=None)
def test_every_row_is_data_or_left_out_for_a_reason(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("x") / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, lineterminator="\n").writerows(
            [HEAD, ["K1", "甲院", "1", "2"], ["K2", "乙院", "3", "4"], *rows]
        )
    try:
        entry = text_entry(path, DATASET, [])
    except DeliveryRefusedError as refused:
        assert refused.problems
        return
    assert entry.found >= 3
    assert entry.rows >= 2
