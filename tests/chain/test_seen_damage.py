"""Damage that the reader sees decides, whatever the column declares; what is whole raises no alarm."""

from __future__ import annotations

import csv

import pytest

from shuyang_data.catalog.terms import Type
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.storage.ticket_log import TicketLog
from tests.builders import a_catalog, a_column, a_dataset
from tests.chain.conftest import MakeCounty
from tests.small_county import made, rows_of

DATASET = a_dataset(
    a_column("code", title="编号", required=True), a_column("person", title="证件号码"), a_column("note", title="备注"),
    a_column("weight", Type.DECIMAL, title="重量"), reject_limit=0.9,
)  # fmt: skip
HEAD = ["编号", "证件号码", "备注", "重量"]


def delivered(county: County, rows: list[list[str]], encoding: str = "utf-8") -> None:
    path = county.settings.inbox / DATASET.id.department / "测试数据_20261101.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as target:
        csv.writer(target, lineterminator="\n").writerows([HEAD, *rows])
    made(county, DATASET)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    ("person", "note", "reason"),
    [
        ("3.2E+17", "好", "scientific_notation:person;"), ("3.21322199001011E+17", "好", "scientific_notation:person;"),
        ("1", "坏\x00的", "garbled_text:note;"), ("1", "坏\x0b", "garbled_text:note;"), ("1", "坏\x85", "garbled_text:note;"),
        ("1", "坏\ufffd", "garbled_text:note;"), ("3.2e+17", "\x0c坏", "scientific_notation:person;garbled_text:note;"),
        ("'3.2E+17", "好", "scientific_notation:person;"), ('="3.2E+17"', "好", "scientific_notation:person;"),
        ("３．２Ｅ＋１７", "好", "scientific_notation:person;"), ("1", "坏\x90", "garbled_text:note;"),
        ("1", "坏\x7f", "garbled_text:note;"), ("1", "\x1f坏", "garbled_text:note;"), ("1", "锟斤拷", "garbled_text:note;"),
    ],
)  # fmt: skip
def test_a_damaged_cell_rejects_its_row(
    county_of: MakeCounty, encoding: str, person: str, note: str, reason: str
) -> None:
    """Seen: 86 of 86 ID numbers as 3.2E+17 were accepted because the column had no check."""
    county = county_of(a_catalog(DATASET))
    delivered(county, [["K1", "321322199001011234", "好", "1"], ["K2", person, note, "2"]], encoding)
    assert [row["code"] for row in rows_of(county, DATASET)] == ["K1"]
    (rejected,) = rows_of(county, DATASET, Layer.REJECTED)
    assert (rejected["code"], rejected["_reasons"]) == ("K2", reason)
    assert {ticket.rule_id for ticket in TicketLog(county.registry).tickets()} >= {
        {"scientific_notation": "table.undamaged", "garbled_text": "table.legible"}[each.split(":")[0]]
        for each in reason.split(";") if each
    }  # fmt: skip


@pytest.mark.parametrize("whole", ["1E5", "2E10", "6.5e-3a", "３.2E+17张", "a@b.com", "#3楼", "E+17"])
def test_what_is_whole_raises_no_alarm(county_of: MakeCounty, whole: str) -> None:
    county = county_of(a_catalog(DATASET))
    delivered(county, [[whole, whole, whole, "1.5E+2"], ["K1", "", "", "12e-1"]])
    assert rows_of(county, DATASET, Layer.REJECTED) == []
    assert len(rows_of(county, DATASET)) == 2


def test_private_characters_are_told(county_of: MakeCounty) -> None:
    county = county_of(a_catalog(DATASET))
    delivered(county, [["K1", "", "张\ue123", ""], ["K2", "", "李\uf8f0", ""]])
    assert len(rows_of(county, DATASET)) == 2
    (delivery,) = county.registry.deliveries(DATASET.id)
    assert "2 格有私用区字符（第 2、3 行" in delivery.detail
