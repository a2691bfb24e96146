"""Deliveries as departments send them, read by the chain: every row is data, left out with a reason, or refuses the file."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from shuyang_data.catalog.delivering import Delivery as Delivering
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import DeliveryMode, FileFormat, Type
from shuyang_data.ledger import told
from shuyang_data.names import Layer
from shuyang_data.records import Delivery, DeliveryState
from tests.builders import a_catalog, a_column, a_dataset
from tests.small_county import a_county, made, rows_of

Rows = Sequence[Sequence[Any]]
HOMES = (a_column("code", title="编号", required=True), a_column("name", title="名称"),
         a_column("beds", Type.INTEGER, title="床位数"))  # fmt: skip
HEADER = ["编号", "名称", "床位数"]


def dataset(*columns: Any, mode: DeliveryMode = DeliveryMode.FULL) -> Dataset:
    chosen = columns or HOMES
    return a_dataset(
        *chosen,
        key=(chosen[0].name,),
        reject_limit=0.9,
        delivery=Delivering(file="F", format=FileFormat.XLSX, mode=mode),
    )


def as_workbook(rows: Rows, merged: Sequence[tuple[int, int, int, int, str]] = ()) -> bytes:
    return as_sheets({"Sheet1": rows}, merged)


def as_sheets(sheets: Mapping[str, Rows], merged: Sequence[tuple[int, int, int, int, str]] = ()) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
            for area in merged:
                sheet.merge_range(*area)
    return target.getvalue()


def as_text(rows: Rows) -> bytes:
    width = max(map(len, rows))
    return "".join(",".join([*map(str, row), *[""] * (width - len(row))]) + "\n" for row in rows).encode()


def read(tmp_path: Path, wanted: Dataset, *files: tuple[str, bytes]) -> tuple[Delivery, list[list[str]]]:
    """The newest delivery, and the keys and values that were accepted."""
    county = a_county(tmp_path, a_catalog(wanted))
    inbox = county.settings.inbox / wanted.id.department
    inbox.mkdir(parents=True)
    for day, (ending, content) in enumerate(files, start=1):
        (inbox / f"F_2026110{day}.{ending}").write_bytes(content)
    made(county, wanted)
    newest = county.registry.deliveries(wanted.id)[-1]
    names = [column.name for column in wanted.columns]
    outcome = county.registry.outcome(wanted.id)
    accepted = rows_of(county, wanted, Layer.STANDARD) if outcome and outcome.snapshot_id else []
    county.registry.close()
    return newest, sorted([str(row[name]) for name in names] for row in accepted)


TWO = [["A1", "甲", 1], ["A2", "乙", 2]]
BOTH = [["A1", "甲", "1"], ["A2", "乙", "2"]]
# What a person adds to a table, and that is no row of it: (rows, what is told of it).
ADDED: dict[str, tuple[Rows, str]] = {
    "signatures below a gap": ([HEADER, *TWO, [], ["填表人", "张三"], ["单位（盖章）", "民政局"], ["联系人", "李四", 13800000000]],
                               "备注或来源 3"),
    "a total above": ([HEADER, ["合计", "", 3], *TWO], "合计 1"),
    "a total of a town": ([HEADER, *TWO, ["沭城街道小计", "", 3]], "合计 1"),
    "an average": ([HEADER, *TWO, ["平均", "", 1.5], ["Total", "", 3], ["共2家", "", ""]], "合计 3"),
    "parts with ordinals": ([HEADER, ["一、城区"], TWO[0], ["二、乡镇"], TWO[1]], "分节标题 2"),
    "a sentence": ([HEADER, *TWO, ["本表由民政局提供。"]], "备注或来源 1"),
    "a second page": ([HEADER, TWO[0], [], HEADER, TWO[1]], "空行 1、重复表头 1"),
    "units below the header": ([HEADER, ["", "", "（张）"], *TWO], ""),
    "blanks": ([HEADER, TWO[0], [" ", "", ""], TWO[1]], "空行 1"),
}  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ADDED)
def test_what_is_no_row_is_left_out_of_texts_and_workbooks_alike(tmp_path: Path, name: str, form: str) -> None:
    rows, said = ADDED[name]
    content = as_workbook(rows) if form == "xlsx" else as_text(rows)
    delivery, accepted = read(tmp_path, dataset(), (form, content))
    assert (delivery.state, accepted) == (DeliveryState.READ, BOTH), delivery.detail
    assert said in "；".join(told(delivery.ledger))


DAYS = (a_column("step", title="环节", required=True), a_column("begins", Type.DATE, title="开始日期"),
        a_column("ends", Type.DATE, title="完成日期"))  # fmt: skip
HOUSES = (a_column("code", title="楼号", required=True), a_column("units", Type.INTEGER, title="单元"),
          a_column("homes", Type.INTEGER, title="户数"))  # fmt: skip
WORDS = (a_column("code", title="编号", required=True), a_column("name", title="名称"), a_column("road", title="地址"))
# What looks like none of the data and is: (columns, rows).
MEANT: dict[str, tuple[Sequence[Any], Rows]] = {
    "steps called like signatures": (DAYS, [[c.title for c in DAYS], ["受理", "2026-11-01", "2026-11-02"],
                                            ["审核", "2026-11-02", "2026-11-03"], ["复核", "2026-11-03", "2026-11-04"]]),
    "a row 1, 2, 3": (HOUSES, [["楼号", "单元", "户数"], ["1", 2, 3], ["2", 3, 40], ["3", 2, 20]]),
    "keys of other signs": (HOMES, [HEADER, ["沭城村", "x", 1], ["李庄居民委员会"], ["周圈村（已撤并）"], ["002-1"], ["桑墟村", "y", 2]]),
    "nothing but keys": (HOMES, [HEADER, ["A001"], ["A002"], ["A003"]]),
    "a word among numbers below a gap": (HOMES, [HEADER, *TWO, [], ["A3", "丙", ""]]),
    "words of totals as values": (
        (a_column("code", title="编号", required=True), a_column("what", title="口径"), a_column("n", Type.INTEGER, title="数值")),
        [["编号", "口径", "数值"], ["A1", "当月", 12], ["A2", "累计", 80], ["A3", "平均", 5], ["A4", "王小计", 9], ["A5", "合计", 7]]),
    "sums among their parts": (
        (a_column("what", title="指标", required=True), a_column("n", Type.INTEGER, title="数值")),
        [["指标", "数值"], ["税收收入", 61], ["非税收入", 70], ["财政收入合计", 131], ["支出", 80]]),
    "a last step that is open": (DAYS, [[c.title for c in DAYS], ["受理", "2026-11-01", "2026-11-02"], ["初审", "2026-11-02", "2026-11-02"],
                                        ["审核", "2026-11-03", "2026-11-04"], ["复核", "2026-11-04", ""]]),
    "a long name at the end": (HOUSES, [["楼号", "单元", "户数"], ["周圈村", 1, 5], ["李庄村", 2, 6], ["沭城街道新成立社区"]]),
    "a row 1, 2, 3 above thousands": (HOUSES, [["楼号", "单元", "户数"], ["1", 2, 3], ["2", 3, 1200], ["3", "", 20]]),
    "groups parted by a gap": (WORDS, [[c.title for c in WORDS], ["沭阳县甲木业公司", "张三", "x路1号"], ["沭阳县乙木业公司", "李四", "x路2号"], [],
                                       ["江苏ABC科技公司", "王小五", "开发区A栋"]]),
    "a day of filling in above": (DAYS, [["填报日期", "2026-11-01"], [c.title for c in DAYS], ["受理", "2026-11-01", "2026-11-02"]]),
    "a star": (HOMES, [["*编号", "名称★", "床位数（张）"], *TWO]),
}  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", MEANT)
def test_what_is_a_row_is_one_in_texts_and_workbooks_alike(tmp_path: Path, name: str, form: str) -> None:
    columns, rows = MEANT[name]
    content = as_workbook(rows) if form == "xlsx" else as_text(rows)
    delivery, accepted = read(tmp_path, dataset(*columns), (form, content))
    assert delivery.state is DeliveryState.READ, delivery.detail
    header = next(n for n, row in enumerate(rows) if len(row) >= len(columns))
    assert [row[0] for row in accepted] == sorted(
        str(row[0]).replace("（", "(").replace("）", ")") for row in rows[header + 1 :] if row
    )


# What nobody can be sure of is refused: (columns, rows, merged cells, what is said).
REFUSED: dict[str, tuple[Sequence[Any], Rows, Sequence[Any], str]] = {
    "two halves side by side": (HOMES, [HEADER * 2, ["A1", "甲", 1, "A3", "丙", 3]], (), "有两列"),
    "halves parted by a column": (HOMES, [[*HEADER, "", *HEADER], ["A1", "甲", 1, "", "A3", "丙", 3]], (), "有两列"),
    "two that may be the one": (HOMES, [["编号", "名称", "床位数（民办）", "床位数（公办）"], ["A1", "甲", 1, 2]], (), "床位数 有两列"),
    "a table of words below a gap": (
        WORDS, [["编号", "名称", "地址"], ["A1", "甲", "x路"], ["A2", "乙", "y路"], [], ["街道", "书记", "主任"], ["沭城", "张三", "李四"]], (),
        "另一张表的表头"),
}  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_can_be_sure_of_is_refused(tmp_path: Path, name: str, form: str) -> None:
    columns, rows, merged, said = REFUSED[name]
    content = as_workbook(rows, merged) if form == "xlsx" else as_text(rows)
    delivery, accepted = read(tmp_path, dataset(*columns), (form, content))
    assert (delivery.state, accepted) == (DeliveryState.REFUSED, [])
    assert said in delivery.detail


def test_a_heading_over_several_columns_is_no_column(tmp_path: Path) -> None:
    rows = [["编号", "名称", "床位数", ""], ["", "", "民办", "公办"], ["A1", "甲", 1, 2], ["A2", "乙", 3, 4]]
    merged = [(0, 0, 1, 0, "编号"), (0, 1, 1, 1, "名称"), (0, 2, 0, 3, "床位数")]
    delivery, accepted = read(tmp_path, dataset(), ("xlsx", as_workbook(rows, merged)))
    assert (delivery.state, accepted) == (DeliveryState.REFUSED, [])
    assert "床位数 有两列或者下面还分几列" in delivery.detail


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_stands_under_no_heading_is_told(tmp_path: Path, form: str) -> None:
    rows = [[*HEADER, ""], [*TWO[0], ""], [*TWO[1], "已停业"]]
    content = as_workbook(rows) if form == "xlsx" else as_text(rows)
    delivery, accepted = read(tmp_path, dataset(), (form, content))
    assert accepted == BOTH
    assert "有 1 行在没有列名的列里有内容（第 3 行起）" in "；".join(told(delivery.ledger))


def test_a_delivery_without_a_row_changes_nothing_of_an_increment(tmp_path: Path) -> None:
    """Seen: it ended the chain, and every later delivery waited behind it for ever."""
    files = [("csv", as_text([HEADER, TWO[0]])), ("csv", as_text([HEADER])), ("csv", as_text([HEADER, TWO[1]]))]
    delivery, accepted = read(tmp_path, dataset(mode=DeliveryMode.INCREMENT), *files)
    assert (delivery.state, accepted) == (DeliveryState.READ, BOTH)


def a_dbf(records: Sequence[tuple[str, str, str]]) -> bytes:
    fields = [("编号", "C", 10), ("名称", "C", 10), ("床位数", "N", 6)]
    head = struct.pack("<4BIHH", 3, 126, 11, 1, len(records), 32 + 96 + 1, 27) + bytes(17) + b"\x4d\0\0"
    for name, kind, length in fields:
        head += name.encode("gbk").ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([length, 0]) + bytes(14)
    rows = (b" " + c.encode().ljust(10) + n.encode("gbk").ljust(10) + b.encode().rjust(6) for c, n, b in records)
    return head + b"\r" + b"".join(rows) + b"\x1a"


def test_a_dbf_that_was_cut_is_refused_wherever(tmp_path: Path) -> None:
    """Seen: 140 beds became 1, and records were gone."""
    whole = a_dbf([("001", "甲", "12"), ("002", "乙", "34"), ("003", "丙", "140")])
    delivery, accepted = read(tmp_path / "whole", dataset(), ("dbf", whole))
    assert [row[2] for row in accepted] == ["12", "34", "140"], delivery.detail
    for cut in (2, 3, 20, 28, 29):
        delivery, accepted = read(tmp_path / str(cut), dataset(), ("dbf", whole[:-cut]))
        assert (delivery.state, accepted) == (DeliveryState.REFUSED, [])
        assert "文件头说有 3 条记录" in delivery.detail


SHEET = '<Worksheet ss:Name="{}"><Table>{}</Table>{}</Worksheet>'
HIDDEN = ('<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel"><Visible>SheetHidden</Visible>'
          "</WorksheetOptions>")  # fmt: skip


def a_row(*cells: object) -> str:
    return "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells) + "</Row>"


def test_a_hidden_sheet_of_excels_xml_is_left_out(tmp_path: Path) -> None:
    rows, gone = a_row(*HEADER) + "".join(a_row(*row) for row in TWO), a_row(*HEADER) + a_row("A9", "旧", 9)
    text = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f"{SHEET.format('今年', rows, '')}{SHEET.format('去年', gone, HIDDEN)}</Workbook>"
    )
    delivery, accepted = read(tmp_path, dataset(), ("xls", text.encode()))
    assert accepted == BOTH
    assert "去年：未采用；隐藏的工作表；2 行" in told(delivery.ledger)


def test_what_a_server_would_have_filled_in_is_damage(tmp_path: Path) -> None:
    dump = ("CREATE TABLE t (编号 varchar(9), 名称 varchar(9) DEFAULT '未填', 床位数 int DEFAULT NULL);\n"
            "INSERT INTO t VALUES ('A1','甲',1);\nINSERT INTO t (编号) VALUES ('A2');\n")  # fmt: skip
    _, accepted = read(tmp_path, dataset(), ("sql", dump.encode()))
    assert accepted == [BOTH[0]]


def test_what_oracles_tools_write_for_their_console_is_skipped(tmp_path: Path) -> None:
    dump = ("REM INSERTING into T\nSET DEFINE OFF;\nprompt Loading T...\n"
            "Insert into T (编号,名称,床位数) values ('A1','甲',1);\nInsert into T (编号,名称,床位数) values ('A2','乙',2);\n")  # fmt: skip
    _, accepted = read(tmp_path, dataset(), ("sql", dump.encode()))
    assert accepted == BOTH


def test_equal_names_in_two_schemas_are_two_tables(tmp_path: Path) -> None:
    dump = ("CREATE TABLE a.t (编号 varchar(9), 名称 varchar(9), 床位数 int);\n"
            "CREATE TABLE b.t (床位数 int, 名称 varchar(9), 编号 varchar(9));\n"
            "INSERT INTO b.t VALUES (1,'甲','A1');\nINSERT INTO a.t VALUES ('A2','乙',2);\n")  # fmt: skip
    _, accepted = read(tmp_path, dataset(), ("sql", dump.encode()))
    assert accepted == BOTH


def test_a_list_inside_the_records_of_a_list_is_read_with_what_they_say(tmp_path: Path) -> None:
    columns = (
        a_column("code", title="编号", required=True),
        a_column("name", title="名称"),
        a_column("town", title="街道"),
    )
    text = ('[{"街道":"沭城","机构":[{"编号":"A1","名称":"甲"},{"编号":"A2","名称":"乙"}]},'
            '{"街道":"南湖","机构":[{"编号":"A3","名称":"丙"}]},{"街道":"梦溪","机构":[]}]')  # fmt: skip
    _, accepted = read(tmp_path, dataset(*columns), ("json", text.encode()))
    assert accepted == [["A1", "甲", "沭城"], ["A2", "乙", "沭城"], ["A3", "丙", "南湖"]]


def test_records_with_lists_are_read_once(tmp_path: Path) -> None:
    columns = (a_column("town", title="街道", required=True), a_column("people", Type.INTEGER, title="人口"))
    text = '[{"街道":"沭城","人口":3,"机构":[{"编号":"A1"},{"编号":"A2"}]},{"街道":"南湖","人口":4,"机构":[]}]'
    delivery, accepted = read(tmp_path, dataset(*columns), ("json", text.encode()))
    assert accepted == [["南湖", "4"], ["沭城", "3"]]
    assert any("它所在的记录已按目录读入" in line for line in told(delivery.ledger))


def test_a_row_of_a_json_that_is_too_short_is_told(tmp_path: Path) -> None:
    text = '{"columns":["编号","名称","床位数"],"data":[["A1","甲",1],["A2","乙"]]}'
    _, accepted = read(tmp_path, dataset(), ("json", text.encode()))
    assert accepted == [BOTH[0]]


def test_a_sheet_that_goes_on_without_a_header_refuses_the_workbook(tmp_path: Path) -> None:
    content = as_sheets({"一": [HEADER, *TWO], "续": [["A3", "丙", 3], ["A4", "丁", 4]]})
    delivery, accepted = read(tmp_path, dataset(), ("xlsx", content))
    assert (delivery.state, accepted) == (DeliveryState.REFUSED, [])
    assert "续" in delivery.detail


INCREMENT = DeliveryMode.INCREMENT


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_increments_with_other_optional_columns_are_united(tmp_path: Path, order: tuple[int, int]) -> None:
    """Seen: the column of the first was lost from all others, or the data set was stopped for ever."""
    files = [("csv", as_text([["编号", "床位数"], ["A3", 5]])), ("csv", as_text([HEADER, *TWO]))]
    _, accepted = read(tmp_path, dataset(mode=INCREMENT), *(files[n] for n in order))
    assert accepted == [*BOTH, ["A3", "None", "5"]]


INSERT = "INSERT INTO hr.t (编号,名称,床位数) VALUES "
# What a dump says after it inserted rows, or instead of a value: (text, keys that are accepted, what is said).
DUMPS: dict[str, tuple[str, list[str], str]] = {
    "what is there already": (f"{INSERT}('A1','甲',1) ON DUPLICATE KEY UPDATE `名称`=VALUES(`名称`);", ["A1"], ""),
    "deleted": (f"{INSERT}('A1','甲',1);DELETE FROM hr.t;", [], "DELETE"),
    "changed in another case": (f"{INSERT}('A1','甲',1);UPDATE HR.T SET 床位数=9;", [], "UPDATE"),
    "taken back": (f"BEGIN;{INSERT}('A1','甲',1);ROLLBACK;", [], "ROLLBACK"),
    "texts put together": (f"{INSERT}('A1','甲' '乙',1),('A2','丙',1);", ["A2"], ""),
    "bytes": (f"{INSERT}('A1',x'E6B2AD',1),('A2','丙',0x10),('A3','丁',b'10'),('A4','戊',1);", ["A4"], ""),
    "sums": (f"{INSERT}('A1','甲'::text||'乙',1),('A2','丙',CAST(5 AS int)*2),('A3',CAST('丁' AS char),'3'::int);", ["A3"], ""),
    "paths": (f"{INSERT}('A1','D:\\new`s',1);", ["A1"], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_says_what_the_server_would_hold_or_is_refused(tmp_path: Path, name: str) -> None:
    text, keys, said = DUMPS[name]
    delivery, accepted = read(tmp_path, dataset(), ("sql", text.encode()))
    assert [row[0] for row in accepted] == keys
    assert said in delivery.detail and (delivery.state is DeliveryState.REFUSED) is bool(said)


@pytest.mark.parametrize(
    ("form", "day"),
    [("TO_DATE('20260112','YYYYMMDD')", ["2026-01-12"]), ("TO_DATE('20260112','YYYYDDMM')", []),
     ("TO_DATE('2026-11-01','YYYY-MM-DD')+1", []), ("DATE '2026-11-01'", ["2026-11-01"])],
)  # fmt: skip
def test_a_day_of_a_dump_is_the_day_that_is_meant(tmp_path: Path, form: str, day: list[str]) -> None:
    wanted = dataset(a_column("code", title="编号", required=True), a_column("day", Type.DATE, title="日"))
    _, accepted = read(tmp_path, wanted, ("sql", f"INSERT INTO t (编号,日) VALUES ('A1',{form});".encode()))
    assert [row[1] for row in accepted] == day


def of_foxpro(kind: str, length: int, values: Sequence[bytes]) -> bytes:
    head = struct.pack("<4BIHH", 0x30, 126, 11, 1, len(values), 32 + 64 + 1 + 263, 5 + length) + bytes(17) + b"\x4d\0\0"
    for name, letter, size in (("编号", "C", 4), ("值", kind, length)):
        head += name.encode("gbk").ljust(11, b"\0") + letter.encode() + bytes(4) + bytes([size, 0]) + bytes(14)
    rows = b"".join(b" " + f"甲{n}".encode("gbk").ljust(4) + value for n, value in enumerate(values))
    return head + b"\r" + bytes(263) + rows + b"\x1a"


@pytest.mark.parametrize(
    ("kind", "type_", "values", "read_as"),
    [
        ("I", Type.INTEGER, [struct.pack("<i", n) for n in (49, 12593, 0, 32, -7)], ["-7", "0", "12593", "32", "49"]),
        ("B", Type.DECIMAL, [struct.pack("<d", 2.5)], ["2.50"]), ("Y", Type.DECIMAL, [struct.pack("<q", 123_400)], ["12.34"]),
        ("T", Type.DATETIME, [struct.pack("<ii", 2_461_346, 30_600_000)], ["2026-11-01 08:30:00"]),
        ("L", Type.BOOLEAN, [b"T", b"F", b"?"], ["False", "None", "True"]), ("M", Type.TEXT, [b"         7", b" " * 10], ["None"]),
    ],
)  # fmt: skip
def test_the_binary_fields_of_a_dbf_are_what_they_mean(
    tmp_path: Path, kind: str, type_: Type, values: list[bytes], read_as: list[str]
) -> None:
    """Seen: 49 became 1, and the number of a memo's block was published as its text."""
    wanted = dataset(a_column("code", title="编号", required=True), a_column("value", type_, title="值"))
    _, accepted = read(tmp_path, wanted, ("dbf", of_foxpro(kind, len(values[0]), values)))
    assert sorted(row[1] for row in accepted) == read_as


@pytest.mark.parametrize("text", ["女", "女,男", "中文", "路"])
def test_a_small_text_of_china_is_no_text_of_europe(tmp_path: Path, text: str) -> None:
    """Seen: 女 in GB18030 is a letter in UTF-8 too, and was published as Ů."""
    wanted = dataset(a_column("code", required=True), a_column("sex"))
    content = f"code,sex\nA1,{text.split(',')[0]}\n".encode("gb18030")
    _, accepted = read(tmp_path, wanted, ("csv", content))
    assert accepted == [["A1", text.split(",")[0]]] or text == "路", "路 and · are the same bytes"


@pytest.mark.parametrize("sign", ["°", "·", "é", "±", "Ů 中"])
def test_signs_in_utf_8_stay_what_they_are(tmp_path: Path, sign: str) -> None:
    wanted = dataset(a_column("code", required=True), a_column("sign"))
    _, accepted = read(tmp_path, wanted, ("csv", f"code,sign\nA1,{sign}\n".encode()))
    assert accepted == [["A1", sign]]


def test_a_header_of_two_rows_that_name_half_of_the_columns_each_is_one(tmp_path: Path) -> None:
    columns = (a_column("code", title="编号", required=True), a_column("name", title="名称"),
               a_column("private", Type.INTEGER, title="民办"), a_column("public", Type.INTEGER, title="公办"))  # fmt: skip
    rows = [["编号", "名称", "床位数", ""], ["", "", "民办", "公办"], ["A1", "甲", 1, 2], ["A2", "乙", 3, 4]]
    merged = [(0, 0, 1, 0, "编号"), (0, 1, 1, 1, "名称"), (0, 2, 0, 3, "床位数")]
    _, accepted = read(tmp_path, dataset(*columns), ("xlsx", as_workbook(rows, merged)))
    assert accepted == [["A1", "甲", "1", "2"], ["A2", "乙", "3", "4"]]


def test_rows_apart_from_their_header_refuse_the_file(tmp_path: Path) -> None:
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TWO)
    text = f"<table><tr>{head}</tr></table><table>{rows}</table>"
    delivery, accepted = read(tmp_path, dataset(), ("xls", text.encode()))
    assert (delivery.state, accepted) == (DeliveryState.REFUSED, [])


def test_names_inside_an_object_are_no_second_columns(tmp_path: Path) -> None:
    text = '[{"编号":"A1","名称":"甲","床位数":1,"街道":{"编号":"T1","名称":"沭城"}}]'
    _, accepted = read(tmp_path, dataset(), ("json", text.encode()))
    assert accepted == [BOTH[0]]


def test_a_sheet_that_speaks_of_the_columns_is_no_table(tmp_path: Path) -> None:
    content = as_sheets({"数据": [HEADER, *TWO], "填表说明": [["编号、名称、床位数为必填项，请如实填写。"]]})
    _, accepted = read(tmp_path, dataset(), ("xlsx", content))
    assert accepted == BOTH


def test_the_controls_of_a_page_are_what_they_show(tmp_path: Path) -> None:
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    cells = ("<td><input type=hidden value=9>A1<script>7</script></td>"
             "<td><select><option>丙</option><option selected>甲</option><option>丁</option></select></td>"
             '<td><input value="1"></td>')  # fmt: skip
    text = f"<table><tr>{head}</tr><tr>{cells}</tr><tr><td>A2</td><td><select><option>乙<option>丙</select></td><td>2</td></tr></table>"
    _, accepted = read(tmp_path, dataset(), ("xls", text.encode()))
    assert accepted == BOTH
