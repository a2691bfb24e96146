"""What is published: a remake that gives equal bytes changes nothing, and every file can be read and checked by anybody."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.chain.make import make
from shuyang_data.chain.steps import Stopped
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.night.analyst import publish_analyst
from shuyang_data.records import Release
from shuyang_data.settings import Settings
from shuyang_data.storage.analyst_query import query
from shuyang_data.storage.published import release_problems
from shuyang_data.storage.registry import Registry
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset, write_csv

DATASET = a_dataset(
    a_column("code", title='编号"码"', required=True), a_column("name", title="=名称,全称"),
    a_column("town_code", title="乡镇代码", code_list="town"), a_column("beds", Type.INTEGER, title="床位数"),
    a_column("note", title="备注项"),
)  # fmt: skip
HEADING = '"编号""码""","=名称,全称",乡镇代码,床位数,备注项'
LINES = (HEADING, 'A1,"甲,""乙""",001,10,=1+1', "A2,乙,001,,", '007,"两\n行",,3,-5')


@pytest.fixture
def county(settings: Settings) -> County:
    settings.published.mkdir(parents=True)
    catalog = a_catalog(DATASET, town=["001", "002"])
    return County(settings, catalog, Registry(settings.registry), TODAY, NOW, "first")


def later(county: County, run: str = "second") -> County:
    return replace(county, now=county.now + timedelta(days=1), run_id=run)


def deliver(county: County, *lines: str, day: str = "20261101") -> None:
    write_csv(county.settings.inbox / "civil_affairs" / f"测试数据_{day}.csv", *lines)


def made(county: County, layer: Layer = Layer.OPEN, dataset: Dataset = DATASET) -> Release:
    """The chain to a release."""
    steps = list(make(county, dataset, (Layer.LANDING, Layer.RAW, Layer.STANDARD, layer)))
    assert not [step for step in steps if isinstance(step, Stopped)]
    (release,) = [release for release in county.registry.releases(dataset.id) if release.layer is layer]
    return release


def tree(county: County) -> dict[str, tuple[int, int]]:
    """Every file and link below the published folder: its inode and when it was written."""
    paths = [path for path in county.settings.published.rglob("*") if not path.is_dir() or path.is_symlink()]
    return {str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns) for path in paths}


@pytest.mark.parametrize("layer", [Layer.SHARED, Layer.OPEN])
def test_a_remake_that_gives_equal_bytes_keeps_its_release_and_dates(county: County, layer: Layer) -> None:
    deliver(county, *LINES)
    first = made(county, layer)
    before = tree(county)
    remade = made(later(county), layer)
    assert remade.snapshot_id != first.snapshot_id
    assert remade == replace(first, snapshot_id=remade.snapshot_id)
    assert tree(county) == before
    assert county.registry.releases(DATASET.id, current=False) == [remade]
    assert not list((county.settings.published / ".staging").iterdir())


def test_the_fingerprint_follows_a_change_that_changes_no_byte(county: County) -> None:
    deliver(county, *LINES)
    first = made(county)
    changed = DATASET.model_copy(update={"reject_limit": 0.5})
    at_night = later(replace(county, catalog=a_catalog(changed, town=["001", "002"])))
    remade = made(at_night, dataset=changed)
    assert remade.fingerprint != first.fingerprint
    assert (remade.version, remade.released_at) == (first.version, first.released_at)


@pytest.mark.parametrize("change", ["date", "row", "dictionary", "metadata"])
def test_whatever_differs_is_a_new_release(county: County, change: str) -> None:
    deliver(county, *LINES)
    first, dataset = made(county), DATASET
    if change == "date":
        deliver(county, *LINES, day="20261102")
    elif change == "row":
        deliver(county, *LINES[:-1], "008,丙,002,4,", day="20261101_2")
    elif change == "dictionary":
        dataset = DATASET.model_copy(update={"columns": (*DATASET.columns[:-1], a_column("note", title="备注"))})
    else:
        dataset = DATASET.model_copy(update={"abstract": "另一个摘要"})
    at_night = later(replace(county, catalog=a_catalog(dataset, town=["001", "002"])))
    second = made(at_night, dataset=dataset)
    assert second.version != first.version
    assert second.released_at == at_night.now
    current = county.settings.published / Layer.OPEN / "civil_affairs" / "thing" / "current"
    assert current.readlink() == Path(second.version)
    assert release_problems(second, county.settings.published) == ()


@pytest.mark.parametrize("damage", ["data.csv", "metadata.json", "SHA256SUMS", "manifest.json", "folder", "link"])
def test_what_was_damaged_is_built_again(county: County, damage: str) -> None:
    deliver(county, *LINES)
    first = made(county)
    folder = county.settings.published / first.folder
    if damage == "folder":
        shutil.rmtree(folder)
    elif damage == "link":
        (folder.parent / "current").unlink()
    else:
        content = (folder / damage).read_bytes()
        (folder / damage).write_bytes(content[:-1] + b"x")
        os.utime(folder / damage, ns=(0, 0))
    assert release_problems(first, county.settings.published)
    second = made(later(county))
    assert release_problems(second, county.settings.published) == ()
    assert county.registry.releases(DATASET.id) == [second]
    assert second.version != first.version


def test_a_withdrawn_release_is_not_taken_up_again(county: County) -> None:
    deliver(county, *LINES)
    first = made(county)
    county.registry.withdraw_release(DATASET.id, Layer.OPEN, NOW, "试")
    assert made(later(county)).version != first.version


def test_sha256sum_accepts_every_file_of_a_release(county: County) -> None:
    deliver(county, *LINES)
    folder = county.settings.published / made(county).folder
    command = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    names = {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    assert {line.partition(": ")[0] for line in done.stdout.splitlines()} == names
    assert {"manifest.json", "data.parquet"} <= names
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {file["name"] for file in listed} == names - {"manifest.json"}
    (folder / "data.csv").write_bytes(b"x")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 1


def test_the_time_is_told_in_the_countys_zone(county: County) -> None:
    deliver(county, *LINES)
    body = json.loads((county.settings.published / made(county).folder / "metadata.json").read_text(encoding="utf-8"))
    assert body["发布时间"] == "2026-11-24T11:00:00+08:00"


@pytest.mark.parametrize("name", ["data.csv", "data.excel.csv"])
def test_every_reader_reads_the_same_from_a_csv(county: County, name: str) -> None:
    """Quotes, commas, line ends and formulas in cells and headings; a code with leading zeros; nothing at all."""
    deliver(county, *LINES)
    folder = county.settings.published / made(county).folder
    plain = name == "data.csv"
    titles = [column.name if plain else column.title for column in DATASET.columns]
    heading = ["'=名称,全称" if title == "=名称,全称" else title for title in titles]
    expected = [
        ["007", "两\n行", "", "3", "-5"], ["A1", '甲,"乙"', "001", "10", "'=1+1"], ["A2", "乙", "001", "", ""]
    ]  # fmt: skip
    path = folder / name
    assert b"\r" not in path.read_bytes()
    with path.open(encoding="utf-8-sig", newline="") as source:
        assert list(csv.reader(source)) == [heading, *expected]
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert [list(frame.columns), *frame.values.tolist()] == [heading, *expected]
    sniffed = duckdb.sql(f"select * from read_csv('{path}')")
    assert (sniffed.columns, len(sniffed.fetchall())) == (heading, pq.read_metadata(folder / "data.parquet").num_rows)
    texts = duckdb.sql(f"select * from read_csv('{path}', all_varchar = true)").fetchall()
    assert [[cell or "" for cell in row] for row in texts] == expected


def ask(county: County, sql: str) -> list[tuple[object, ...]]:
    return query(county.settings.analyst, [county.settings.published], sql)[1]


def test_the_analysts_file_follows_what_is_published(county: County) -> None:
    deliver(county, *LINES)
    first = made(county)
    build = publish_analyst(county)
    assert build is not None
    assert ask(county, "select name from open.civil_affairs_thing where town_name = '001' order by code") == [
        ('甲,"乙"',), ("乙",)
    ]  # fmt: skip
    found = ask(county, "select dataset, title, rows, data_on, view_name from catalogue")
    assert found == [("civil_affairs/thing", "测试数据", 3, first.data_on, "open.civil_affairs_thing")]
    made(later(county))
    assert publish_analyst(later(county)) is None, "an equal remake is no reason for a new build"
    deliver(county, *LINES, day="20261102")
    made(later(county, "third"))
    assert publish_analyst(later(county)) not in (None, build)
    assert build.exists()


def test_a_damaged_release_takes_no_other_table_away(county: County) -> None:
    deliver(county, *LINES)
    made(county, Layer.SHARED)
    release = made(county)
    (county.settings.published / release.folder / "data.parquet").write_bytes(b"PAR1")
    publish_analyst(county)
    assert ask(county, "select view_name from catalogue") == [("shared.civil_affairs_thing",)]
    assert ask(county, "select count(*) from shared.civil_affairs_thing") == [(3,)]
    made(later(county))
    assert publish_analyst(later(county)) is not None
    assert len(ask(county, "from catalogue")) == 2


def test_a_release_of_other_columns_than_todays_catalog_still_opens(county: County) -> None:
    deliver(county, *LINES)
    made(county)
    grown = DATASET.model_copy(update={"columns": (*DATASET.columns, a_column("new", title="新列", code_list="town"))})
    publish_analyst(replace(county, catalog=a_catalog(grown, town=["001"])))
    assert len(ask(county, "describe open.civil_affairs_thing")) == 6
    publish_analyst(replace(later(county), catalog=a_catalog(town=["001"])))
    assert ask(county, "select title, grade from catalogue") == [("civil_affairs/thing", None)]
