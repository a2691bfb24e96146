"""After many nights of one changed dataset the disk holds what it held after ten, deliveries and registry apart."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from pipelines.instance import prepare_instance
from pipelines.keys import dataset_key
from pipelines.night import run_on_console
from pipelines.retention import forget_old_runs
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.opening import Order
from shuyang_data.retention import RUN_DAYS
from shuyang_data.settings import Settings
from tests.builders import COUNTY_CATALOG, write_csv

SPOT = DatasetId("culture", "scenic_spot")
FIRST = date(2026, 9, 1)
# The documentation promises it of 60 nights; fewer show the same in less time.
NIGHTS = 22
FEW, MOST = 10, 1.3
APART = ("landing", "registry.db", "inbox")
DAY = timedelta(days=1)


def a_night(settings: Settings, number: int) -> None:
    day = FIRST + number * DAY
    lines = (f"A{n},景区{n}第{number}版,{n % 5 + 1},沭城街道,321322001" for n in range(200))
    path = settings.inbox / "culture" / f"旅游景区名录_{day:%Y%m%d}.csv"
    write_csv(path, "景区编号,景区名称,等级,地址,乡镇街道代码", *lines)
    assert run_on_console(Console(file=io.StringIO(), width=200), Order(day=day)) == 0
    grow_older(settings)


def grow_older(settings: Settings) -> None:
    """Everything that the clock decides on is a day older."""
    with closing(sqlite3.connect(settings.dagster_home / "history" / "runs.db")) as runs, runs:
        runs.execute("UPDATE runs SET create_timestamp = datetime(create_timestamp, '-1 day')")
    for path in settings.published.glob("*/*/*/*"):
        status = path.lstat()
        if not path.is_symlink():
            os.utime(path, (status.st_atime, status.st_mtime - DAY.total_seconds()))


def used(settings: Settings) -> int:
    """Bytes of the home, what stays for good apart."""
    tops = (path for path in settings.home.iterdir() if not path.name.startswith(APART))
    files = (file for top in tops for file in (top.rglob("*") if top.is_dir() else (top,)))
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


def test_the_disk_does_not_fill_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home", workers=0)
    monkeypatch.setenv("SHUYANG_HOME", str(settings.home))
    monkeypatch.setenv("SHUYANG_WORKERS", "0")
    for number in range(FEW):
        a_night(settings, number)
    after_few = used(settings)
    for number in range(FEW, NIGHTS):
        a_night(settings, number)
    assert used(settings) <= MOST * after_few, f"{used(settings):,} after {NIGHTS}, {after_few:,} after {FEW}"
    assert len(list(settings.landing.glob(f"{SPOT}/*"))) == NIGHTS, "what was delivered stays"
    key = dataset_key(load_catalog(COUNTY_CATALOG).datasets[SPOT], load_catalog(COUNTY_CATALOG), Layer.STANDARD)
    with dg.DagsterInstance.get() as instance:
        # The first, which told the registers last, and the newest, which forgot the old ones before it was written.
        assert len(instance.get_runs()) <= RUN_DAYS + 2
        assert len(instance.fetch_materializations(key, limit=100).records) == NIGHTS, "the trend of its rows stays"


def test_the_last_word_on_an_asset_stays_however_old_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home", workers=0)
    monkeypatch.setenv("SHUYANG_HOME", str(settings.home))
    monkeypatch.setenv("SHUYANG_WORKERS", "0")
    catalog = load_catalog(COUNTY_CATALOG)
    prepare_instance(settings)
    a_night(settings, 0)
    key = dataset_key(catalog.datasets[SPOT], catalog, Layer.RAW)
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert forget_old_runs(instance, catalog, datetime.now(UTC) + 1000 * DAY) == 0
        assert instance.get_run_by_id(run.run_id) is not None
        assert instance.get_latest_materialization_event(key) is not None
        assert instance.fetch_materializations(key, limit=1).records
        for number in (1, 2):
            a_night(settings, number)
    with dg.DagsterInstance.get() as instance:
        replaced = instance.get_runs()[1].run_id
        assert forget_old_runs(instance, catalog, datetime.now(UTC) + 12 * DAY) == 1
        assert instance.get_run_by_id(replaced) is None
        assert not list(settings.dagster_home.glob(f"{replaced}*"))
        assert instance.get_run_by_id(run.run_id) is not None, "it told the registers, which have not changed since"
        assert instance.get_latest_materialization_event(key) is not None
