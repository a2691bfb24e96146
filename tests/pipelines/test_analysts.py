"""What analysts and the public open of the demonstration county, with the tools that they have."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from shuyang_data.cli.analyst import json_text
from shuyang_data.cli.console import shown_when_slow
from shuyang_data.release.neutral import neutral
from tests.pipelines.conftest import Home
from tests.pipelines.test_command_line import refused, shuyang

WIDE = "select * from catalogue where dataset = 'civil_affairs/nursing_home' order by layer"


def releases(home: Home, pattern: str) -> list[Path]:
    return sorted(path.resolve() for path in home.settings.published.glob(f"{pattern}/*/*/current"))


def text(value: object) -> str:
    return "" if value is None else neutral(str(value))


def test_every_open_csv_is_read_alike_by_duckdb_pandas_and_python(first_night: Home) -> None:
    folders = releases(first_night, "open")
    assert len(folders) >= 15
    for folder in folders:
        table = pq.read_table(folder / "data.parquet")
        names = table.column_names
        dictionary = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
        titles = [item["中文名"] for item in dictionary["信息项"]]
        strings = [name for name in names if str(table.schema.field(name).type) == "string"]
        expected = [[text(row[name]) for name in strings] for row in table.to_pylist()]
        for file, heading in (("data.csv", names), ("data.excel.csv", titles)):
            path = folder / file
            with path.open(encoding="utf-8-sig", newline="") as source:
                read = list(csv.reader(source))
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
            sniffed = duckdb.sql(f"select * from read_csv('{path}')")
            assert read[0] == list(frame.columns) == sniffed.columns == heading, path
            assert len(read) - 1 == len(frame) == len(sniffed.fetchall()) == table.num_rows, path
            assert read[1:] == frame.values.tolist(), path
            as_text = duckdb.sql(f"select * from read_csv('{path}', all_varchar = true)").fetchall()
            assert [[cell or "" for cell in row] for row in as_text] == read[1:], path
            places = [names.index(name) for name in strings]
            assert [[row[place] for place in places] for row in read[1:]] == expected, path


def test_sha256sum_accepts_every_release(first_night: Home) -> None:
    folders = releases(first_night, "*")
    assert len(folders) > 50
    for folder in folders:
        done = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=True
        )
        assert done.stdout.count(b": OK\n") == len(list(folder.iterdir())) - 1
        body = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        assert body["发布时间"].endswith("+08:00")


def test_which_nursing_homes_are_in_a_town_is_one_query(first_night: Home) -> None:
    sql = "select home_name, bed_count from open.civil_affairs_nursing_home where town_name = '沭城街道'"
    done = shuyang(first_night, "query", sql, "--json")
    codes = {"321322001"}
    folder = (first_night.settings.published / "open" / "civil_affairs" / "nursing_home" / "current").resolve()
    rows = pq.read_table(folder / "data.parquet").to_pylist()
    expected = [{"home_name": r["home_name"], "bed_count": r["bed_count"]} for r in rows if r["town_code"] in codes]
    assert sorted(json.loads(done.stdout), key=str) == sorted(expected, key=str)
    assert expected


def test_no_view_has_more_or_fewer_rows_than_its_release(first_night: Home) -> None:
    with duckdb.connect(str(first_night.settings.analyst), read_only=True) as connection:
        listed = connection.execute("select view_name, rows from analyst.catalogue").fetchall()
        assert len(listed) > 50
        for view, rows in listed:
            assert connection.execute(f"select count(*) from analyst.{view}").fetchall() == [(rows,)]
        silent = connection.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        assert silent == []


def test_a_redirected_table_loses_no_column_and_no_character(
    first_night: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eighty columns are the width of a screen, not of a file."""
    rows = json.loads(shuyang(first_night, "query", WIDE, "--json").stdout)
    monkeypatch.setenv("COLUMNS", "80")
    printed = shuyang(first_night, "query", WIDE).stdout
    read = list(csv.DictReader(io.StringIO(shuyang(first_night, "query", WIDE, "--csv").stdout)))
    assert len(rows) == 2
    for row in rows:
        for name, value in row.items():
            assert name in printed
            assert str("" if value is None else value) in printed
    assert read == [{name: str("" if value is None else value) for name, value in row.items()} for row in rows]


def test_a_narrow_screen_shows_every_column_in_blocks(first_night: Home) -> None:
    """On a terminal of eighty columns, as `pty` makes one."""
    leader, follower = pty.openpty()
    environment = os.environ | {
        "SHUYANG_HOME": str(first_night.settings.home), "COLUMNS": "80", "TERM": "dumb", "PYTHONUTF8": "1"
    }  # fmt: skip
    command = [sys.executable, "-m", "shuyang_data.cli.main", "query", f"{WIDE} limit 1"]
    with subprocess.Popen(command, stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        while chunk := _read(leader):
            shown += chunk
        assert process.wait() == 0
    os.close(leader)
    assert "第 1 行" in shown.decode()
    for word in ("update_cycle", "每月", "307001321322003/0004", "abstract", "1 行"):
        assert word in shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


def test_json_keeps_every_digit_and_every_column(first_night: Home) -> None:
    sql = "select 12345678901234.56::decimal(18, 2) as n, true as n, 'nan'::double as n, date '2026-11-24' as d, '[b]' as t"
    assert shuyang(first_night, "query", sql, "--json").stdout.splitlines()[1] == (
        '{"n": 12345678901234.56, "n_2": true, "n_3": null, "d": "2026-11-24", "t": "[b]"}'
    )
    assert "│ [b] │" in shuyang(first_night, "query", sql).stdout
    assert json_text(["a"], []) == "[]"
    assert shuyang(first_night, "query", "select '=1+1' as t, false as b", "--csv").stdout == "t,b\n'=1+1,false\n"
    refused(shuyang(first_night, "query", "select 1", "--csv", "--json"), 2, "其中一个")
    refused(shuyang(first_night, "query", "select nam from catalogue"), 2, "相近的列", '"grade"', "第1行")


def test_an_export_opens_anywhere_and_says_what_may_be_done_with_it(first_night: Home, tmp_path: Path) -> None:
    target = tmp_path / "分析 库.duckdb"
    done = shuyang(first_night, "export-analyst", str(target))
    assert done.returncode == 0, done.stderr
    assert "含共享数据，按授权使用" in done.stdout
    with duckdb.connect(str(target), read_only=True) as connection:
        listed = connection.execute("select view_name, rows from catalogue").fetchall()
        for name, rows in listed:
            assert connection.execute(f"select count(*) from {name}").fetchall() == [(rows,)]
        assert connection.execute("select count(*) from targets.rates").fetchall() != [(0,)]
    kept = target.read_bytes()
    refused(shuyang(first_night, "export-analyst", str(target)), 2, "已经存在", "--force")
    assert target.read_bytes() == kept
    done = shuyang(first_night, "export-analyst", str(target), "--force", "--open-only")
    assert "只含开放数据" in done.stdout
    with duckdb.connect(str(target), read_only=True) as connection:
        schemas = {row[0] for row in connection.execute("select schema_name from duckdb_tables()").fetchall()}
        assert schemas == {"codes", "main", "open"}
        assert connection.execute("select distinct layer from catalogue").fetchall() == [("open",)]
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_an_export_goes_where_it_does_no_harm(first_night: Home, tmp_path: Path) -> None:
    home = first_night.settings.home
    refused(shuyang(first_night, "export-analyst", str(home / "analyst.duckdb"), "--force"), 2, "状态文件夹")
    refused(shuyang(first_night, "export-analyst", str(tmp_path / "no" / "x.duckdb")), 2, "没有这个文件夹")
    refused(shuyang(first_night, "export-analyst", str(tmp_path), "--force"), 2, "是一个文件夹")
    assert first_night.settings.analyst.is_symlink()


def test_what_takes_long_shows_how_far_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    with shown_when_slow("导出", after=3600) as on_table:
        on_table("open.a", 1, 2)
    assert capfd.readouterr().err == ""
    with shown_when_slow("导出", after=0) as on_table:
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join()
        on_table("open.a", 1, 2)
    shown = capfd.readouterr().err
    assert "1/2" in shown
    assert "open.a" in shown


def test_a_home_of_the_old_layout_goes_on_working(home: Home) -> None:
    build = home.settings.analyst.resolve()
    old = home.settings.home / "analyst" / f"analyst-20260101T000000000000-{'0' * 12}.duckdb"
    shutil.move(build, old)
    shutil.rmtree(build.parent)
    home.settings.analyst.unlink()
    home.settings.analyst.symlink_to(f"analyst/{old.name}")
    assert "1 行" in shuyang(home, "query", "select count(*) from shared.police_population").stdout
    home.night()
    assert home.settings.analyst.resolve().name == "analyst.duckdb"
    assert old.exists()
    assert "1 行" in shuyang(home, "query", "select count(*) from analyst.shared.police_population").stdout
