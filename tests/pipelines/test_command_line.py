"""The command as an operator types it, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from samples.verify import compare
from tests.builders import TODAY, write_csv
from tests.pipelines.conftest import Home


def shuyang(home: Home, *arguments: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "SHUYANG_HOME": str(home.settings.home),
        "SHUYANG_CATALOG": str(home.settings.catalog),
    }
    command = [sys.executable, "-m", "shuyang_data.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """One clear Chinese message and the documented exit code, never a traceback."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for word in words:
        assert word in done.stderr + done.stdout


def test_targets_as_fixed_json(first_night: Home) -> None:
    body = json.loads(shuyang(first_night, "targets", "--json", "--evidence").stdout)
    assert set(body) == {"as_of", "county", "departments"}
    assert set(body["county"]["opening"]) == {"numerator", "denominator", "rate", "elements"}
    assert set(body["county"]["sharing"]["elements"][0]) == {
        "id",
        "department",
        "counted",
        "satisfied",
        "failed",
        "days_overdue",
    }
    assert body["departments"]["emergency"]["sharing"]["denominator"] >= 1
    for measure in ("sharing", "opening"):
        rows = body["county"][measure]["elements"]
        assert body["county"][measure]["denominator"] == sum(row["counted"] for row in rows)
        assert body["county"][measure]["numerator"] == sum(row["satisfied"] for row in rows)
    assert len(body["county"]["sharing"]["elements"]) >= 40
    codes = {code for row in body["county"]["sharing"]["elements"] for code in row["failed"]}
    assert {
        "reply_overdue",
        "refused_without_basis",
        "refused_with_basis",
        "withdrawn",
        "duplicate",
        "secret",
        "not_yet_due",
    } <= codes


def test_status_as_fixed_json(first_night: Home) -> None:
    body = json.loads(shuyang(first_night, "status", "--json").stdout)
    for row in body.values():
        assert {
            "delivered",
            "accepted",
            "rejected",
            "superseded",
            "published_shared",
            "published_open",
            "blocked_by",
        } <= set(row)


def test_people_get_tables(first_night: Home) -> None:
    assert "民政局" in shuyang(first_night, "targets", "--evidence").stdout
    assert "旅游景区名录" in shuyang(first_night, "status").stdout
    found = shuyang(first_night, "query", "select count(*) as n from shared.police_population")
    assert (found.returncode, "1 行" in found.stdout) == (0, True)
    assert "目录无误" in shuyang(first_night, "check").stdout
    assert shuyang(first_night, "doctor").returncode == 0


def test_wrong_usage_is_said_clearly(home: Home) -> None:
    refused(shuyang(home, "run", "--only", "police/nothing"), 2, "police/nothing", "目录里没有")
    refused(shuyang(home, "run", "--only", "nothing"), 2, "部门/数据集")
    refused(shuyang(home, "run", "--date", "tomorrow"), 2, "YYYY-MM-DD")
    refused(shuyang(home, "query", "selec 1"), 2, "SQL")
    refused(shuyang(home, "add-dataset", "nobody", "thing", "--from", "/nowhere.csv"), 2, "部门名录")
    refused(shuyang(home, "add-dataset", "police", "Thing", "--from", "/nowhere.csv"), 2, "Thing", "没有这个文件")
    broken = home.settings.catalog / "datasets" / "police" / "broken.yaml"
    broken.write_text("title: [", encoding="utf-8")
    refused(shuyang(home, "check"), 2, "broken.yaml", "YAML")
    # The night runs without it, and names it.
    refused(shuyang(home, "run"), 1, "broken.yaml", "公共数据按需共享率")


def test_a_second_run_at_the_same_time_waits_for_nobody(home: Home) -> None:
    with FileLock(home.settings.home / "night.lock"):
        refused(shuyang(home, "run"), 1, "另一次运行")


def test_a_home_that_cannot_be_written_is_said_clearly(home: Home, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    from shuyang_data.settings import Settings

    refused(shuyang(Home(Settings(home=blocked / "home", catalog=home.settings.catalog)), "run"), 1, "存储故障")


def test_a_disk_that_takes_no_more_is_said_clearly_and_nothing_is_lost(home: Home) -> None:
    """The system refuses to let any file grow beyond a few kilobytes; then the limit goes and the night is run again."""
    heading = "景区编号,景区名称,等级,地址,乡镇街道代码"
    rows = [f"A{n},景区{n},{n % 5 + 1},沭城街道,321322001" for n in range(4000)]
    write_csv(home.settings.inbox / "culture" / "旅游景区名录_20261124_2.csv", heading, *rows)
    environment = os.environ | {
        "SHUYANG_HOME": str(home.settings.home),
        "SHUYANG_CATALOG": str(home.settings.catalog),
    }
    limited = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000)); sys.argv[1:] = ['run', '--date', '{TODAY}']; from shuyang_data.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", limited], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    refused(done, 1, "故障")
    assert home.night() == 0
    found = json.loads(shuyang(home, "status", "--json").stdout)["culture/scenic_spot"]
    assert (found["delivered"], found["accepted"], found["blocked_by"]) == (4000, 4000, [])


def test_an_unreadable_delivery_is_refused_and_kept(home: Home) -> None:
    name = "旅游景区名录_20261124_7.csv"
    (home.settings.inbox / "culture" / name).write_bytes(b"\xff\xfe\x00\xd8A\x00A\x00")
    done = shuyang(home, "run", "--date", "2026-11-24")
    refused(done, 3, "unreadable_file")
    kept = list(home.settings.landing.glob(f"culture/scenic_spot/*/{name}"))
    assert [path.read_bytes() for path in kept] == [b"\xff\xfe\x00\xd8A\x00A\x00"]


def test_a_new_dataset_is_drafted_from_a_delivery(home: Home, tmp_path: Path) -> None:
    source = write_csv(
        tmp_path / "公园名录_20261101.csv",
        "公园编号,名称,面积,建成日期",
        "001,虞姬公园,12.5,2019-05-01",
        encoding="gb18030",
    )
    done = shuyang(home, "add-dataset", "culture", "park", "--from", str(source))
    assert done.returncode == 0, done.stderr
    draft = (home.settings.catalog / "drafts" / "culture" / "park.yaml").read_text(encoding="utf-8")
    assert "公园编号" in draft
    assert "type: text" in draft
    assert "type: date" in draft
    example = (home.settings.catalog / "drafts" / "culture" / "park.csv").read_text(encoding="utf-8")
    assert example.startswith("公园编号,名称,面积,建成日期\n")
    assert "虞姬公园" not in draft + example
    checked = shuyang(home, "check")
    assert (checked.returncode, "草稿 culture/park" in checked.stdout) == (0, True)
    assert shuyang(home, "catalog", "code", "culture").returncode == 0
    refused(
        shuyang(home, "catalog", "submit", "culture/park", "--author", "甲", "--reason", "乙"), 2, "park.yaml:", "待填"
    )


def test_analysts_see_one_night_or_the_other_while_two_nights_run(home: Home) -> None:
    """Four processes query in a loop; in every answer all tables come from one night."""
    script = (
        "import duckdb, sys, time, pathlib\n"
        "link = pathlib.Path(sys.argv[1]); end = time.monotonic() + 60; seen = set()\n"
        "stop = link.parent / 'stop'\n"
        "while not stop.exists() and time.monotonic() < end:\n"
        "    with duckdb.connect(str(link.resolve()), read_only=True) as c:\n"
        "        seen.add(c.execute('select (select max(level) from open.culture_scenic_spot),"
        " (select max(level) from shared.culture_scenic_spot)').fetchone())\n"
        "assert all(a == b for a, b in seen), seen\n"
        "print(sorted(seen))\n"
    )
    heading = "景区编号,景区名称,等级,地址,乡镇街道代码"
    inbox = home.settings.inbox / "culture"
    write_csv(inbox / "旅游景区名录_20261124_2.csv", heading, "A1,虞姬公园,1,沭城街道,321322001")
    home.night()
    command = [sys.executable, "-c", script, str(home.settings.analyst)]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for level in (2, 3):
        write_csv(inbox / f"旅游景区名录_20261124_{level + 1}.csv", heading, f"A1,虞姬公园,{level},沭城街道,321322001")
        home.night()
    (home.settings.home / "stop").touch()
    for reader in readers:
        out, err = reader.communicate(timeout=70)
        assert reader.returncode == 0, err
        assert "(3, 3)" in out


def test_a_night_shared_by_processes_ends_as_one_in_a_single_process(home: Home) -> None:
    expected = json.loads(shuyang(home, "status", "--json").stdout)
    environment = os.environ | {
        "SHUYANG_HOME": str(home.settings.home), "SHUYANG_CATALOG": str(home.settings.catalog), "SHUYANG_WORKERS": "3"
    }  # fmt: skip
    command = [sys.executable, "-m", "pipelines.night", "--full", "--date", str(TODAY)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment, check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert json.loads(shuyang(home, "status", "--json").stdout) == expected
    assert compare(home.settings, home.settings.home / "truth.json") == []


def test_a_worker_that_is_killed_is_a_fault_and_the_next_night_makes_it_good(home: Home) -> None:
    """The kernel ends a process that takes too much memory; here the first worker ends itself."""
    expected = json.loads(shuyang(home, "status", "--json").stdout)
    dying = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    script = (
        "import subprocess, sys, typer, pipelines.night as night, shuyang_data.night.crew as crew\n"
        f"crew._start = lambda: subprocess.Popen([sys.executable, '-c', {dying!r}],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "typer.run(night.main)"
    )
    environment = os.environ | {
        "SHUYANG_HOME": str(home.settings.home),
        "SHUYANG_CATALOG": str(home.settings.catalog),
    }
    command = [sys.executable, "-c", script, "--only", "police/population"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    refused(done, 1, "工作进程", "police/population")
    assert home.night() == 0
    assert json.loads(shuyang(home, "status", "--json").stdout) == expected
