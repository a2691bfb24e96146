"""A backup, three more nights, a restore elsewhere: the home as it was at the backup, and able to go on."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text

from shuyang_data.county import open_county
from shuyang_data.errors import BusyError, StorageError, UsageError
from shuyang_data.home.backup import make_backup
from shuyang_data.home.copies import Folder
from shuyang_data.home.restore import restore
from shuyang_data.names import Layer
from shuyang_data.night.opening import Order
from shuyang_data.night.run import Ended, run_night
from shuyang_data.records import PullMark
from shuyang_data.settings import Settings
from shuyang_data.storage.home_registry import open_registry
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.lock import hold_night
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_copy import export_registry
from tests.builders import TODAY
from tests.night.county import CATALOG, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import as_folder, deliver

PASSPHRASE = "correct horse battery staple"
in_a_file = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    yield from database(request, "before")


def database(request: pytest.FixtureRequest, name: str) -> Iterator[str]:
    """A database of its own on the tests' server."""
    url = request.getfixturevalue("postgresql")
    own = f"{name}_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {own}"))
    yield str(server.url.set(database=own).render_as_string(hide_password=False))
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {own} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def settings(tmp_path: Path, registry_url: str) -> Settings:
    """The home of one night, on a path that needs quoting."""
    settings = Settings(
        home=tmp_path / "县 数据%20" / "home", catalog=as_folder(CATALOG, tmp_path / "catalog"), workers=0, threads=1,
        registry_url=registry_url, backup_passphrase=PASSPHRASE,
    )  # fmt: skip
    deliver(settings, PLACES, *PLACE_LINES)
    many = (f"H{number},1,{number},赵六" for number in range(5, 40))
    deliver(settings, HOMES, *HOME_LINES, *many, "H4,9,1,钱七")
    night(settings, 0)
    county = open_county(settings)
    assert county.hash_keys
    county.registry.close()
    return settings


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """An empty place for it."""
    if not settings.registry_url:
        yield settings.model_copy(update={"home": tmp_path / "elsewhere" / "home"})
        return
    for url in database(request, "after"):
        yield settings.model_copy(update={"home": tmp_path / "elsewhere" / "home", "registry_url": url})


def night(settings: Settings, days: int, *lines: str) -> Ended:
    if lines:
        deliver(settings, PLACES, *lines, day=f"2026110{days + 1}")
    *_, ended = run_night(settings, Order(day=TODAY + timedelta(days=days)))
    assert isinstance(ended, Ended)
    return ended


def state(settings: Settings, place: Path) -> dict[str, Any]:
    """Tables, releases, rates and every row of the registry."""
    place.mkdir(parents=True, exist_ok=True)
    lake = Lakehouse(settings.lake)
    tables: dict[str, Any] = {}
    for dataset in (PLACES, HOMES):
        for layer in (Layer.RAW, Layer.STANDARD, Layer.REJECTED):
            name = dataset.id.table(layer)
            rows = [row for file in lake.files(name) for row in pq.read_table(file).to_pylist()]
            tables[".".join(name)] = (sorted(map(repr, rows)), lake.snapshot_id(name))
    export_registry(settings.registry, place / "rows")
    files = {
        str(path.relative_to(settings.home)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for top in (settings.landing, settings.published, settings.reports, settings.home / "keys")
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }
    links = {
        str(path.relative_to(settings.published)): path.readlink() for path in settings.published.glob("*/*/*/current")
    }
    return {
        "tables": tables, "registry": (place / "rows").read_text(encoding="utf-8"), "files": files, "links": links,
        "inbox": sorted(path.name for path in settings.inbox.rglob("*")),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["backups", "backup.tar"])
def test_a_home_is_restored_as_it_was(settings: Settings, elsewhere: Settings, tmp_path: Path, name: str) -> None:
    before = state(settings, tmp_path / "state")
    made = make_backup(settings, tmp_path / name, NOW)
    for days in (1, 2, 3):
        night(settings, days, *PLACE_LINES, f"{days + 2},新地{days}")
    after = state(settings, tmp_path / "state")
    assert after["tables"] != before["tables"] and after["links"] != before["links"]
    done = restore(elsewhere, tmp_path / name)
    assert (done.name, done.files, done.catalog) == (made.name, made.files, None)
    assert state(elsewhere, tmp_path / "state") == before
    quiet = night(elsewhere, 1)
    assert (quiet.opened.planned, quiet.faults) == ((), ())
    assert state(settings, tmp_path / "state") == after, "the original is another home"
    assert not night(elsewhere, 2, *PLACE_LINES, "7,他地").faults
    assert state(settings, tmp_path / "state") == after
    assert elsewhere.analyst.resolve().is_relative_to(elsewhere.home)


def test_only_what_is_new_is_written(settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    first = make_backup(settings, place, NOW)
    again = make_backup(settings, place, NOW + timedelta(days=1))
    assert (again.files, again.size) == (first.files, first.size)
    assert first.size / 2 < first.added <= first.size, "equal files are one object"
    # The keys, sealed anew, and the databases, where their pages changed.
    assert again.added < first.size / 10
    night(settings, 1, *PLACE_LINES, "3,丙地")
    third = make_backup(settings, place, NOW + timedelta(days=2), keep=1)
    assert Folder(place).names() == [third.name]
    objects = {path.name for path in (place / "objects").glob("*/*")}
    assert objects == {entry.sha256 for entry in Folder(place).manifest(third.name).files}


def test_keys_do_not_leave_in_the_open(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    key = (settings.home / "keys" / "hash.key").read_bytes()
    with pytest.raises(UsageError, match="密钥不能明文离开本机"):
        make_backup(settings.model_copy(update={"backup_passphrase": ""}), tmp_path / "none", NOW)
    assert not (tmp_path / "none" / "manifests").exists()
    make_backup(settings, tmp_path / "backups", NOW)
    assert not [path for path in (tmp_path / "backups").rglob("*") if path.is_file() and key in path.read_bytes()]
    assert not [path for path in (tmp_path / "backups").rglob("*") if path.is_dir() and path.stat().st_mode & 0o077]
    with pytest.raises(UsageError, match="打不开"):
        restore(elsewhere.model_copy(update={"backup_passphrase": "another passphrase"}), tmp_path / "backups")
    assert not elsewhere.home.exists()


def test_nothing_is_put_in_place_of_a_damaged_backup(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    made = make_backup(settings, place, NOW)
    files = [entry for entry in Folder(place).manifest(made.name).files if entry.path.startswith("home/lake/")]
    gone, changed = files[0], next(entry for entry in files[1:] if entry.sha256 != files[0].sha256 and entry.size)
    Folder(place).place(gone.sha256).unlink()
    path = Folder(place).place(changed.sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(StorageError) as told:
        restore(elsewhere, place)
    wrong = {problem.where for problem in told.value.problems}
    assert {gone.path, changed.path} <= wrong
    assert not elsewhere.home.exists()
    manifest = place / "manifests" / f"{made.name}.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(gone.path, gone.path + "x"), encoding="utf-8")
    with pytest.raises(StorageError, match="备份清单损坏"):
        restore(elsewhere, place)


def test_a_backup_cannot_lead_out_of_the_home(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "backups")
    made = make_backup(settings, folder.folder, NOW)
    manifest = folder.manifest(made.name)
    entry = next(entry for entry in manifest.files if not entry.is_sealed)
    for path in ("home/../../escaped", str(tmp_path / "escaped")):
        folder.put_manifest(made.name, replace(manifest, entries=(*manifest.entries, replace(entry, path=path))))
        with pytest.raises(StorageError, match="指向备份之外"):
            restore(elsewhere, folder.folder)
    assert not list(tmp_path.rglob("escaped"))


def test_a_home_in_use_is_not_written_over(settings: Settings, tmp_path: Path) -> None:
    make_backup(settings, tmp_path / "backups", NOW)
    before = state(settings, tmp_path / "state")
    with pytest.raises(UsageError, match="不是空文件夹"):
        restore(settings, tmp_path / "backups")
    with pytest.raises(UsageError, match="已经有登记库"):
        restore(settings, tmp_path / "backups", registry_only=True)
    with hold_night(settings.home), pytest.raises(BusyError):
        make_backup(settings, tmp_path / "backups", NOW)
    assert state(settings, tmp_path / "state") == before


def test_what_the_server_writes_meanwhile_leaves_a_whole_copy(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    is_over = threading.Event()
    written = []

    def push() -> None:
        registry = Registry(settings.registry)
        while not is_over.is_set():
            mark = PullMark(watermark=str(len(written)))
            registry.save_pull(HOMES.id, mark)
            written.append(mark)
            upload = settings.home / "uploads" / str(len(written))
            upload.parent.mkdir(exist_ok=True)
            upload.write_bytes(b"x" * 1000)
            upload.unlink()
        registry.close()

    server = threading.Thread(target=push)
    server.start()
    try:
        make_backup(settings, tmp_path / "backups", NOW)
    finally:
        is_over.set()
        server.join()
    restore(elsewhere, tmp_path / "backups")
    registry = Registry(elsewhere.registry)
    assert registry.pull_mark(HOMES.id) in [PullMark(), *written]
    registry.close()
    if not settings.registry_url:
        with closing(sqlite3.connect(elsewhere.home / "registry.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@in_a_file
def test_a_lost_registry_is_an_error_with_two_ways_out(settings: Settings, tmp_path: Path) -> None:
    make_backup(settings, tmp_path / "backups", NOW)
    before = state(settings, tmp_path / "state")
    lost = sorted(settings.home.glob("registry.db*"))
    for path in lost:
        path.unlink()
    with pytest.raises(StorageError, match="登记库不见了，而落地区里有 2 个交付.*restore.*rebuild"):
        open_registry(settings)
    with pytest.raises(StorageError, match="登记库不见了"):
        night(settings, 1)
    for path in settings.home.glob("registry.db*"):
        path.unlink()
    restore(settings, tmp_path / "backups", registry_only=True)
    assert state(settings, tmp_path / "state") == before
    assert night(settings, 1).opened.planned == ()


def test_the_catalog_of_the_backup_is_put_where_there_is_none_and_else_beside(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    make_backup(settings, tmp_path / "backups", NOW)
    fresh = elsewhere.model_copy(update={"catalog": tmp_path / "fresh" / "catalog"})
    assert restore(fresh, tmp_path / "backups").catalog == fresh.catalog
    assert (fresh.catalog / "datasets" / "civil_affairs" / "home.yaml").is_file()
    if settings.registry_url:
        return
    shutil.rmtree(fresh.home)
    (fresh.catalog / "datasets" / "civil_affairs" / "home.yaml").unlink()
    beside = restore(fresh, tmp_path / "backups").catalog
    assert beside == fresh.home / "restored_catalog" / "catalog"
    assert (beside / "datasets" / "civil_affairs" / "home.yaml").is_file()


@in_a_file
def test_the_log_of_the_registry_is_empty_after_a_night(settings: Settings) -> None:
    log = settings.home / "registry.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    assert (settings.home / "registry.db").stat().st_size > 8192


def test_what_holds_personal_data_is_closed_to_other_accounts(settings: Settings) -> None:
    closed = ["landing", "lake/raw", "lake/standard", "lake/rejected", "keys", "reports/tickets"]
    assert {name: (settings.home / name).stat().st_mode & 0o777 for name in closed} == dict.fromkeys(closed, 0o700)
    if not settings.registry_url:
        assert (settings.home / "registry.db").stat().st_mode & 0o777 == 0o600
    for name in ("published/open", "lake/targets", "analyst"):
        assert (settings.home / name).stat().st_mode & 0o005 == 0o005, "analysts read it"
