"""Every format has its reader, whatever the file is called."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from xlwt.CompoundDoc import XlsDoc

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.reading.cells import canonical
from shuyang_data.reading.grid import Aside, SourceTable
from shuyang_data.reading.read import read_csv_rows, read_parts, read_sheets, read_source, read_tables, read_whole

ROWS = [["001", "颐养院"], ["002", "幸福院㐂"]]


def written(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def only(path: Path) -> tuple[list[str], list[list[str]]]:
    (table,) = read_source(path)
    return table.columns, table.rows


@pytest.mark.parametrize(
    "document",
    [
        [{"code": "001", "name": "颐养院"}, {"code": "002", "name": "幸福院㐂"}],
        {"success": True, "result": {"total": 2, "records": [{"code": "001", "name": "颐养院"}, {"code": "002", "name": "幸福院㐂"}]}},
        {"fields": [{"id": "code"}, {"id": "name"}], "records": [{"code": "001", "name": "颐养院"}, {"code": "002", "name": "幸福院㐂"}]},
        {"columns": ["code", "name"], "data": ROWS},
        {"code": ["001", "002"], "name": ["颐养院", "幸福院㐂"]},
    ],
)  # fmt: skip
def test_json_in_its_envelopes(tmp_path: Path, document: object) -> None:
    assert only(written(tmp_path, "x.csv", json.dumps(document, ensure_ascii=False))) == (["code", "name"], ROWS)


def test_numbers_of_json_stand_as_they_stood_and_nested_objects_become_columns(tmp_path: Path) -> None:
    text = '{"a": 1.50, "b": {"c": 321322199001011234, "d": null}, "e": [1, 2]}\n{"a": 1e5, "b": {"c": 2}}\n'
    assert only(written(tmp_path, "x.json", text)) == (
        ["a", "b.c", "b.d", "e"], [["1.50", "321322199001011234", "", '[1, 2]'], ["1e5", "2", "", ""]],
    )  # fmt: skip


def test_xml_records_with_their_parents_attributes(tmp_path: Path) -> None:
    text = '<all><town code="100"><row><code>001</code><name>颐养院</name></row><row><code>003</code></row></town><town code="101"><row><code>002</code><name>幸福院㐂</name></row></town></all>'
    assert only(written(tmp_path, "x", text)) == (
        ["code", "name", "town.code"], [[*ROWS[0], "100"], ["003", "", "100"], [*ROWS[1], "101"]],
    )  # fmt: skip


def test_xml_fields_named_by_an_attribute(tmp_path: Path) -> None:
    rows = "".join(f'<row><field name="code">{c}</field><field name="name">{n}</field></row>' for c, n in ROWS)
    assert only(written(tmp_path, "x.xml", f"<?xml version='1.0'?><set>{rows}</set>")) == (["code", "name"], ROWS)


def test_a_workbook_of_2003_in_xml(tmp_path: Path) -> None:
    cells = "".join(
        f"<Row>{''.join(f'<Cell><Data>{cell}</Data></Cell>' for cell in row)}</Row>"
        for row in [["编号", "名称"], *ROWS]
    )
    text = f"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet><Table>{cells}</Table></Worksheet></Workbook>"
    assert only(written(tmp_path, "x.xls", text)) == (["编号", "名称"], ROWS)


def test_a_web_page_called_workbook(tmp_path: Path) -> None:
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in [["编号", "名称"], *ROWS])
    page = f"<html><body><table><tr><td colspan=2>名录</td></tr>{body}</table></body></html>"
    assert only(written(tmp_path, "x.xls", page, "gb18030")) == (["编号", "名称"], ROWS)


def a_dbf(encoding: str) -> bytes:
    fields = [("CODE", 8), ("NAME", 20)]
    head = struct.pack("<BBBBIHH20x", 3, 126, 1, 1, 3, 32 + 32 * len(fields) + 1, 29)
    described = b"".join(
        name.encode().ljust(11, b"\0") + b"C" + bytes(4) + bytes([size]) + bytes(15) for name, size in fields
    )
    records = [(b" ", *ROWS[0]), (b" ", *ROWS[1]), (b"*", "003", "已删")]
    body = b"".join(
        mark + code.encode().ljust(8) + name.encode(encoding).ljust(20) for mark, code, name in records
    )  # fmt: skip
    return head + described + b"\r" + body + b"\x1a"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_dbf_without_its_deleted_records(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "x.dbf", a_dbf(encoding))
    assert only(path) == (["CODE", "NAME"], ROWS)
    assert "1 条" in read_source(path)[0].told[0]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE `t` (`code` varchar(9), `name` varchar(9));\nINSERT INTO `t` VALUES ('001','颐养院'),('002','幸福院㐂');",
        "-- dump\nINSERT INTO t (code, name) VALUES ('001', '颐养院');\nINSERT INTO t (code, name) VALUES ('002', N'幸福院㐂');",
        "INSERT INTO `s`.`t` (`code`,`name`) VALUES ('001','颐养院'),\n('002','幸福院㐂');",
    ],
)
def test_sql_dumps(tmp_path: Path, text: str) -> None:
    assert only(written(tmp_path, "x.sql", text)) == (["code", "name"], ROWS)


def test_values_of_a_dump_keep_their_characters(tmp_path: Path) -> None:
    text = r"INSERT INTO `t` (`a`,`b`,`c`,`d`) VALUES ('it\'s; (ok), \"x\"',NULL,-1.50,'a''b');"
    assert only(written(tmp_path, "x.sql", text))[1] == [['it\'s; (ok), "x"', "", "-1.50", "a'b"]]


def a_zip(*members: tuple[str, bytes], old_names: bool = False) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name.encode("gb18030").decode("cp437") if old_names else name)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    made = target.getvalue()
    return made.replace(b"\x00\x08", b"\x00\x00") if old_names else made


CSV = "编号,名称\n001,颐养院\n002,幸福院㐂\n".encode()


def test_an_archive_of_archives_names_what_it_did_not_read(tmp_path: Path) -> None:
    inner = a_zip(("甲.csv", CSV))
    path = written(tmp_path, "x.zip", a_zip(("内.zip", inner), ("乙.csv", CSV), ("说明.pdf", b"%PDF-1.4")))
    first, second, apart = read_whole(path)
    assert [(t.name, t.rows) for t in (first, second) if isinstance(t, SourceTable)] == [
        ("内.zip/甲", ROWS),
        ("乙", ROWS),
    ]
    assert apart == Aside("说明.pdf", "文档、图片或说明，不是数据")


def test_other_archives(tmp_path: Path) -> None:
    assert only(written(tmp_path, "x.csv.gz", gzip.compress(CSV))) == (["编号", "名称"], ROWS)
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        info = tarfile.TarInfo("folder/x.csv")
        info.size = len(CSV)
        archive.addfile(info, io.BytesIO(CSV))
    (table,) = read_source(written(tmp_path, "x.tgz", target.getvalue()))
    assert table.rows == ROWS
    assert "folder/x" in table.name


def test_several_tables_in_one_sheet_and_hidden_sheets(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("表")
    for column, start in ((0, 10), (4, 20)):
        sheet.write_row(0, column, ["镇街", "人口"])
        for row in range(1, 6):
            sheet.write_row(row, column, [f"镇{start + row}", start * row])
    hidden = book.add_worksheet("隐藏")
    hidden.write_row(0, 0, ["a", "b"])
    hidden.hide()
    book.close()
    tables = read_tables(path)
    assert [(table["columns"], len(table["rows"])) for table in tables] == [(["镇街", "人口"], 5)] * 2
    assert tables[1]["rows"][0] == ["镇21", "20"]


def test_rows_of_a_text_stand_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "a;b\n1,5;  x\n'y';\"z;\"\n")
    assert read_csv_rows(path) == [["a", "b"], ["1,5", "  x"], ["'y'", "z;"]]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1, 2", b"<a><b></a>", b"%PDF-1.7", b"7z\xbc\xaf\x27\x1c"])
def test_what_holds_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DeliveryRefusedError):
        read_source(written(tmp_path, "x", content))


@pytest.mark.parametrize(
    ("values", "canonical_text"),
    [
        (["1 702", "２３", "-4.50"], ["1702", "23", "-4.50"]),
        (["2023年9月11日", "2023/9/1", "2023.12.3"], ["2023-09-11", "2023-09-01", "2023-12-03"]),
        (["E0001", "E0002"], ["E0001", "E0002"]),
        (["007", "12"], ["007", "12"]),
        (["321322199001011234", "1"], ["321322199001011234", "1"]),
        (["1,234", "5"], ["1234", "5"]),
        (["1,24", "x"], ["1,24", "x"]),
    ],
)
def test_only_numbers_and_dates_are_written_in_one_way(values: list[str], canonical_text: list[str]) -> None:
    assert canonical(values) == canonical_text


def test_an_open_document_sheet(tmp_path: Path) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = ["".join(map(cell.format, row)) for row in [["编号", "名称"], *ROWS]]
    cells = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{office}office:1.0" xmlns:table="{office}table:1.0" xmlns:text="{office}text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="表">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    path = tmp_path / "x.et"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
    assert only(path) == (["编号", "名称"], ROWS)


def test_signatures_below_a_table_are_no_rows_and_no_columns(tmp_path: Path) -> None:
    text = "镇街,人口\n沭城街道,1\n塘沟镇,2\n填表人：甲,审核人：乙,填报日期：2026年1月1日\n"
    assert only(written(tmp_path, "x.csv", text)) == (["镇街", "人口"], [["沭城街道", "1"], ["塘沟镇", "2"]])


def test_a_comma_inside_quotes_on_every_line_is_no_delimiter(tmp_path: Path) -> None:
    lines = "".join(f'站{n},"119.{n},29.{n}"\n' for n in range(5))
    assert only(written(tmp_path, "x.csv", lines))[1][0] == ["站0", "119.0,29.0"]


def biff5(code_page: int, encoding: str, *texts: str) -> bytes:
    """A workbook's stream as Excel 5 and 95 wrote it: texts in the code page of the machine."""

    def record(kind: int, body: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHH", 0x500, kind, 0xDBB, 1996))

    cells = [text.encode(encoding) for text in texts]
    sheet = begin(0x10) + b"".join(
        record(0x204, struct.pack("<HHHH", row, 0, 0, len(cell)) + cell) for row, cell in enumerate(cells)
    )
    head = begin(5) + record(0x42, struct.pack("<H", code_page)) + record(0xE0, bytes(16))
    size = len(head) + 4 + 7 + len("S") + 4
    return head + record(0x85, struct.pack("<IHB", size, 0, 1) + b"S") + record(0x0A) + sheet + record(0x0A)


def in_ole(stream: bytes, name: str, path: Path) -> Path:
    """The stream in a container, under the name that its version gives it."""
    XlsDoc().save(str(path), stream)
    content = bytearray(path.read_bytes())
    place, wide = content.find("Workbook".encode("utf-16-le")), name.encode("utf-16-le")
    content[place : place + 66] = wide.ljust(64, b"\0") + struct.pack("<H", len(wide) + 2)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["Book", "Workbook"])
@pytest.mark.parametrize(("code_page", "encoding"), [(936, "gbk"), (1252, "latin-1")])
def test_a_workbook_of_excel_5_is_named_as_such(tmp_path: Path, name: str, code_page: int, encoding: str) -> None:
    """Seen: in its container such a workbook came out with a NUL behind every byte of Chinese."""
    texts = ("编号", "甲") if encoding == "gbk" else ("no", "a")
    path = in_ole(biff5(code_page, encoding, *texts), name, tmp_path / "x.xls")
    with pytest.raises(DeliveryRefusedError, match=r"Excel 5\.0 及更早"):
        read_sheets(path)


def test_dumps_of_other_servers_are_read_whole(tmp_path: Path) -> None:
    """SQL Server: no INTO, brackets, no semicolons, dates in CAST; Oracle: TO_DATE. A clause behind the rows is no row."""
    text = (
        "USE [db]\nGO\nSET IDENTITY_INSERT [dbo].[t] ON\nINSERT [dbo].[t] ([id], [n]) VALUES (1, N'甲'), (2, NULL)\n"
        "INSERT [dbo].[t] ([id], [n]) VALUES (3, N'丙''GO')\nGO\n"
        "INSERT [dbo].[t] ([id], [n]) VALUES (4, CAST(N'2020-01-01' AS Date))\nGO\n"
    )
    (table,) = read_source(written(tmp_path, "x.sql", text))
    assert (table.columns, table.rows) == (["id", "n"], [["1", "甲"], ["2", ""], ["3", "丙'GO"], ["4", "2020-01-01"]])
    text = (
        "DELETE FROM t;\nINSERT INTO t (a, b) VALUES (1, 'GO');\n"
        "INSERT INTO t (a, b) VALUES (2, TO_DATE('2020-01-01', 'YYYY-MM-DD')) ON CONFLICT (a) DO UPDATE SET b='y';\n"
        "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n"
    )
    (table,) = read_source(written(tmp_path, "y.sql", text))
    assert table.rows == [["1", "GO"], ["2", "2020-01-01"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT INTO t (a) VALUES (1);\nUPDATE t SET a = 2;\n", "UPDATE 语句改动了"),
        ("INSERT INTO t (a) VALUES (1);\nDELETE FROM t WHERE a = 1;\n", "DELETE 语句改动了"),
        ("INSERT INTO t (a) VALUES (1);\nINSERT INTO t SELECT * FROM s;\n", "不是逐行列出的值"),
        ("SET x = 1;\nCOPY public.t (a, b) FROM stdin;\n1\t甲\n\\.\n", "COPY"),
    ],
)
def test_a_dump_whose_rows_do_not_stand_in_it_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DeliveryRefusedError, match=said):
        read_source(written(tmp_path, "x.sql", text))


def test_what_stands_beside_json_rows_is_there(tmp_path: Path) -> None:
    """Seen: the county beside a map of towns, and the number of a GeoJSON feature, were lost; numbers became texts."""
    document = {"县": "沭阳", "镇": {"沭城": {"人口": 1}, "庙头": {"人口": 3}}}
    towns, county = read_source(written(tmp_path, "x.json", json.dumps(document, ensure_ascii=False)))
    assert (towns.rows, county.columns, county.rows) == ([["沭城", "1"], ["庙头", "3"]], ["县"], [["沭阳"]])
    feature = {
        "type": "Feature",
        "id": 7,
        "properties": {"n": "甲"},
        "geometry": {"type": "Point", "coordinates": [118.10, 34]},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}).replace("118.1", "118.10")
    assert only(written(tmp_path, "y.json", text)) == (
        ["n", "id", "geometry"], [["甲", "7", '{"type": "Point", "coordinates": [118.10, 34]}']]
    )  # fmt: skip


def test_elements_with_a_number_and_one_value_are_rows(tmp_path: Path) -> None:
    """Seen: a row with an id and one child was taken for a field of its list, and the list's other rows were lost."""
    body = '<meta><unit>民政局</unit></meta><list t="养老"><row id="1"><n>甲</n><g>a</g><g>b</g></row><row id="2"><n>乙</n></row></list>'
    assert only(written(tmp_path, "x.xml", f"<r>{body}</r>")) == (
        ["id", "n", "g", "list.t"], [["1", "甲", "a;b", "养老"], ["2", "乙", "", "养老"]]
    )  # fmt: skip
    assert [(p.name, p.rows) for p in read_parts(tmp_path / "x.xml") if isinstance(p, Aside)] == [("meta.unit", 1)]
    for row in ('<row id="1"><n>甲</n></row><row id="2"><n>乙</n></row>', '<row id="1">甲</row><row id="2">乙</row>'):
        assert only(written(tmp_path, "y.xml", f"<r>{row}</r>"))[1] == [["1", "甲"], ["2", "乙"]]


def test_text_beside_elements_stays_whole(tmp_path: Path) -> None:
    """Seen: `丙<b>丁</b>戊` was 丁."""
    path = written(tmp_path, "x.xml", "<r><row><n>丙<b>丁</b>戊</n></row><row><n>己</n></row></r>")
    columns, rows = only(path)
    assert [row[columns.index("n")] for row in rows] == ["丙丁戊", "己"]


def test_inserts_are_united_by_the_names_of_their_columns(tmp_path: Path) -> None:
    """Seen: the second list's values stood under the first one's names; of INSERT ALL only the first row was there."""
    text = (
        "INSERT INTO t (code,name,beds) VALUES ('K1','甲院',10);\nINSERT INTO t (name,code,phone) VALUES ('乙院','K2','138');\n"
        "INSERT ALL\n INTO t (code,name) VALUES ('K3','丙院')\n INTO t (code,name) VALUES ('K4','丁院')\nSELECT 1 FROM DUAL;\n"
    )
    assert only(written(tmp_path, "x.sql", text)) == (
        ["code", "name", "beds", "phone"],
        [["K1", "甲院", "10", ""], ["K2", "乙院", "", "138"], ["K3", "丙院", "", ""], ["K4", "丁院", "", ""]],
    )


@pytest.mark.parametrize("value", ["CONCAT('甲','院')", "NOW()", "CURRENT_DATE", "5 + 5", "'a' || 'b'"])
def test_what_a_server_would_calculate_is_no_value(tmp_path: Path, value: str) -> None:
    ((row,),) = [only(written(tmp_path, "x.sql", f"INSERT INTO t (a, b) VALUES ('K1', {value});\n"))[1]]
    assert row == ["K1", f"#无结果! ={value}"]


def test_an_attribute_called_like_a_child_is_a_field_of_its_own(tmp_path: Path) -> None:
    rows = "".join(f'<机构 编号="{n}"><编号>K{n}</编号><名称>院{n}</名称></机构>' for n in (1, 2))
    for head in ("", '<?xml version="1.0" encoding="UTF-8"?>'):
        assert only(written(tmp_path, "x.xml", f"{head}<机构表>{rows}</机构表>")) == (
            ["@编号", "编号", "名称"], [["1", "K1", "院1"], ["2", "K2", "院2"]]
        )  # fmt: skip


def test_a_list_inside_a_record_is_a_table_where_its_fields_would_lose_each_other(tmp_path: Path) -> None:
    """Seen: 村.名 甲;乙 beside 村.户 2, which was 乙's."""
    body = (
        '<镇 名="沭城"><书记>张</书记><村><名>甲</名></村><村><名>乙</名><户>2</户></村></镇><镇 名="庙头"><书记>李</书记></镇>'
        '<镇 名="十字"><书记>王</书记><村><名>丙</名><户>3</户></村></镇>'
    )
    villages, towns = read_source(written(tmp_path, "x.xml", f"<数据>{body}</数据>"))
    assert (villages.columns, villages.rows) == (
        ["名", "镇.名", "镇.书记", "户"], [["甲", "沭城", "张", ""], ["乙", "沭城", "张", "2"], ["丙", "十字", "王", "3"]]
    )  # fmt: skip
    assert towns.rows == [["庙头", "李"]]


def test_every_member_of_an_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("城区.csv", "__MACOSX/乡镇.csv", "__MACOSX/._城区.csv", ".DS_Store", "Thumbs.db", "~$城区.xlsx"):
            archive.writestr(name, "编号,名称\n1,甲\n")
    told = {part.name or part.member: type(part) for part in read_parts(path)}
    assert {name for name, kind in told.items() if kind is Aside} == {
        "__MACOSX/._城区.csv",
        ".DS_Store",
        "Thumbs.db",
        "~$城区.xlsx",
    }
    assert len(told) == 6
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(written(tmp_path, "a.csv", "编号,名称\n1,甲\n"), "a.csv")
        link = tarfile.TarInfo("链接.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "a.csv"
        tar.addfile(link)
    (aside,) = [part for part in read_parts(tmp_path / "x.tar") if isinstance(part, Aside)]
    assert (aside.name, aside.why) == ("链接.csv", "链接，不是文件")
