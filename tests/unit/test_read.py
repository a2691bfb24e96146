from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.landing import read
from shuyang_data.landing.formats import csv_text
from tests.builders import a_column, a_dataset, write_csv

DATASET = a_dataset(
    a_column("code", title="编号", required=True),
    a_column("name", title="名称", source=("单位名称",)),
    a_column("beds", title="床位数"),
)
OTHER = a_dataset(
    a_column("plate", title="号牌号码"),
    a_column("owner", title="所有人"),
    a_column("kind", title="车辆类型"),
    key=("plate",),
    path="police/vehicle",
)


def rows_of(path: Path) -> list[list[str]]:
    layout = read.csv_layout(path, DATASET, [OTHER])
    found = read.csv_rows(path, layout)
    return [[cells[p] for p in layout.columns.values()] for _, cells, _ in found.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [["编号", "名称", "床位数"], ["001", "颐养院㐂", "12"], ["002", "幸福院", ""]]
    path = write_csv(tmp_path / "x.csv", *(delimiter.join(line) for line in lines), encoding=encoding)
    assert rows_of(path) == [["001", "颐养院㐂", "12"], ["002", "幸福院", ""]]


def test_titles_notes_and_totals_are_not_data(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "x.csv", "养老机构名录,,", "床位数,编 号,单位名称", "12,001,甲", "合计,1,", "备注：月报,,"
    )
    layout = read.csv_layout(path, DATASET, [])
    found = read.csv_rows(path, layout)
    assert [(number, cells) for number, cells, _ in found.rows] == [(3, ["12", "001", "甲"])]
    assert layout.columns == {"code": 1, "name": 2, "beds": 0}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        ("号牌号码,所有人,车辆类型\n苏N1,a,b\n".encode(), "wrong_dataset"),
        ("名称,床位数\n甲,1\n".encode(), "missing_columns"),
        (b"\xff\xff\xfe\xff,\x81", "unreadable_file"),
    ],
)
def test_refusals_have_a_code_and_a_chinese_reason(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DeliveryRefusedError) as refused:
        read.csv_layout(path, DATASET, [OTHER])
    assert refused.value.code == code
    assert any("一" <= char <= "鿿" for char in str(refused.value))


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", "号牌号码,所有人,车辆类型", "苏N1,a,b")
    with pytest.raises(DeliveryRefusedError, match="police/vehicle"):
        read.csv_layout(path, DATASET, [OTHER])


def test_a_file_cut_in_a_line_is_truncated_and_a_short_line_inside_is_a_bad_row(tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv"
    cut.write_bytes("编号,名称,床位数\n001,甲,1\n002,乙".encode())
    with pytest.raises(DeliveryRefusedError) as refused:
        read.csv_rows(cut, read.csv_layout(cut, DATASET, []))
    assert refused.value.code == "truncated_file"
    inside = write_csv(tmp_path / "inside.csv", "编号,名称,床位数", "001,甲", "002,乙,2")
    found = read.csv_rows(inside, read.csv_layout(inside, DATASET, []))
    assert [bool(fault) for _, _, fault in found.rows] == [True, False]


def test_a_workbook_with_title_merged_header_and_tail(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 2, "养老机构名录")
    sheet.merge_range(1, 0, 1, 1, "基本信息")
    sheet.write_row(2, 0, ["编号", "名称", "床位数"])
    sheet.write_row(3, 0, ["001", "甲", 12])
    sheet.write_row(4, 0, ["合计", "1"])
    sheet.write(5, 0, 321322199001011234)
    book.close()
    assert read.is_workbook(path)
    layout, found = read.read_workbook(path, DATASET, [])
    assert found.rows[0] == (4, ["001", "甲", "12"], None)
    assert found.rows[1][1][0] == "3.21322E+17"
    assert ((5, "合计或备注") in found.skipped, layout.header) == (True, 2)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(DeliveryRefusedError) as refused:
        read.read_workbook(path, DATASET, [])
    assert refused.value.code == "unreadable_file"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8), st.sampled_from(["utf-8", "gb18030"]))
@settings(max_examples=60, deadline=None)
def test_no_row_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], encoding: str
) -> None:
    import csv

    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", encoding=encoding, newline="") as target:
        csv.writer(target).writerows([["编号", "名称", "床位数"], *([f"K{n}", a, b] for n, (a, b) in enumerate(rows))])
    if csv_text.detect_encoding(path) != encoding and encoding == "gb18030":
        return  # the bytes are valid UTF-8 as well
    layout = read.csv_layout(path, DATASET, [])
    found = read.csv_rows(path, layout)
    assert [cells[:3] for _, cells, _ in found.rows] == [[f"K{n}", a, b] for n, (a, b) in enumerate(rows)]
