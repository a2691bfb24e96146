"""Files made to hurt: refused with a reason or read, in bounded memory and time; never a crash."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.ledger import Tally
from shuyang_data.reading.content import Content, recognise
from shuyang_data.reading.damage import Damage, damaged_cells
from shuyang_data.reading.delivered_text import text_layout, text_rows
from shuyang_data.reading.formats import archive
from shuyang_data.reading.read import read_sheets, read_source, read_tables
from shuyang_data.release.neutral import neutral
from tests.unit.test_formats import CSV, a_dbf, a_zip, written
from tests.unit.test_read import DATASET


def refusal(path: Path) -> DeliveryRefusedError:
    with pytest.raises(DeliveryRefusedError) as refused:
        read_source(path)
    assert any("一" <= char <= "鿿" for char in str(refused.value))
    return refused.value


def test_a_zip_bomb(tmp_path: Path) -> None:
    refused = refusal(written(tmp_path, "x.zip", a_zip(("x.csv", b"\x30" * (80 << 20)))))
    assert "炸弹" in str(refused)


def test_a_workbook_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "")
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(bytes(1 << 20))
    assert "炸弹" in str(refusal(written(tmp_path, "x.xlsx", content.getvalue())))


def test_archives_in_archives_without_end(tmp_path: Path) -> None:
    content = CSV
    for depth in range(archive.DEPTH + 3):
        content = a_zip((f"{depth}.zip", content))
    refusal(written(tmp_path, "x.zip", content))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.csv"])
def test_a_member_that_points_outside(tmp_path: Path, name: str) -> None:
    assert "之外" in str(refusal(written(tmp_path, "x.zip", a_zip((name, CSV)))))


def test_a_truncated_archive(tmp_path: Path) -> None:
    refusal(written(tmp_path, "x.zip", a_zip(("a.csv", CSV * 1000))[:-40]))


def test_an_archive_with_a_password(tmp_path: Path) -> None:
    content = bytearray(a_zip(("a.csv", CSV)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    refused = refusal(written(tmp_path, "x.zip", bytes(content)))
    assert (refused.code, "密码" in str(refused)) == ("protected_file", True)


@pytest.mark.parametrize(
    "declared",
    ['<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">', '<!ENTITY b SYSTEM "file:///etc/passwd">'],
)
def test_entities_of_xml_are_never_expanded(tmp_path: Path, declared: str) -> None:
    text = f"<?xml version='1.0'?><!DOCTYPE r [{declared}]><r><x>&b;</x><x>1</x></r>"
    assert "攻击" in str(refusal(written(tmp_path, "x.xml", text)))


def test_deep_nesting(tmp_path: Path) -> None:
    refusal(written(tmp_path, "x.json", "[" * 200_000))
    refusal(written(tmp_path, "y.json", '{"a":' * 5_000 + "1" + "}" * 5_000))


def test_a_line_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with path.open("wb") as target:
        target.write("编号,名称,床位数\n".encode())
        for _ in range(40):
            target.write(b"x" * (1 << 20))
    with pytest.raises(DeliveryRefusedError, match="MB"):
        list(text_rows(path, text_layout(path, DATASET, []), DATASET, Tally("x")))


def test_zero_bytes_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "编号,名称,床位数\n001,甲\x00乙,1\n002,丙,2\n")
    layout = text_layout(path, DATASET, [])
    assert [list(cells) for _, cells, _ in text_rows(path, layout, DATASET, Tally("x"))] == [
        ["001", "甲\x00乙", "1"],
        ["002", "丙", "2"],
    ]


def test_a_hundred_thousand_columns(tmp_path: Path) -> None:
    width = 100_000
    lines = (",".join(f"{prefix}{n}" for n in range(width)) for prefix in ("列", "", ""))
    (table,) = read_tables(written(tmp_path, "x.csv", "\n".join(lines)))
    assert (len(table["columns"]), len(table["rows"])) == (width, 2)


def test_a_lying_extension(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    book = xlsxwriter.Workbook(str(tmp_path / "book.xlsx"))
    book.add_worksheet().write_row(0, 0, ["编号", "名称"])
    book.get_worksheet_by_name("Sheet1").write_row(1, 0, ["001", "颐养院"])
    book.close()
    (tmp_path / "book.xlsx").rename(path)
    assert read_source(path)[0].rows == [["001", "颐养院"]]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+86 1", "'+86 1"), ("-cmd", "'-cmd"), ("\t=1", "'\t=1"),
     ("-12.5", "-12.5"), ("+3", "+3"), ("-", "-"), ("甲=乙", "甲=乙"), ("", "")],
)  # fmt: skip
def test_formulas_are_harmless_in_exports(cell: str, shown: str) -> None:
    assert neutral(cell) == shown


@pytest.mark.parametrize(
    ("name", "values", "found"),
    [
        ("证件号码", ["3.21322E+17", "321322199001011234"], {0: Damage.SCIENTIFIC}),
        ("证件号码", ["321322199001010000", "321322199001011234"], {0: Damage.PRECISION}),
        ("邮编", ["012345", "223600", "12345"], {2: Damage.LEADING_ZERO}),
        ("名称", ["锟斤拷", "沭阳"], {0: Damage.MOJIBAKE}),
        ("名称", ["颐养�院"], {0: Damage.MOJIBAKE}),
        ("成立日期", ["45180", "2023-09-11"], {0: Damage.SERIAL_DAY}),
        ("人数", ["12345", "2345", "34567"], {}),
        ("区号", ["0527", "0512", "0513", "010", "021"], {}),
        ("代码", ["110101", "110102", "120101", "320101", "1101", "1201"], {}),
        ("代码", ["1E5", "2E3", "120101"], {}),
        ("证件号码", ["3.21322199001011E17", "1"], {0: Damage.SCIENTIFIC}),
    ],
)
def test_damage_is_flagged(name: str, values: list[str], found: dict[int, Damage]) -> None:
    assert dict(damaged_cells(name, values)) == found


@cache
def samples() -> tuple[bytes, ...]:
    """One small valid file of every format, the same in every run."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"created": datetime(2026, 1, 1)})
    book.add_worksheet().write_row(0, 0, ["编号", "名称"])
    book.close()
    return (
        CSV, CSV.decode().encode("gb18030"), '"a";"b;""c"\n1;2\n'.encode("utf-16"), a_dbf("gb18030"),
        a_zip(("a.csv", CSV)), content.getvalue(), b'{"data": [{"a": 1.0, "b": [1]}, {"a": null}]}',
        b'<?xml version="1.0"?><a><b c="1"><d>x</d></b><b c="2"/></a>', b"<table><tr><td>a<td>b<tr><td>1<td>2</table>",
        b"INSERT INTO `t` (`a`) VALUES ('x'),(NULL),(f(1,2));", b"a\r1\r2\r", b"a b c\n1 2 3\n4 5 6\n",
    )  # fmt: skip


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_file_crashes_a_reader_and_no_row_has_another_width(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    content = bytearray(data.draw(st.sampled_from(samples())))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        how = data.draw(st.sampled_from(["flip", "cut", "double", "insert"]))
        if how == "flip" and content:
            content[at] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del content[at : at + data.draw(st.integers(1, 30))]
        elif how == "double":
            content[at:at] = content[at : at + data.draw(st.integers(1, 200))]
        else:
            content[at:at] = data.draw(st.binary(max_size=8))
    try:
        tables = read_tables(written(folder, "x", bytes(content)))
    except DeliveryRefusedError:
        return
    assert all(len(row) == len(table["columns"]) for table in tables for row in table["rows"])


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_crash_a_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        read_source(written(tmp_path_factory.mktemp("bytes"), "x", content))
    except DeliveryRefusedError as refused:
        assert refused.problems


def test_a_damaged_container_is_read_or_refused(tmp_path: Path) -> None:
    """Seen: a sector size of 2 to the 12336th ended the look at what a file is."""
    path = tmp_path / "x.xls"
    book = xlwt.Workbook()
    book.add_sheet("S").write(0, 0, "编号")
    book.save(str(path))
    for place, value in ((30, 0x3030), (30, 0), (44, 0xFFFF), (48, 0xFFFF), (68, 0x7FFF)):
        content = bytearray(path.read_bytes())
        content[place : place + 2] = struct.pack("<H", value)
        (tmp_path / "y.xls").write_bytes(content)
        assert recognise(tmp_path / "y.xls") is Content.WORKBOOK
        with suppress(DeliveryRefusedError):
            assert [grid.rows for grid in read_sheets(tmp_path / "y.xls")] == [[["编号"]]]
