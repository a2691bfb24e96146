"""What came in is what came out: every sheet, member and row of a delivery is data, left out or refused, and says so."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from rich.console import Console

from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import FileFormat, Type
from shuyang_data.county import County
from shuyang_data.ledger import Fate
from shuyang_data.names import Layer
from shuyang_data.night.report import print_unused
from shuyang_data.records import Delivery as Received
from shuyang_data.records import DriftKind, Refusal
from shuyang_data.storage.ticket_log import TicketLog
from tests.builders import a_catalog, a_column, a_dataset
from tests.chain.conftest import MakeCounty
from tests.small_county import made, rows_of

COLUMNS = (
    a_column("code", title="编号", required=True), a_column("name", title="名称", required=True),
    a_column("beds", Type.INTEGER, title="床位"), a_column("phone", title="电话"),
)  # fmt: skip
HEAD = ["编号", "名称", "床位", "电话"]


def a_thing(**delivery: object) -> Dataset:
    fields = {"file": "机构", "format": FileFormat.XLSX} | delivery
    return a_dataset(*COLUMNS, delivery=Delivery(**fields), reject_limit=0.9)  # type: ignore[arg-type]


def inbox(county: County, dataset: Dataset, name: str) -> Path:
    path = county.settings.inbox / dataset.id.department / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def a_book(path: Path, sheets: dict[str, Sequence[Sequence[object]]], hidden: str = "") -> None:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == hidden:
                sheet.hide()


def a_zip(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text.encode())
    return target.getvalue()


def received(county: County, dataset: Dataset) -> Received:
    return county.registry.deliveries(dataset.id)[-1]


def test_titles_totals_signatures_and_hidden_sheets_stand_in_the_ledger(county_of: MakeCounty) -> None:
    """Seen: inspect left totals and signatures out, the chain kept and rejected them, and the gate was shut."""
    dataset = a_thing()
    county = county_of(a_catalog(dataset))
    rows = [
        ["机构名录"],
        HEAD,
        *([f"K{n}", f"第{n}院", n, ""] for n in range(6)),
        ["合计", "", 15],
        ["填报人：甲", "审核人：乙"],
    ]
    a_book(
        inbox(county, dataset, "机构_20261101.xlsx"),
        {"本月": rows, "上月": [HEAD, ["K9", "旧院", 1, ""]]},
        hidden="上月",
    )
    made(county, dataset)
    assert len(rows_of(county, dataset)) == 6
    assert rows_of(county, dataset, Layer.REJECTED) == []
    shown, hidden = received(county, dataset).ledger
    assert (shown.fate, shown.rows, shown.found) == (Fate.DATA, 6, len(rows))
    assert {each.why: each.first for each in shown.left_out} == {
        "标题": (1,), "表头": (2,), "合计": (9,), "备注或来源": (10,)
    }  # fmt: skip
    assert (hidden.place, hidden.fate, hidden.rows) == ("上月", Fate.LEFT_OUT, 1)


OTHER_HEADING = {
    "城区": [HEAD, ["K1", "甲院", 1, ""], ["K2", "乙院", 2, ""]],
    "乡镇": [["编号", "院名称呼", "床位", "电话"], ["K3", "丙院", 3, ""]],
}


def test_a_sheet_that_should_be_data_refuses_the_delivery(county_of: MakeCounty) -> None:
    """Seen: a workbook whose second sheet has another heading replaced 6 rows by 3 with exit 0 and no word."""
    dataset = a_thing()
    county = county_of(a_catalog(dataset))
    a_book(inbox(county, dataset, "机构_20261101.xlsx"), OTHER_HEADING)
    made(county, dataset)
    delivery = received(county, dataset)
    assert delivery.refusal == Refusal.PART
    assert "乡镇" in delivery.detail
    assert "1 行" in delivery.detail
    assert [entry.fate for entry in delivery.ledger] == [Fate.DATA, Fate.UNUSABLE]


def test_where_the_catalog_allows_parts_it_is_told(county_of: MakeCounty) -> None:
    dataset = a_thing(parts="any")
    county = county_of(a_catalog(dataset))
    a_book(inbox(county, dataset, "机构_20261101.xlsx"), OTHER_HEADING)
    made(county, dataset)
    delivery = received(county, dataset)
    assert [row["code"] for row in rows_of(county, dataset)] == ["K1", "K2"]
    assert [drift.kind for drift in delivery.drift] == [DriftKind.PART]
    assert "乡镇：用不了" in delivery.detail
    (ticket,) = TicketLog(county.registry).tickets()
    assert (ticket.rule_id, ticket.unexpected) == ("table.parts", 1)
    shown = io.StringIO()
    print_unused(Console(file=shown, width=200), county)
    assert "没有用上：乡镇：用不了" in shown.getvalue()


def test_a_member_that_cannot_be_read_refuses_and_a_note_does_not(county_of: MakeCounty) -> None:
    """Seen: a zip with one bad member replaced 9 rows by 6."""
    dataset = a_thing(format=FileFormat.ZIP)
    county = county_of(a_catalog(dataset))
    target = io.BytesIO()
    good = "编号,名称,床位,电话\nK1,甲院,1,\n"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("城区.csv", good)
        archive.writestr("乡镇.csv", good.encode() + b"\xff\xff\n")
        archive.writestr("说明.docx", b"PK not really")
    inbox(county, dataset, "机构_20261101.zip").write_bytes(target.getvalue())
    made(county, dataset)
    delivery = received(county, dataset)
    assert delivery.refusal == Refusal.PART
    assert {entry.place: entry.fate for entry in delivery.ledger} == {
        "城区": Fate.DATA, "乡镇.csv": Fate.UNUSABLE, "说明.docx": Fate.LEFT_OUT
    }  # fmt: skip


def test_a_column_that_only_a_later_sheet_has_keeps_its_values(county_of: MakeCounty) -> None:
    """Seen: NULL in all rows."""
    dataset = a_thing()
    county = county_of(a_catalog(dataset))
    sheets = {
        "一": [["编号", "名称"], ["K1", "甲院"], ["K2", "乙院"]],
        "二": [["床位", "名称", "编号", "电话"], [3, "丙院", "K3", "138"]],
    }
    a_book(
        inbox(county, dataset, "机构_20261101.xlsx"),
        {"二": sheets["二"]} | {"一": [["编号", "名称", "电话"], ["K1", "甲院", "1"]]},
    )
    made(county, dataset)
    assert [(row["code"], row["beds"], row["phone"]) for row in rows_of(county, dataset)] == [
        ("K1", None, "1"), ("K3", 3, "138")
    ]  # fmt: skip
    a_book(
        inbox(county, dataset, "机构_20261102.xlsx"),
        {"一": [["编号", "名称", "电话"], ["K1", "甲院", "1"]], "二": sheets["二"]},
    )
    made(county, dataset)
    assert [(row["code"], row["beds"]) for row in rows_of(county, dataset)] == [("K1", None), ("K3", 3)]


def test_two_tables_with_other_columns_in_one_sheet_are_united(county_of: MakeCounty) -> None:
    dataset = a_thing()
    county = county_of(a_catalog(dataset))
    rows = [
        ["编号", "名称", "电话"],
        ["K1", "甲院", "1"],
        ["K2", "乙院", "2"],
        [],
        ["名称", "编号", "床位"],
        ["丙院", "K3", 3],
    ]
    a_book(inbox(county, dataset, "机构_20261101.xlsx"), {"表": rows})
    made(county, dataset)
    assert [(row["code"], row["name"], row["beds"]) for row in rows_of(county, dataset)] == [
        ("K1", "甲院", None), ("K2", "乙院", None), ("K3", "丙院", 3)
    ]  # fmt: skip


def test_a_row_with_only_its_key_is_a_row(county_of: MakeCounty) -> None:
    """Seen: lost from HTML, XML of 2003 and zipped workbooks."""
    dataset = a_dataset(
        a_column("month", title="月份"), a_column("a", title="同比"), a_column("b", title="环比"), key=("month",)
    )
    county = county_of(a_catalog(dataset))
    lines = "".join(
        f"<tr><td>{month}</td><td>{a}</td><td>{b}</td></tr>"
        for month, a, b in [
            ("月份", "同比", "环比"),
            ("2010-12", 1, 2),
            ("2011-01", "", ""),
            ("2011-02", 3, 4),
            ("2012-01", "", ""),
        ]
    )
    inbox(county, dataset, "测试数据_20261101.csv").write_text(f"<table>{lines}</table>", encoding="utf-8")
    made(county, dataset)
    assert [row["month"] for row in rows_of(county, dataset)] == ["2010-12", "2011-01", "2011-02", "2012-01"]


@pytest.mark.parametrize("part", ["sheet", "member"])
def test_the_name_of_a_sheet_or_member_is_a_column(county_of: MakeCounty, part: str) -> None:
    dataset = a_dataset(
        a_column("code", title="编号"), a_column("town", title="乡镇", part=part, required=True), key=("town", "code")
    )
    county = county_of(a_catalog(dataset))
    if part == "sheet":
        a_book(
            inbox(county, dataset, "测试数据_20261101.csv"),
            {"沭城街道": [["编号"], ["1"], ["2"]], "庙头镇": [["编号"], ["1"]]},
        )
    else:
        content = a_zip(沭城街道_csv="编号\n1\n2\n", 庙头镇_csv="编号\n1\n")
        inbox(county, dataset, "测试数据_20261101.csv").write_bytes(content)
    made(county, dataset)
    assert {(row["town"], row["code"]) for row in rows_of(county, dataset)} == {
        ("沭城街道", "1"), ("沭城街道", "2"), ("庙头镇", "1")
    }  # fmt: skip


def test_a_header_among_the_rows_of_a_text_is_no_row(county_of: MakeCounty) -> None:
    """The engine's own reader took a repeated header for data, and the first of two equal headers lost its rows."""
    dataset = a_dataset(*COLUMNS)
    county = county_of(a_catalog(dataset))
    lines = [
        "编号,名称,床位,电话",
        "K1,甲院,1,",
        "2012-02,,,",
        "编号,名称,床位,电话",
        "K2,乙院,2,",
        "名称,编号,电话,床位",
        "丙院,K3,,3",
    ]
    inbox(county, dataset, "测试数据_20261101.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made(county, dataset)
    assert [(r["code"], r["name"], r["beds"]) for r in rows_of(county, dataset)] == [
        ("K1", "甲院", 1), ("K2", "乙院", 2), ("K3", "丙院", 3)
    ]  # fmt: skip
    (entry,) = received(county, dataset).ledger
    assert (entry.rows, entry.found) == (3, len(lines))
    assert {each.why: each.rows for each in entry.left_out} == {"表头": 1, "分节标题": 1, "重复表头": 2}
