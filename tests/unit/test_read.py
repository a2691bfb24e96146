from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.ledger import Fate
from shuyang_data.reading.contract import Layout
from shuyang_data.reading.delivered import read_delivered
from shuyang_data.reading.delivered_text import Counted, head_tally, text_layout, text_rows
from shuyang_data.reading.formats.delimited import detect_encoding
from shuyang_data.reading.grid import make_grid
from shuyang_data.reading.tables import find_tables
from shuyang_data.records import DriftKind
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


def read_text(path: Path) -> tuple[Layout, list[tuple[int, list[str], str | None]], dict[str, int]]:
    layout = text_layout(path, DATASET, [OTHER])
    tally, counted = head_tally(path, layout), Counted()
    rows = [(n, list(cells), fault) for n, cells, fault in text_rows(path, layout, DATASET, tally, counted)]
    entry = tally.entry(len(rows), layout.header + 1 + counted.records)
    return layout, rows, {each.why: each.rows for each in entry.left_out}


def rows_of(path: Path) -> list[list[str]]:
    layout, rows, _ = read_text(path)
    return [[cells[p] for p in layout.columns.values()] for _, cells, _ in rows]


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
    layout, rows, skipped = read_text(path)
    assert [(number, cells) for number, cells, _ in rows] == [(3, ["12", "001", "甲"])]
    assert layout.columns == {"code": 1, "name": 2, "beds": 0}
    assert skipped == {"标题": 1, "表头": 1, "合计": 1, "备注或来源": 1}


def test_drift_is_recorded_and_widens_nothing(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", "床位数（张）,编号,名称,备注二", "一百零二,001,甲,x", "九十九,002,乙,y")
    layout, rows, _ = read_text(path)
    found = {(drift.kind, drift.column, drift.found) for drift in layout.drift}
    assert (DriftKind.RENAMED, "床位数", "床位数（张）") in found
    assert (DriftKind.NEW, "", "备注二") in found
    assert any(kind is DriftKind.REORDERED for kind, _, _ in found)
    assert set(layout.columns) == {"code", "name", "beds"}
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        ("号牌号码,所有人,车辆类型\n苏N1,a,b\n".encode(), "wrong_dataset"),
        ("名称,床位数\n甲,1\n".encode(), "missing_columns"),
        (b"\xff\xff\xfe\xff,\x81", "unreadable_file"),
        ("编号,名称,床位数\n<<<<<<< HEAD\n1,a,2\n=======\n1,b,3\n>>>>>>> x\n".encode(), "unreadable_file"),
    ],
)
def test_refusals_have_a_code_and_a_chinese_reason(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DeliveryRefusedError) as refused:
        text_layout(path, DATASET, [OTHER])
    assert refused.value.code == code
    assert any("一" <= char <= "鿿" for char in str(refused.value))


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", "号牌号码,所有人,车辆类型", "苏N1,a,b")
    with pytest.raises(DeliveryRefusedError, match="police/vehicle"):
        text_layout(path, DATASET, [OTHER])


def test_a_file_cut_in_a_line_is_truncated_and_a_short_line_inside_is_a_bad_row(tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv"
    cut.write_bytes("编号,名称,床位数\n001,甲,1\n002,乙".encode())
    with pytest.raises(DeliveryRefusedError) as refused:
        read_text(cut)
    assert refused.value.code == "truncated_file"
    inside = write_csv(tmp_path / "inside.csv", "编号,名称,床位数", "001,甲", "002,乙,2", "003,丙,3")
    assert [bool(fault) for _, _, fault in read_text(inside)[1]] == [True, False, False]


def test_a_header_with_another_number_of_cells_than_the_rows_shifts_nothing(tmp_path: Path) -> None:
    narrow = write_csv(tmp_path / "narrow.csv", "编号名称,床位数,编号", "001,甲,1,x", "002,乙,2,y")
    assert all(fault for _, _, fault in read_text(narrow)[1])
    lost = write_csv(tmp_path / "lost.csv", "编号,名称,床位数", "001,甲,1,x", "002,乙,2,y")
    assert all(fault for _, _, fault in read_text(lost)[1])


def a_workbook(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 2, "养老机构名录")
    sheet.merge_range(1, 0, 1, 1, "基本信息")
    sheet.write_row(2, 0, ["编号", "名称", "床位数"])
    sheet.write_row(3, 0, ["001", "甲", 12])
    sheet.write_row(4, 0, ["合计", "1"])
    sheet.write(5, 0, 321322199001011234)
    other = book.add_worksheet("填写说明")
    other.write(0, 0, "请按目录填写")
    second = book.add_worksheet("第二张")
    second.write_row(0, 0, ["名称", "床位数", "编号"])
    second.write_row(1, 0, ["乙", 3, "002"])
    book.close()
    return path


def test_a_workbook_with_title_merged_header_and_tail_and_a_second_sheet(tmp_path: Path) -> None:
    delivered = read_delivered(a_workbook(tmp_path / "x.xlsx"), DATASET, [])
    rows = delivered.rows
    assert rows[0] == (4, ["001", "甲", "12"], None)
    assert rows[1][1][0] == "3.21322E+17"
    assert (rows[2][0], list(rows[2][1])) == (8, ["002", "乙", "3"])
    first, notes, second = delivered.ledger
    assert [(each.why, each.rows, each.first) for each in first.left_out] == [
        ("标题", 2, (1, 2)), ("表头", 1, (3,)), ("合计", 1, (5,))
    ]  # fmt: skip
    assert (notes.place, notes.fate) == ("填写说明", Fate.LEFT_OUT)
    assert (second.rows, second.start) == (1, 6)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(DeliveryRefusedError) as refused:
        read_delivered(path, DATASET, [])
    assert refused.value.code == "unreadable_file"


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\x85\u2028\u2029"), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8), st.sampled_from(["utf-8", "gb18030"]))
@settings(max_examples=60, deadline=None)
def test_no_row_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], encoding: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", encoding=encoding, newline="") as target:
        csv.writer(target).writerows([["编号", "名称", "床位数"], *([f"K{n}", a, b] for n, (a, b) in enumerate(rows))])
    if detect_encoding(path) != encoding and encoding == "gb18030":
        return  # the bytes are valid UTF-8 as well
    assert [cells for _, cells, _ in read_text(path)[1]] == [[f"K{n}", a, b] for n, (a, b) in enumerate(rows)]


def test_signatures_over_several_cells_and_page_numbers_are_no_data() -> None:
    """Seen: `填表人：张三,审核人：李四,日期：2026-11-01` and the last page's number stayed as rows."""
    rows = [
        ["编号", "名称", "数", ""], ["1", "甲", "3", ""], ["第1页 共2页", "", "", ""], ["编号", "名称", "数", ""],
        ["2", "第2页", "4", ""], ["填表人：张三", "审核人：李四", "日期：2026-11-01", ""], ["经办人：", "", "电话：83588888", ""],
        ["第2页/共2页", "", "", ""], ["填报人：王", "审核：李", "2026年11月1日", ""],
    ]  # fmt: skip
    (table,) = find_tables(make_grid(rows, handmade=False))
    assert [row[:3] for row in table.rows] == [["1", "甲", "3"], ["2", "第2页", "4"]]


@pytest.mark.parametrize("mark", ["!", ":", "、", "#", "@@", "│", "^", "||", "，", "\x01", "~"])
def test_what_stands_between_the_contracts_headings_parts_the_columns(tmp_path: Path, mark: str) -> None:
    """Seen: `编号@@名称` was refused as another data set."""
    lines = [["编号", "名称", "床位数"], ["001", "甲", "12"], ["002", "乙", ""]]
    path = write_csv(tmp_path / "x.csv", *(mark.join(line) for line in lines))
    assert rows_of(path) == [["001", "甲", "12"], ["002", "乙", ""]]


def test_columns_that_blanks_align_are_refused_by_name(tmp_path: Path) -> None:
    """Seen: every blank parted a column, and the values stood under other headings."""
    path = write_csv(tmp_path / "x.csv", "编号      名称      床位数", "1         甲        3", "2         乙        4")
    with pytest.raises(DeliveryRefusedError, match="多个空格对齐"):
        text_layout(path, DATASET, [OTHER])


def test_files_put_together_have_one_header(tmp_path: Path) -> None:
    """Seen: the mark of the second file's encoding made a row of its header."""
    path = tmp_path / "x.csv"
    path.write_bytes(
        "编号,名称,床位数\n001,甲,1\n".encode("utf-8-sig") + "编号,名称,床位数\n002,乙,2\n".encode("utf-8-sig")
    )
    _, rows, skipped = read_text(path)
    assert ([cells for _, cells, _ in rows], skipped) == (
        [["001", "甲", "1"], ["002", "乙", "2"]],
        {"表头": 1, "重复表头": 1},
    )


@pytest.mark.parametrize("numbers", ["甲,1,2,3", "栏次,1,2,3"])
def test_a_row_that_numbers_the_columns_is_no_data(tmp_path: Path, numbers: str) -> None:
    """Seen: (甲, 1, 2, 3) was published as a home, and a second name of the columns lost the first."""
    path = write_csv(tmp_path / "x.csv", "名称,编号,床位数,电话", numbers, "甲院,001,12,1", "乙院,002,13,2")
    _, rows, skipped = read_text(path)
    assert ([cells[:3] for _, cells, _ in rows], skipped) == (
        [["甲院", "001", "12"], ["乙院", "002", "13"]],
        {"表头": 2},
    )
    (table,) = find_tables(make_grid([line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]))
    assert (table.columns, len(table.rows)) == (["名称", "编号", "床位数", "电话"], 2)


@pytest.mark.parametrize("total", ["全县合计,,25", "共计,,25", "合计（2家）,,25", "总 计：,,25", "全镇小计,,25"])
def test_a_total_is_known_by_other_words_too(tmp_path: Path, total: str) -> None:
    path = write_csv(tmp_path / "x.csv", "编号,名称,床位数", "001,甲院,12", "002,合计村,13", total)
    _, rows, skipped = read_text(path)
    assert ([cells[1] for _, cells, _ in rows], skipped) == (["甲院", "合计村"], {"表头": 1, "合计": 1})


def test_a_total_behind_the_number_of_its_row_is_one(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", "序号,名称,编号,床位数", "1,甲院,001,12", "2,乙院,002,13", "3,合计,,25")
    _, rows, skipped = read_text(path)
    assert (len(rows), skipped) == (2, {"表头": 1, "合计": 1})


def test_another_table_below_a_gap_is_refused_and_not_read_as_rows(tmp_path: Path) -> None:
    """Seen: cars below an empty row were accepted as homes."""
    for between in ([",,"], [",,", "车辆情况,,"]):
        path = write_csv(
            tmp_path / "x.csv",
            "编号,名称,床位数",
            "001,甲院,12",
            "002,乙院,13",
            *between,
            "车牌,司机,座位",
            "苏N1,张,5",
        )
        with pytest.raises(DeliveryRefusedError, match="另一张表的表头"):
            read_text(path)
    path = write_csv(tmp_path / "x.csv", "编号,名称,床位数", "001,甲院,12", ",,", "002,乙院,13", ",,", "说明：无,,")
    assert len(read_text(path)[1]) == 2


def test_a_part_that_names_the_columns_with_an_unknown_mark_between_is_not_passed_over(tmp_path: Path) -> None:
    """Seen: a member of an archive with `#` between its cells was left out and the rest accepted."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("城区.csv", "编号,名称,床位数\n001,甲,1\n")
        archive.writestr("乡镇.txt", "编号#名称#床位数\n002#乙#2\n")
    with pytest.raises(DeliveryRefusedError, match="乡镇") as refused:
        read_delivered(tmp_path / "x.zip", DATASET, [])
    assert refused.value.code == "unusable_part"
