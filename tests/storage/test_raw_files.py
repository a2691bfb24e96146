"""Pieces by the engine, pieces row by row, and the whole file row by row: the same rows under the same numbers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shuyang_data.arrival.receive import receive
from shuyang_data.chain.raw_files import SYSTEM, write_delivery
from shuyang_data.county import County
from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.ledger import Tally
from shuyang_data.reading.delivered_text import text_layout, text_rows
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import TODAY, a_catalog, a_column, a_dataset

DATASET = a_dataset(
    a_column("code", title="编号", required=True), a_column("name", title="名称"), a_column("note", title="备注项")
)
IDS = {name: number for number, name in enumerate([*SYSTEM, "code", "name", "note"], start=1)}
Row = tuple[int, list[str], bool]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=2)
    return County(settings, a_catalog(DATASET), Registry(settings.registry), TODAY, datetime.now(UTC), "test")


def by_pieces(county: County, content: bytes, folder: Path, size: int) -> list[Row]:
    path = county.settings.inbox / "civil_affairs" / "测试数据_20261101.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    delivery, _ = receive(path, DATASET.id, county.settings.landing, county.now)
    written = write_delivery(county, DATASET, delivery, folder, IDS, size)
    rows = [row for file in written.files for row in pq.read_table(file).to_pylist()]
    assert len(rows) == written.rows
    return [
        (row["_row_number"], [row[c.name] or "" for c in DATASET.columns], row["_read_fault"] is not None)
        for row in rows
    ]


def whole(content: bytes, folder: Path) -> list[Row]:
    path = folder / "whole.csv"
    path.write_bytes(content)
    layout = text_layout(path, DATASET, [])
    assume(len(layout.columns) == len(DATASET.columns))  # so odd a text that its header was not understood
    places = [layout.columns[c.name] for c in DATASET.columns]
    return [
        (n, [cells[p] for p in places], fault is not None)
        for n, cells, fault in text_rows(path, layout, DATASET, Tally("x"))
    ]


CELL = st.text(st.sampled_from('ab甲乙,"\n 合计注：'), max_size=6)
ODD = st.sampled_from(["", "a,b", 'x,"y,z', "合计,3,", "注：说明,,", 'k,a"b,c', "1,2,3,4", '"p\nq",r,s'])


@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=12, max_size=30), st.lists(st.tuples(st.integers(0, 30), ODD), max_size=3),
    st.sampled_from(["utf-8", "gb18030"]), st.integers(20, 200),
)  # fmt: skip
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_pieces_are_the_whole(
    county: County, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]],
    odd: list[tuple[int, str]], encoding: str, size: int,
) -> None:  # fmt: skip
    lines = []
    for number, row in enumerate(rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow((f"K{number}", *row[1:]))
        lines.append(line.getvalue())
    for at, text in odd:
        lines.insert(min(at, len(lines)), text + "\n")
    content = ("编号,名称,备注项\n" + "".join(lines)).encode(encoding)
    folder = tmp_path_factory.mktemp("raw")
    try:
        expected = whole(content, folder)
    except DeliveryRefusedError:
        with pytest.raises(DeliveryRefusedError):
            by_pieces(county, content, folder, size)
        return
    assert by_pieces(county, content, folder, size) == expected
