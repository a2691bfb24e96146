from __future__ import annotations

import multiprocessing
import os
import shutil
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shuyang_data.errors import StorageError
from shuyang_data.storage.engine import Engine
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.lakehouse_files import location_of, path_of
from shuyang_data.storage.lakehouse_inventory import damage

TABLE = ("standard", "police__vehicle")
COLUMNS = {
    "plate": "text",
    "seats": "integer",
    "price": "decimal(18, 2)",
    "day": "date",
    "at": "datetime",
    "ok": "boolean",
}


def write(engine: Engine, lake: Lakehouse, rows: int, first: int = 0, table: tuple[str, str] = TABLE) -> Path:
    path = lake.new_file(table)
    ids = lake.prepare(table, COLUMNS)
    values = [
        {"plate": f"P{n}", "seats": n, "price": None, "day": None, "at": None, "ok": None}
        for n in range(first, first + rows)
    ]
    types = {
        "plate": "string",
        "seats": "int64",
        "price": "decimal(18, 2)",
        "day": "date",
        "at": "timestamp",
        "ok": "boolean",
    }
    assert engine.write_parquet(engine.rows(values, types), path, ids) == rows
    return path


def count(lake: Lakehouse) -> int:
    return sum(pq.read_metadata(file).num_rows for file in lake.files(TABLE))


def test_a_replace_is_one_snapshot_and_an_append_another(engine: Engine, tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    first = lake.commit(TABLE, [write(engine, lake, 3)], {"shuyang.run": "r1"}, replace=True)
    assert count(lake) == 3
    second = lake.commit(TABLE, [write(engine, lake, 5)], {"shuyang.run": "r2"}, replace=True)
    assert (count(lake), lake.snapshot_id(TABLE)) == (5, second)
    assert lake.snapshot_properties(TABLE)["shuyang.run"] == "r2"
    lake.commit(TABLE, [write(engine, lake, 2)], {}, replace=False)
    assert count(lake) == 7
    assert len(lake.files(TABLE, first)) == 1
    assert len(lake._catalog.load_table(TABLE).metadata.snapshots) == 3


@pytest.mark.parametrize("name", ["数据 目录#1%20", "a?b&c=d", "100%", "~plain-1.0_2"])
def test_a_lake_works_whatever_its_folder_is_called(engine: Engine, tmp_path: Path, name: str) -> None:
    """PyIceberg takes locations for URLs, cuts them at `#` and `?`, and decodes nothing."""
    lake = Lakehouse(tmp_path / name / "lake")
    for n in range(8):
        lake.commit(TABLE, [write(engine, lake, 2, n)], {}, replace=True)
    lake.commit(TABLE, [write(engine, lake, 1)], {}, replace=False)
    lake.prepare(TABLE, COLUMNS | {"new": "integer"})
    lake.expire(TABLE, keep=1)
    assert count(Lakehouse(tmp_path / name / "lake")) == 3
    assert {path.parent for path in map(Path, lake.files(TABLE))} == {
        tmp_path / name / "lake" / "/".join(TABLE) / "data"
    }
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == [name]
    # One file of metadata a commit or change of the table, of which the newest and five before it are kept.
    assert len(list((tmp_path / name).rglob("*.metadata.json"))) == 6


def test_a_copy_of_a_lake_is_a_lake_of_its_own(engine: Engine, tmp_path: Path) -> None:
    """Seen once: a night on a copy committed into the original's lake, and deleted its metadata."""
    first = tmp_path / "lake"
    original = Lakehouse(first)
    for n in range(4):
        original.commit(TABLE, [write(engine, original, 1, n)], {}, replace=False)
    before = {path: path.read_bytes() for path in first.rglob("*") if path.is_file() and path.suffix != ".db"}
    second = tmp_path / "副本 #1?%20" / "lake"
    shutil.copytree(first, second)
    copied = Lakehouse(second)
    for n in range(8):
        copied.commit(TABLE, [write(engine, copied, 2, n)], {}, replace=n == 0)
    copied.expire(TABLE, keep=2)
    assert (count(original), count(copied)) == (4, 16)
    assert {path: path.read_bytes() for path in before} == before
    assert all(str(tmp_path).encode() not in path.read_bytes() for path in second.rglob("metadata/*"))
    shutil.rmtree(first)
    assert count(Lakehouse(second)) == 16


@pytest.mark.parametrize(
    "location", ["file:///srv/lake/raw/x.parquet", "lake:///raw/../../x.parquet", "/srv/x", "lake:x"]
)
def test_a_location_that_leads_out_of_the_lake_is_refused(location: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="不在这个数据湖里"):
        path_of(location, tmp_path)


def test_every_location_is_resolved_by_ours(tmp_path: Path) -> None:
    """What PyIceberg asks is a public method; if an upgrade asks another one, this fails."""
    io = Lakehouse(tmp_path / "湖")._catalog._load_file_io()
    path = tmp_path / "湖" / "raw" / "a%20#b"
    assert io.new_input(location_of(path, tmp_path / "湖"))._path == str(path)
    assert io.new_output(location_of(path, tmp_path / "湖"))._path == str(path)
    path.parent.mkdir(parents=True)
    path.touch()
    io.delete(location_of(path, tmp_path / "湖"))
    assert not path.exists()


def test_a_changed_declaration_changes_the_table(engine: Engine, tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    before = lake.prepare(TABLE, COLUMNS)
    changed = {name: kind for name, kind in COLUMNS.items() if name != "ok"} | {"seats": "text", "new": "integer"}
    after = lake.prepare(TABLE, changed)
    assert set(after) == set(changed)
    assert after["plate"] == before["plate"]
    assert after["seats"] not in before.values()


def test_expiry_keeps_the_newest_and_removes_only_files_that_nobody_refers_to(engine: Engine, tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    for n in range(6):
        lake.commit(TABLE, [write(engine, lake, 1, n)], {}, replace=True)
    orphan = write(engine, lake, 1)
    removed = lake.expire(TABLE, keep=2)
    assert orphan in removed
    assert sum(path.suffix == ".parquet" for path in removed) == 5
    assert count(lake) == 1


def test_many_replacements_leave_as_many_files_as_few(engine: Engine, tmp_path: Path) -> None:
    """Seen: manifests of deleted files were carried forward for ever, and no list of a snapshot ever went."""
    lake = Lakehouse(tmp_path / "lake")
    lake.prepare(TABLE, COLUMNS)
    numbers = []
    for n in range(24):
        lake.commit(TABLE, [write(engine, lake, 1, n)], {}, replace=True)
        lake.expire(TABLE, keep=3)
        numbers.append(len([path for path in (tmp_path / "lake").rglob("*") if path.is_file()]))
    assert numbers[-1] == numbers[11]
    assert damage(tmp_path.joinpath("lake", *TABLE), deep=True) == ()


def test_files_are_taken_out_of_a_table(engine: Engine, tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    lake.prepare(TABLE, COLUMNS)
    paths = [write(engine, lake, n, n) for n in (1, 2, 3)]
    for path in paths:
        lake.commit(TABLE, [path], {}, replace=False)
    lake.remove(TABLE, paths[:2], {})
    assert lake.files(TABLE) == [str(paths[2])]
    lake.expire(TABLE, keep=1)
    assert [path.exists() for path in paths] == [False, False, True]


def test_a_file_of_other_types_is_refused(tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    lake.prepare(TABLE, COLUMNS)
    path = lake.new_file(TABLE)
    pq.write_table(pa.table({"plate": pa.array([1], pa.int64())}), path)
    with pytest.raises(ValueError, match="plate"):
        lake.commit(TABLE, [path], {}, replace=False)
    assert lake.files(TABLE) == []


def test_a_file_that_lacks_a_column_does_not_replace_a_table(tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    lake.prepare(TABLE, COLUMNS)
    path = lake.new_file(TABLE)
    pq.write_table(pa.table({"plate": ["P1"]}), path)
    with pytest.raises(StorageError, match="seats"):
        lake.commit(TABLE, [path], {}, replace=True)


def test_a_snapshot_that_a_release_was_made_from_outlives_expiry(engine: Engine, tmp_path: Path) -> None:
    lake = Lakehouse(tmp_path / "lake")
    first = lake.commit(TABLE, [write(engine, lake, 3)], {}, replace=True)
    for n in range(4):
        lake.commit(TABLE, [write(engine, lake, 1, n)], {}, replace=True)
    lake.expire(TABLE, keep=1, protected={first})
    assert sum(pq.read_metadata(file).num_rows for file in lake.files(TABLE, first)) == 3


def test_metadata_is_on_the_disk_before_it_is_committed(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalog's row is written last: by then every file of the table and its folder were synced."""
    synced: list[str] = []
    sync = os.fsync

    def recorded(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        sync(handle)

    lake = Lakehouse(tmp_path / "lake")
    path = write(engine, lake, 1)
    monkeypatch.setattr(os, "fsync", recorded)
    lake.commit(TABLE, [path], {}, replace=True)
    newest = lake._catalog.load_table(TABLE)
    snapshot = newest.current_snapshot()
    assert snapshot is not None
    for name in (newest.metadata_location, snapshot.manifest_list):
        assert str(path_of(name, lake.folder)) in synced
    assert str(path_of(newest.metadata_location, lake.folder).parent) in synced


def _appender(folder: Path, name: str) -> None:
    from shuyang_data.settings import Settings

    lake, engine = Lakehouse(folder / "lake"), Engine(Settings(home=folder / name))
    for n in range(3):
        lake.commit(TABLE, [write(engine, lake, 1, n)], {}, replace=False)


def test_writers_in_several_processes_lose_nothing(tmp_path: Path) -> None:
    Lakehouse(tmp_path / "lake").prepare(TABLE, COLUMNS)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_appender, args=(tmp_path, f"w{n}")) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert count(Lakehouse(tmp_path / "lake")) == 9


def test_a_namespace_made_by_many_at_once_is_made(tmp_path: Path) -> None:
    lakes = [Lakehouse(tmp_path / "lake") for _ in range(8)]
    start, failures = threading.Barrier(len(lakes)), list[BaseException]()

    def prepare(number: int) -> None:
        start.wait()
        try:
            for namespace in range(4):
                lakes[number].prepare((f"n{namespace}", f"t{number}"), COLUMNS)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=prepare, args=(n,)) for n in range(len(lakes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
