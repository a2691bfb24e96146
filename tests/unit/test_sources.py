"""Kinds of files that were read wrong or refused for the wrong reason: each is read right, or refused by its name."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.reading.formats.dialect import detect_dialect
from shuyang_data.reading.formats.workbook import with_unicode
from shuyang_data.reading.grid import Aside, SourceTable, make_grid
from shuyang_data.reading.read import read_source, read_whole
from shuyang_data.reading.tables import find_tables


def written(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def shown(path: Path) -> list[tuple[list[str], list[list[str]]]]:
    return [(table.columns, table.rows) for table in read_source(path)]


@pytest.mark.parametrize(
    "lines",
    [
        ["地区,2023", "北京,2185", "上海,2487", "天津,1364"],
        ["指标,2020-03", "采矿业,-1.7", "制造业,-10.2", "电力,-5.2"],
        ["指标,2023年", "采矿业,1", "制造业,2"],
        ["日期,320101,320102,320106", "2020-01-01,12.5,11,10.25", "2020-01-02,13,12,9", "2020-01-03,14,12,9"],
        ["指标,2020Q1,2020Q2", "采矿业,1.5,2", "制造业,3,4"],
        ["行业,202001,202002", "甲,1.5,2", "乙,3,4"],
        ["年度,2023", "出生,5", "死亡,6"],
        ["站点,2026-11-01,2026-11-02", "甲,10,20", "乙,30,40"],
        ["代码,01,02,03", "合格,5,2,3", "不合格,4,5,6"],
    ],
)
def test_headers_of_one_year_of_periods_or_of_codes_are_headers(tmp_path: Path, lines: list[str]) -> None:
    ((columns, rows),) = shown(written(tmp_path, "x.csv", "\n".join(lines) + "\n"))
    assert columns == lines[0].split(",")
    assert rows == [line.split(",") for line in lines[1:]]


def test_a_row_of_equal_years_belongs_to_the_header(tmp_path: Path) -> None:
    text = ",研发经费,新产品,人员\n,2012,2012,2012\n北京,197.3,252.7,5.3\n天津,255.8,219.2,6.0\n河北,198,179,5.5\n"
    ((columns, rows),) = shown(written(tmp_path, "x.csv", text))
    assert (columns, len(rows)) == (["", "研发经费 2012", "新产品 2012", "人员 2012"], 3)


def test_years_that_are_data_stay_data() -> None:
    (table,) = find_tables(make_grid([["2019", "2020"], ["2021", "2022"], ["2020", "2019"]], handmade=False))
    assert (table.header, len(table.rows)) == ((), 3)


def test_a_table_without_header_keeps_its_first_row_beside_an_equal_one() -> None:
    """Seen: lost as a repeated header."""
    rows = [["甲", "沭城"], ["甲", "沭城"], ["乙", "庙头"], ["丙", "沭城"]]
    (table,) = find_tables(make_grid(rows, handmade=False))
    assert (table.header, table.rows) == ((), rows)


BREAKS = st.lists(st.sampled_from(["街道\n1号", "街道\r\n1号", "a,b\nc", "平\n安\n里"]), min_size=5, max_size=9)


@given(BREAKS, st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=40, deadline=None)
def test_breaks_inside_quotes_in_most_rows_end_no_row(
    tmp_path_factory: pytest.TempPathFactory, addresses: list[str], end: str
) -> None:
    lines = ["编号,名称,地址,床位", *(f'K{n},第{n}院,"{address}",{n}' for n, address in enumerate(addresses))]
    ((_, rows),) = shown(written(tmp_path_factory.mktemp("x"), "x.csv", end.join(lines) + end))
    assert [row[2].replace("\r\n", "\n") for row in rows] == [address.replace("\r\n", "\n") for address in addresses]


@pytest.mark.parametrize("mark", ["^", "\x01", "\x1f", "~", "，", "||"])
def test_rare_delimiters_are_known(tmp_path: Path, mark: str) -> None:
    lines = [["编号", "名称", "地址"], *([f"K{n}", f"第{n}院", f"街道{n}号"] for n in range(4))]
    ((columns, rows),) = shown(written(tmp_path, "x.csv", "\n".join(mark.join(line) for line in lines) + "\n"))
    assert ([name for name in columns if name], [[cell for cell in row if cell] for row in rows]) == (
        lines[0],
        lines[1:],
    )


def test_a_comma_inside_texts_stays_there() -> None:
    assert detect_dialect(["名称，别名;地址", "甲，乙;沭城，东", "丙，丁;庙头"]).delimiter == ";"


@pytest.mark.parametrize("declared", ["GBK", "gb2312", "GB18030", "big5"])
def test_xml_in_an_encoding_of_two_bytes(tmp_path: Path, declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><r><a><名>一村</名></a><a><名>二村</名></a></r>'
    assert shown(written(tmp_path, "x.xml", text, declared)) == [(["名"], [["一村"], ["二村"]])]


def test_every_list_of_xml_is_a_table_and_parents_without_records_are_kept(tmp_path: Path) -> None:
    text = (
        "<r><总数>3</总数><镇><名称>沭城</名称><村><名>一村</名></村><村><名>二村</名></村></镇>"
        "<镇><名称>空镇</名称></镇><路><名>甲路</名></路><路><名>乙路</名></路></r>"
    )
    tables = {table.name: (table.columns, table.rows) for table in read_source(written(tmp_path, "x.xml", text))}
    assert tables == {
        "村": (["名", "镇.名称"], [["一村", "沭城"], ["二村", "沭城"]]),
        "路": (["名"], [["甲路"], ["乙路"]]),
        "镇": (["名称"], [["空镇"]]),
    }


def test_what_repeats_inside_a_record_of_xml_is_joined(tmp_path: Path) -> None:
    """Seen: only the last one stayed."""
    text = (
        "<r>"
        + "".join(
            f"<院><号>{n}</号><名>{n}</名><址>{n}</址><房><床>{n}1</床></房><房><床>{n}2</床></房></院>" for n in (1, 2)
        )
        + "</r>"
    )
    cells = {cell for _, rows in shown(written(tmp_path, "x.xml", text)) for row in rows for cell in row}
    assert {part for cell in cells for part in cell.split(";")} >= {"11", "12", "21", "22"}


def test_folders_of_kml_are_columns(tmp_path: Path) -> None:
    text = (
        "<kml><Document><name>x</name><Folder><name>东</name><Placemark><name>甲</name></Placemark><Placemark><name>乙</name>"
        "</Placemark></Folder><Folder><name>西</name><Placemark><name>丙</name></Placemark></Folder></Document></kml>"
    )
    assert shown(written(tmp_path, "x.kml", text)) == [
        (["name", "Folder.name"], [["甲", "东"], ["乙", "东"], ["丙", "西"]])
    ]  # fmt: skip


def parts_of(folder: Path, document: object) -> list[tuple[str, object]]:
    path = written(folder, "x.json", json.dumps(document, ensure_ascii=False))
    return [(p.name, p.rows if isinstance(p, SourceTable) else p.why) for p in read_whole(path)]


def test_json_keeps_the_keys_of_a_map_of_lists_and_tells_empty_ones(tmp_path: Path) -> None:
    document = {"沭城镇": [{"村": "一村"}, {"村": "二村"}], "庙头镇": [{"村": "三村"}], "空镇": []}
    assert parts_of(tmp_path, document) == [
        ("x", [["沭城镇", "一村"], ["沭城镇", "二村"], ["庙头镇", "三村"]]), ("空镇", "空列表")
    ]  # fmt: skip


def test_a_field_that_is_called_like_the_key_of_its_map_stays_too(tmp_path: Path) -> None:
    document = {"沭城镇": [{"key": "1"}, {"key": "2"}], "庙头镇": [{"key": "3"}]}
    rows = [["沭城镇", "1"], ["沭城镇", "2"], ["庙头镇", "3"]]
    assert parts_of(tmp_path, document) == [("x", rows)]


def test_half_a_character_beside_a_list_is_the_mark_of_a_lost_one(tmp_path: Path) -> None:
    text = '{"名\\ud842": "甲\\ud842", "表": [{"a": "1"}]}'
    record = read_source(written(tmp_path, "x.json", text))[-1]
    assert (record.columns, record.rows) == (["名\ufffd"], [["甲\ufffd"]])


def test_json_keeps_the_record_around_its_lists(tmp_path: Path) -> None:
    document = {"code": 0, "data": {"编号": "A1", "房间": [{"房号": "1"}, {"房号": "2"}], "标签": ["a", "b"]}}
    assert parts_of(tmp_path, document) == [
        ("data.房间", [["1"], ["2"]]), ("data", [["A1"]]), ("data.标签", "不是记录的列表")
    ]  # fmt: skip


def test_an_envelope_with_an_empty_list_is_no_map(tmp_path: Path) -> None:
    assert parts_of(tmp_path, {"rows": [{"a": "1"}], "errors": []}) == [("rows", [["1"]]), ("errors", "空列表")]


@pytest.mark.parametrize(
    "text", ['callback({"data":[{"a":1}]});', 'var data = [{"a": 1}];', '/**/ jQuery1_2([{"a":1}])']
)
def test_jsonp_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeliveryRefusedError, match="JSONP"):
        read_source(written(tmp_path, "x.json", text))


def test_half_a_character_of_json_is_the_mark_of_a_lost_one(tmp_path: Path) -> None:
    """Seen: one lone surrogate blocked its data set for ever."""
    assert shown(written(tmp_path, "x.json", '[{"a\\ud842": "\\ud842院", "b": "\\ud842\\udfb7"}]')) == [
        (["a\ufffd", "b"], [["\ufffd院", "\U00020bb7"]])
    ]  # fmt: skip


def test_a_refused_encoding_names_line_and_byte(tmp_path: Path) -> None:
    content = "编号,名称\n1,甲\n".encode() + "2,乙\n".encode("gb18030")[:-1] + b"\xff\n"
    with pytest.raises(DeliveryRefusedError, match="第 3 行第 23 字节") as refused:
        read_source(written(tmp_path, "x.csv", content))
    assert "0x" in str(refused.value)


def a_dbf(*names: bytes) -> bytes:
    field = struct.pack("<11sc4xBB14x", "编号".encode("gb18030"), b"C", 9, 0)
    header = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, len(names), 32 + 32 + 1, 10)
    return header + field + b"\x0d" + b"".join(b" " + name.ljust(9)[:9] for name in names) + b"\x1a"


def test_a_cut_character_of_a_dbf_flags_its_row(tmp_path: Path) -> None:
    names = [name.encode("gb18030") for name in ("沭城", "沭城街道办", "庙头")]
    (table,) = read_source(written(tmp_path, "x.dbf", a_dbf(*names)))
    assert [row[0] for row in table.rows] == ["沭城", "沭城街道\ufffd", "庙头"]
    assert list(table.faults) == [2]


def a_workbook() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate((["编号", "名称"], ["1", "甲"], ["2", "乙"])):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def test_a_workbook_that_was_not_packed_is_read_inside_an_archive(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("名录.xlsx", a_workbook())
        archive.writestr("图.png", b"\x89PNG\r\n\x1a\n")
    table, picture = read_whole(written(tmp_path, "x.zip", target.getvalue()))
    assert isinstance(table, SourceTable)
    assert (table.name, table.rows) == ("名录/表", [["1", "甲"], ["2", "乙"]])
    assert picture == Aside("图.png", "文档、图片或说明，不是数据")


def test_a_code_page_does_not_make_garbage_of_unicode() -> None:
    begin = b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12)
    noted = begin + b"\x42\x00\x02\x00\xa8\x03" + b"rest"
    assert with_unicode(b"OLE" + noted) == b"OLE" + begin + b"\x42\x00\x02\x00\xb0\x04" + b"rest"
    older = noted.replace(b"\x00\x06\x05\x00", b"\x00\x05\x05\x00")
    assert with_unicode(older) == older


@pytest.mark.parametrize("begin", ["09000400", "09020600", "09040600", "09080800"])
def test_workbooks_of_excel_2_to_5_are_refused_by_their_name(tmp_path: Path, begin: str) -> None:
    """Seen: read as a text of garbage."""
    with pytest.raises(DeliveryRefusedError, match="Excel 5.0"):
        read_source(written(tmp_path, "x.xls", bytes.fromhex(begin) + bytes(8) + b"\x04\x00\x09\x00ab\n"))


@pytest.mark.parametrize("head", [b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"{\\rtf1"])
def test_documents_and_pictures_are_refused_as_such(tmp_path: Path, head: bytes) -> None:
    with pytest.raises(DeliveryRefusedError, match="文档或图片"):
        read_source(written(tmp_path, "x.csv", head + bytes(40)))
