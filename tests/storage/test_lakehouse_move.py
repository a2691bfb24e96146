"""A lake with absolute paths, as PyIceberg writes it by itself, becomes one that can be moved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from shuyang_data.errors import StorageError
from shuyang_data.settings import sqlite_url
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.lakehouse_files import SCHEME
from shuyang_data.storage.lakehouse_move import make_movable

TABLES = (("raw", "police__vehicle"), ("standard", "water__pump"))
COMMITS = 4


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The folder of a lake with absolute paths, appended to and replaced."""
    folder = tmp_path / "before" / "lake"
    folder.mkdir(parents=True)
    warehouse = f"file://{folder}"
    catalog = SqlCatalog("shuyang", uri=sqlite_url(folder / "catalog.db"), warehouse=warehouse)
    for identifier in TABLES:
        catalog.create_namespace(identifier[0])
        rows = pa.table({"place": [f"{warehouse}/raw/no location but a value", "b"]})
        table = catalog.create_table(identifier, rows.schema, location=f"{warehouse}/{'/'.join(identifier)}")
        for number in range(COMMITS):
            (table.overwrite if number == 2 else table.append)(rows)
    catalog.close()
    return folder


def rows_of(lake: Lakehouse, identifier: tuple[str, str], snapshot: int | None = None) -> int:
    return sum(pq.read_metadata(file).num_rows for file in lake.files(identifier, snapshot))


def looked_at(folder: Path) -> list[tuple[int, list[int]]]:
    """Of every table the rows now, and at each of its snapshots."""
    lake = Lakehouse(folder)
    found = []
    for identifier in TABLES:
        snapshots = lake._catalog.load_table(identifier).metadata.snapshots
        found.append(
            (rows_of(lake, identifier), [rows_of(lake, identifier, snapshot.snapshot_id) for snapshot in snapshots])
        )
    return found


def test_a_lake_that_was_moved_already_is_brought_up_to_date(old: Path, tmp_path: Path) -> None:
    moved = tmp_path / "后来 %20" / "lake"
    shutil.move(old, moved)
    with pytest.raises(StorageError, match="shuyang run"):
        Lakehouse(moved).files(TABLES[0])
    assert make_movable(moved) == len(TABLES)
    assert [now for now, _ in looked_at(moved)] == [4, 4]
    assert [history for _, history in looked_at(moved)] == [[2, 4, 0, 2, 4]] * 2
    assert make_movable(moved) == 0
    assert not list(moved.rglob("*.before"))
    written = [path for path in moved.rglob("metadata/*") if b"before/lake" in path.read_bytes()]
    assert written == []
    lake = Lakehouse(moved)
    lake.expire(TABLES[0], keep=1)
    assert rows_of(lake, TABLES[0]) == 4
    assert lake._catalog.load_table(TABLES[0]).location() == f"{SCHEME}/raw/police__vehicle"


def test_who_was_interrupted_begins_again(old: Path) -> None:
    """Between the two renames the old files are whole, and what stands in their place is not."""
    for namespace, name in TABLES:
        table = old / namespace / name
        (table / "metadata").rename(table / "metadata.before")
        (table / "metadata").mkdir()
        (table / "metadata" / "half.avro").write_bytes(b"Obj")
    assert make_movable(old) == len(TABLES)
    assert [now for now, _ in looked_at(old)] == [4, 4]


def test_a_new_lake_and_no_lake_need_nothing(tmp_path: Path) -> None:
    assert make_movable(tmp_path / "none") == 0
    Lakehouse(tmp_path / "lake").prepare(TABLES[0], {"a": "text"})
    assert make_movable(tmp_path / "lake") == 0
