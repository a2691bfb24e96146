"""What a spreadsheet could not calculate is told with its place; it never becomes an empty cell."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile

from shuyang_data.reading.damage import Damage, damaged_cells
from shuyang_data.reading.formats.biff import short_number
from shuyang_data.reading.read import read_sheets, read_source
from shuyang_data.standard.damaged import FAILED, SCIENTIFIC

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


SHOWN = [
    ("000000", 1, "000001"), ("0.0%", 0.165, "16.5%"), ("0%", 0.16543, "16.543%"), ("0.00%", 1, "100.00%"),
    ("[h]:mm", 2.5, "60:00"), ("[h]:mm:ss", 0.5, "12:00:00"), ("[mm]:ss", 0.05, "72:00"),
    ('"K"000', 7, "K007"), ("000-0000", 1234567, "123-4567"), ("00000", 123456, "123456"),
    ("0.00", 1.23456, "1.23456"), ("#,##0", 12000, "12000"), ('0"张"', 120, "120"), ('"¥"#,##0.00', 5.5, "5.5"),
    ("[Red]0000", 12, "0012"), ('"是";"负";"否"', 1, "是"), ('"是";"负";"否"', 0, "否"), ('"是";"负"', -1, "负"),
    ('[=1]"男";[=2]"女";0', 2, "女"), ('[>=10]"高"00;"低"00', 5, "低05"), ('0;-0;"-"', 0, "0"), ("0.0%;[Red]-0.0%", -0.055, "-5.5%"),
    ('0.00_);[Red]\\(0.00\\)', -5.5, "-5.5"), ('_ "¥"* #,##0.00_ ;_ "¥"* \\-#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ', -5.5, "-5.5"),
    ('[=1]"男";[=2]"女";', 9, "9"), ('[=1]"男";[=2]"女";', 2, "女"), ('"SY"00000;;;', 0, "0"), ('"SY"00000;;;', 7, "SY00007"),
    ("[$-804]aaaa;@", 46327, "星期日"), ("aaa", 46328, "一"), ("dddd", 46327, "Sunday"), ("h:mm", 2.5, "12:00"),
    ('"N"General', 7, "N7"), ('General"元"', 7, "7"), ("000.0", 3.5, "003.5"), ('yyyy"年"m"月"', 46327, "2026-11-01"),
    ("yyyy", 46327, "2026-11-01"), ("@", 12, "12"), ("General", 12, "12"), ("yyyy-mm-dd", 43952, "2020-05-01"),
]  # fmt: skip
PLAIN = {code for code, number, text in SHOWN if text == f"{number:g}" or code in ("0.00", "yyyy-mm-dd")}
# More digits than a number holds.
LONG = [
    ("0" * 18, 321322199001011234),
    ("0000 0000 0000 0000000", 6217001234567890123),
    ("000", 12345678901234567),
    ("0%", 1e16),
]


@pytest.mark.parametrize(("code", "number"), LONG)
def test_no_format_shows_digits_that_are_lost(tmp_path: Path, code: str, number: float) -> None:
    """Seen: 321322199001011300 for 321322199001011234, told as what the format shows."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet().write_number(0, 0, number, book.add_format({"num_format": code}))
    old = xlwt.Workbook()
    old.add_sheet("S").write(0, 0, float(number), xlwt.easyxf(num_format_str=code))
    old.save(tmp_path / "x.xls")
    for path in (tmp_path / "x.xlsx", tmp_path / "x.xls", a_binary_workbook(tmp_path / "x.xlsb", code, float(number))):
        texts = [cell for row in read_sheets(path)[0].rows for cell in row]
        assert any(re.fullmatch(SCIENTIFIC, text) for text in texts), texts


@pytest.mark.parametrize(("code", "number", "text"), SHOWN)
def test_a_number_is_what_its_format_shows(tmp_path: Path, code: str, number: float, text: str) -> None:
    """Seen: 1 for 000001 in silence, `2 days, 12:00:00` for 60:00."""
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编号", "数"])
        sheet.write(1, 0, "a")
        sheet.write_number(1, 1, number, book.add_format({"num_format": code}))
    (grid,) = read_sheets(path)
    assert grid.rows[1] == ["a", text]
    assert bool(grid.notes) or code in PLAIN


@pytest.mark.parametrize(("code", "number", "text"), SHOWN)
def test_a_number_of_an_older_workbook_is_what_its_format_shows(
    tmp_path: Path, code: str, number: float, text: str
) -> None:
    """Single numbers, short ones, several in one record, and results of formulas."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    style = xlwt.easyxf(num_format_str=code)
    for row, cells in enumerate((["编号", "数", "数二"], ["a", number, number], ["b", number])):
        for column, value in enumerate(cells):
            sheet.write(row, column, value, style if value == number else xlwt.Style.default_style)
    book.save(tmp_path / "x.xls")
    (grid,) = read_sheets(tmp_path / "x.xls")
    assert grid.rows[1:] == [["a", text, text], ["b", text, ""]]
    assert bool(grid.notes) or code in PLAIN


@pytest.mark.parametrize(("code", "number", "text"), SHOWN)
def test_a_number_of_a_binary_workbook_is_what_its_format_shows(
    tmp_path: Path, code: str, number: float, text: str
) -> None:
    (grid,) = read_sheets(a_binary_workbook(tmp_path / "x.xlsb", code, float(number)))
    assert grid.rows[1] == ["a", text]


@pytest.mark.parametrize(
    ("packed", "number"),
    [(0x3FF00000, 1.0), (0x3FF00001, 0.01), (12 << 2 | 2, 12.0), (1234 << 2 | 3, 12.34), (0xFFFFFFFE, -1.0),
     (0xFFFFFFFF, -0.01)],
)  # fmt: skip
def test_short_numbers_are_what_they_were(packed: int, number: float) -> None:
    """The examples of [MS-XLS] 2.5.217."""
    assert short_number(packed) == number


def test_a_number_is_the_shortest_spelling_of_itself(tmp_path: Path) -> None:
    """Excel writes 0.165 as 0.16500000000000001, and people see 16.5%."""
    path, copy = tmp_path / "x.xlsx", tmp_path / "y.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_number(0, 0, 0.165, book.add_format({"num_format": "0.0%"}))
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"<v>0.165</v>", b"<v>0.16500000000000001</v>"))
    (grid,) = read_sheets(copy)
    assert grid.rows == [["16.5%"]]


def test_what_a_library_stored_for_a_formula_is_no_result(tmp_path: Path) -> None:
    """Libraries that do not calculate store 0 or an empty text as the result of whatever they write."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as new:
        new.add_worksheet().write_row(0, 0, ["编号", "=SUM(A1:A2)", 0])
        new.get_worksheet_by_name("Sheet1").write_formula(0, 3, "=1+1", None, 2)
    old = xlwt.Workbook()
    sheet = old.add_sheet("S")
    for column, value in enumerate(["编号", xlwt.Formula("SUM(A1:A2)"), 0, xlwt.Formula('IF(A1="","",A1)')]):
        sheet.write(0, column, value)
    old.save(tmp_path / "x.xls")
    (new_grid,), (old_grid,) = read_sheets(tmp_path / "x.xlsx"), read_sheets(tmp_path / "x.xls")
    assert new_grid.rows == [["编号", "#无结果! =SUM(A1:A2)", "0", "2"]]
    assert old_grid.rows == [["编号", "#无结果! =", "0", ""]]


def test_errors_of_a_protected_workbook_are_not_empty(tmp_path: Path) -> None:
    """Office encrypts what is only protected against changes; the reader sees it decrypted, and so must we."""
    plain = io.BytesIO()
    with xlsxwriter.Workbook(plain) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["编号", "床位"])
        sheet.write(1, 0, "a")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    with (tmp_path / "x.xlsx").open("wb") as target:
        OOXMLFile(plain).encrypt("VelvetSweatshop", target)
    (grid,) = read_sheets(tmp_path / "x.xlsx")
    assert grid.rows == [["编号", "床位"], ["a", "#DIV/0!"]]


def test_errors_of_older_workbooks_are_not_empty(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    for name in ("一", "Two"):
        sheet = book.add_sheet(name)
        for row, cells in enumerate((["编号", "数"], ["a", 1], ["b", ""], ["c", ""])):
            for column, value in enumerate(cells):
                if value != "":
                    sheet.write(row, column, value)
        sheet.row(2).set_cell_error(1, 0x2A)
        sheet.row(3).set_cell_error(1, 0x17)
    book.save(tmp_path / "x.xls")
    for grid in read_sheets(tmp_path / "x.xls"):
        assert [row[1] for row in grid.rows] == ["数", "1", "#N/A", "#REF!"]


SPACES = ["office", "table", "text"]
ODS = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in SPACES)


def open_document(path: Path, *rows: str) -> Path:
    content = (
        f'<office:document-content{ODS} xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="S">'
        + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        + "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest/>')
    return path


def text_cell(value: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{value}</text:p></table:table-cell>'


def number_cell(value: str, shown: str, kind: str = "float") -> str:
    name = "time-value" if kind == "time" else "value"
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{value}"><text:p>{shown}</text:p></table:table-cell>'


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (number_cell("0.165", "16.5%", "percentage"), "16.5%"), (number_cell("12", "0012"), "0012"),
        (number_cell("7", "K007"), "K007"), (number_cell("1234567", "123-4567"), "123-4567"),
        (number_cell("120", "120张"), "120"), (number_cell("12", "12.00"), "12"), (number_cell("1234.5", "1,234.5"), "1234.5"),
        (number_cell("-5", "-5"), "-5"), (number_cell("5", "第5号"), "第5号"), (number_cell("1", "是"), "是"),
        (number_cell("5.5", "¥5.50"), "5.5"), (number_cell("PT60H00M00S", "60:00", "time"), "60:00"),
        (number_cell("0", "#DIV/0!"), "#DIV/0!"), (text_cell("b<text:tab/>c<text:line-break/>d"), "b\tc\nd"),
        (text_cell('a<text:s text:c="2"/>b'), "a  b"), (text_cell("甲</text:p><text:p>乙"), "甲\n乙"),
        ('<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
         'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>', "#DIV/0!"),
    ],
)  # fmt: skip
def test_a_cell_of_an_open_document_is_what_it_shows(tmp_path: Path, cell: str, text: str) -> None:
    (grid,) = read_sheets(open_document(tmp_path / "x.ods", text_cell("编号") + text_cell("数"), text_cell("a") + cell))
    assert grid.rows == [["编号", "数"], ["a", text]]


def test_merged_cells_of_an_open_document_stand_on_every_row(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    (table,) = read_source(open_document(
        tmp_path / "x.ods", *("".join(map(text_cell, row)) for row in [("编号", "镇", "数")]),
        text_cell("K1") + text_cell("城关镇", ' table:number-rows-spanned="3"') + number_cell("7", "7"),
        text_cell("K2") + covered + number_cell("8", "8"), text_cell("K3") + covered + number_cell("9", "9"),
    ))  # fmt: skip
    assert table.rows == [["K1", "城关镇", "7"], ["K2", "城关镇", "8"], ["K3", "城关镇", "9"]]


def a_record(kind: int, body: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return number + bytes([len(body)]) + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def a_binary_workbook(path: Path, code: str = "General", number: float = 7.0) -> Path:
    """An .xlsb by the letter of [MS-XLSB], for no library here writes one."""
    cells = {(0, 0): "编号", (0, 1): "数", (1, 0): "a", (2, 0): "b", (1, 1): number, (2, 1): 0x2A}
    formats = a_record(615, struct.pack("<I", 1)) + a_record(44, struct.pack("<H", 164) + wide(code)) + a_record(616)
    styles = [a_record(47, struct.pack("<HH", 0, number) + bytes(12)) for number in (0, 164)]
    styles_part = a_record(278) + formats + a_record(626) + styles[1] + a_record(627)
    styles_part += a_record(617, struct.pack("<I", 2)) + b"".join(styles) + a_record(618) + a_record(279)
    sheet = a_record(129) + a_record(148, struct.pack("<4I", 0, 2, 0, 1)) + a_record(145)
    for row in range(3):
        sheet += a_record(0, struct.pack("<I", row) + bytes(13))
        for column in range(2):
            value = cells[row, column]
            begin = struct.pack("<II", column, int(value == number))
            if isinstance(value, str):
                sheet += a_record(6, begin + wide(value))
            elif isinstance(value, float):
                sheet += a_record(5, begin + struct.pack("<d", value))
            else:
                sheet += a_record(3, begin + bytes([value]))
    book = a_record(131) + a_record(143) + a_record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("表"))
    kinds = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="bin" ContentType="{kinds}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{relation}/officeDocument" '
        'Target="xl/workbook.bin"/></Relationships>',
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relation}/worksheet" Target="worksheets/sheet1.bin"/><Relationship Id="rId2" '
        f'Type="{relation}/styles" Target="styles.bin"/></Relationships>',
        "xl/styles.bin": styles_part,
        "xl/workbook.bin": book + a_record(144) + a_record(132),
        "xl/worksheets/sheet1.bin": sheet + a_record(146) + a_record(130),
    }
    with zipfile.ZipFile(path, "w") as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return path


def test_a_binary_workbook_is_read_and_its_errors_are_not_empty(tmp_path: Path) -> None:
    (grid,) = read_sheets(a_binary_workbook(tmp_path / "x.xlsb"))
    assert (grid.name, grid.rows) == ("表", [["编号", "数"], ["a", "7"], ["b", "#N/A"]])


CELLS = {
    '<c t="e"><v>#N/A</v></c>': "#N/A", "<c r='B2' t='e'><v>#N/A</v></c>": "#N/A",
    '<c\n r="B2" t="e"><v>#N/A</v></c>': "#N/A", '<c t="e" r="B2"><v xml:space="preserve">#N/A</v></c>': "#N/A",
    '<c r="B2"><f><![CDATA[A1&"x"]]></f></c>': '#无结果! =A1&"x"', '<c s="1"><v>7</v></c>': "000007",
    '<c r="B2" t="e"><v>#SPILL!</v></c>': "#SPILL!", '<c r="B2" t="e"><v>#BUSY!</v></c>': "#BUSY!",
}  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_what_it_is_however_its_xml_is_written(tmp_path: Path, cell: str) -> None:
    """Seen: a cell without its place, which the standard allows, or with an error of a newer program, was empty."""
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet()
        for place in ((0, 0), (0, 1), (1, 0)):
            sheet.write_string(*place, "a")
        sheet.write_number(1, 1, 7, book.add_format({"num_format": "000000"}))
    with zipfile.ZipFile(tmp_path / "x.xlsx") as source, zipfile.ZipFile(tmp_path / "y.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'<c r="B2" s="1"><v>7</v></c>', cell.encode()))
    (grid,) = read_sheets(tmp_path / "y.xlsx")
    assert grid.rows == [["a", "a"], ["a", CELLS[cell]]]


def test_excels_xml_of_2003_shows_what_it_shows(tmp_path: Path) -> None:
    space = (
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    )
    styles = {"z": "000000", "h": "[h]:mm", "p": "Percent"}
    head = "".join(f'<Style ss:ID="{name}"><NumberFormat ss:Format="{code}"/></Style>' for name, code in styles.items())
    cells = {
        '<Cell ss:Formula="=1+1"/>': "#无结果! =1+1", '<Cell ss:Formula="=A1"><Data ss:Type="Number"></Data></Cell>': "#无结果! =A1",
        '<Cell ss:StyleID="z"><Data ss:Type="Number">1</Data></Cell>': "000001",
        '<Cell ss:StyleID="h"><Data ss:Type="DateTime">1900-01-02T12:00:00.000</Data></Cell>': "60:00",
        '<Cell ss:StyleID="p"><Data ss:Type="Number">0.165</Data></Cell>': "16.50%",
        '<Cell><Data ss:Type="Boolean">1</Data></Cell>': "是", '<Cell><Data ss:Type="Error">#N/A</Data></Cell>': "#N/A",
        '<Cell ss:Formula="=A1&amp;&quot;&quot;"><Data ss:Type="String"></Data></Cell>': "",
    }  # fmt: skip
    rows = "".join(f'<Row><Cell><Data ss:Type="String">a</Data></Cell>{cell}</Row>' for cell in cells)
    path = tmp_path / "x.xml"
    path.write_text(
        f'<?xml version="1.0"?><Workbook {space}><Styles>{head}</Styles><Worksheet ss:Name="S"><Table>{rows}</Table></Worksheet></Workbook>'
    )
    (grid,) = read_sheets(path)
    assert [row[1] for row in grid.rows] == list(cells.values())


def test_a_workbook_that_counts_from_1904_says_so(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx", {"date_1904": True}) as book:
        book.add_worksheet().write_number(0, 0, 44865)
    (grid,) = read_sheets(tmp_path / "x.xlsx")
    assert "1904" in grid.notes[0]
