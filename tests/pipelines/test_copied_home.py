"""A home that is copied, moved or restored with the tools that operators have is a home of its own at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import dagster as dg
import pytest

from shuyang_data.settings import REPOSITORY
from shuyang_data.storage.analyst_build import build_problems
from tests.pipelines.test_places import NAME, a_night, shuyang

ROWS = f"select spot_name from open.{NAME.replace('/', '_')} order by 1"
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("first") / "home"
    a_night(REPOSITORY, home, SHUYANG_HOME=str(home), SHUYANG_WORKERS="0")
    return home


def looked_at(home: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in home.rglob("*") if path.is_file() and path.name != "night.lock")
    return {str(path.relative_to(home)): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def asked(home: Path, sql: str) -> list[dict[str, str]]:
    done = shuyang(REPOSITORY, "query", "--json", sql, SHUYANG_HOME=str(home))
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return rows


def test_the_first_query_at_a_new_place_reads_that_place(original: Path, tmp_path: Path) -> None:
    """Seen: the views of a copied home led to the original."""
    before = looked_at(original)
    copy = tmp_path / "另一处 100%"
    shutil.copytree(original, copy, symlinks=True)
    for path in copy.glob("published/open/*/*/*/data.*"):
        assert original not in path.resolve().parents
    assert build_problems(copy, copy / "analyst.duckdb")
    assert asked(copy, ROWS) == [{"spot_name": "古栗林"}, {"spot_name": "虞姬公园"}]
    assert build_problems(copy, copy / "analyst.duckdb") == ()
    (path,) = copy.glob("published/open/*/*/current/data.parquet")
    path.unlink()
    done = shuyang(REPOSITORY, "query", ROWS, SHUYANG_HOME=str(copy))
    assert done.returncode == 1, "it reads no other home's file"
    assert looked_at(original) == before


def test_a_night_on_a_copy_leaves_the_original_as_it_was(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: it committed into the original's lake and deleted its metadata."""
    before = looked_at(original)
    copy = tmp_path / "copy"
    shutil.copytree(original, copy, symlinks=True)
    a_night(REPOSITORY, copy, SHUYANG_HOME=str(copy), SHUYANG_WORKERS="0")
    assert looked_at(original) == before
    shutil.rmtree(copy)
    assert asked(original, ROWS) == [{"spot_name": "古栗林"}, {"spot_name": "虞姬公园"}]
    a_night(REPOSITORY, original, SHUYANG_HOME=str(original), SHUYANG_WORKERS="0")
    monkeypatch.setenv("SHUYANG_HOME", str(original))
    with dg.DagsterInstance.from_config(str(original / "dagster")) as instance:
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}


def test_backup_restore_and_rebuild_from_the_console(original: Path, tmp_path: Path) -> None:
    environment = {"SHUYANG_HOME": str(original), "SHUYANG_BACKUP_PASSPHRASE": PASSPHRASE}
    done = shuyang(REPOSITORY, "backup", str(tmp_path / "backup.tar"), **environment)
    assert (done.returncode, "已备份" in done.stdout) == (0, True), done.stderr
    inside = shuyang(REPOSITORY, "backup", str(original / "backups"), **environment)
    assert (inside.returncode, "别处" in inside.stderr) == (2, True)
    restored = tmp_path / "restored"
    environment["SHUYANG_HOME"] = str(restored)
    done = shuyang(REPOSITORY, "restore", str(tmp_path / "backup.tar"), **environment)
    assert (done.returncode, "都与清单相符" in done.stdout) == (0, True), done.stderr
    assert asked(restored, ROWS) == [{"spot_name": "古栗林"}, {"spot_name": "虞姬公园"}]
    for path in restored.glob("registry.db*"):
        path.unlink()
    gone = shuyang(REPOSITORY, "status", **environment)
    assert (gone.returncode, "登记库不见了" in gone.stderr, "shuyang rebuild" in gone.stderr) == (1, True, True)
    assert "0/0" not in shuyang(REPOSITORY, "targets", **environment).stdout
    assert shuyang(REPOSITORY, "rebuild", **environment).returncode == 0
    done = shuyang(REPOSITORY, "run", **environment, SHUYANG_WORKERS="0")
    assert done.returncode == 0, done.stderr
    found = json.loads(shuyang(REPOSITORY, "status", "--json", **environment).stdout)[NAME]
    assert (found["accepted"], found["published_open"]) == (2, 2)
