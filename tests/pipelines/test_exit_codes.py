"""Every command ends as docs/errors.md says: 0 done, 1 fault, 2 wrong usage, 3 stopped; with words, never a stack."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from shuyang_data.cli.main import app
from tests.builders import TODAY, write_csv
from tests.pipelines.conftest import Home
from tests.unit.test_chinese import every_command

HOMES = "民政局/养老机构名录"
# Commands that end well on the county after its first night; {to} is a folder of the test's own.
DONE = [
    "--version", "init {to}/county", "backup {to}/backups", "backup {to}/backup.tar", "check", "status", "targets", "doctor", "doctor --deep", "inspect {to}/a.csv", "drift", "handover",
    f"classify {HOMES}", "resources", "key 民政局", "query values(1)", "export-analyst {to}/analyst.duckdb", "todo 民政局", "pull",
    "delivery list", "catalog export --to {to}/catalog.xlsx", "catalog import {to}/catalog.xlsx", "catalog changes",
    f"catalog history {HOMES}", "catalog findings", "catalog plan", "catalog code 民政局", "catalog upgrade",
    "quality tickets 民政局", f"quality file {HOMES} --by 公安局 --text 电话不对", "quality scores 民政局",
    f"quality suggest {HOMES}", f"quality check {HOMES}", f"quality export {HOMES} --gx {{to}}/suite",
]  # fmt: skip
# What nobody knows, is not there, or is written wrongly.
WRONG = [
    "init {to}", "backup {to}/b --keep x", "restore {to}/nothing", "restore {to}/a.csv", "restore {to}", "rebuild", "run --only 没有的", "run --date tomorrow", "status --date x", "targets --date x", "inspect {to}/nothing", "pull 没有的",
    "classify 没有的", "key 海关", "serve --port 99999", "query selec", "export-analyst {to}", "todo 海关",
    "add-dataset 海关 park --from {to}/a.csv", "add-dataset 民政局 Park --from {to}/a.csv", "catalog export --department 海关",
    "catalog import {to}/nothing", "catalog submit 民政局/没有的 --author 甲 --reason 乙", "catalog submit 海关/x", "catalog move 没有的 民政局/x --author 甲 --by 乙 --reason 丙", f"catalog move {HOMES} 民政局", "catalog upgrade --nope", "catalog approve BG1 --by 甲", "catalog reject BG1 --by 甲 --reason 乙", "catalog history 没有的",
    "catalog census 海关 --source x", "catalog census 民政局 --source x", "catalog code 海关", "quality tickets 海关",
    "quality ticket 没有的", "quality file 没有的 --by 公安局 --text x", f"quality file {HOMES} --by 海关 --text x",
    "quality scores 海关", "quality suggest 没有的", "quality check 没有的", "quality export 没有的 --gx {to}/x",
    "delivery list 没有的", "delivery void 没有的 --by 甲 --reason 乙", "delivery retry 没有的 --by 甲 --reason 乙", "delivery confirm x",
    "project check 没有的", "catalog changes --date x", "catalog findings --date x", "catalog plan --date x", "resources --nope",
    "drift --nope", "handover --nope", "doctor --nope", "check --nope",
]  # fmt: skip
# What cannot work on a registry that is none. `query` reads the analysts' file, others the catalog or a file alone.
FAULTY = [
    "run", "backup {to}/backups", "rebuild", "status", "targets", "doctor", "drift", "handover", "classify", "resources", "key 民政局", "todo", "pull", "add-dataset 民政局 park --from {to}/a.csv", "serve --port 8642",
    "catalog export --to {to}/x.xlsx", "catalog import {to}/a.csv", "catalog changes", "catalog approve BG1 --by 甲",
    "catalog reject BG1 --by 甲", "catalog submit 民政局/x", f"catalog move {HOMES} 民政局/x", f"catalog history {HOMES}", "catalog census 民政局 --source x", "catalog findings", "catalog plan",
    "quality tickets", "quality ticket x", f"quality file {HOMES} --by 公安局 --text x", "quality scores", f"quality suggest {HOMES}",
    f"quality check {HOMES}", "project check civil_affairs_2024", "delivery list", "delivery void x --by 甲 --reason 乙",
    "delivery retry x --by 甲 --reason 乙", "delivery confirm x --by 甲 --reason 乙",
]  # fmt: skip


def ended(typed: str, to: Path) -> Any:
    done = CliRunner().invoke(app, typed.format(to=to).split(), prog_name="shuyang")
    assert "Traceback" not in done.output
    return done


@pytest.fixture
def to(tmp_path: Path) -> Path:
    write_csv(tmp_path / "to" / "a.csv", "编号,名称", "1,甲")
    (tmp_path / "to" / "catalog").mkdir()
    return tmp_path / "to"


def test_every_command_is_tried() -> None:
    """`run` is, in test_night and test_command_line; `serve` with a port that is free, in test_push."""
    tried = {line.split(" {")[0] for line in (*DONE, *WRONG, *FAULTY)}
    names = [name for name in every_command() if name and name not in ("catalog", "quality", "project", "delivery")]
    assert [name for name in names if not any(line.startswith(name) for line in tried)] == []


def test_what_is_done_is_zero(home: Home, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.export()
    monkeypatch.setenv("SHUYANG_BACKUP_PASSPHRASE", "correct horse battery staple")
    for typed in DONE:
        done = ended(typed, to)
        assert done.exit_code == 0, (typed, done.output)
        assert done.output, typed


def test_wrong_usage_is_two(first_night: Home, to: Path) -> None:
    first_night.export()
    for typed in WRONG:
        done = ended(typed, to)
        assert (done.exit_code, done.stdout) == (2, ""), (typed, done.output)
        assert any(line.startswith("用法不对") for line in done.stderr.splitlines()), typed


def test_a_fault_is_one(to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "家"
    home.mkdir()
    (home / "registry.db").write_text("not a database", encoding="utf-8")
    monkeypatch.setenv("SHUYANG_HOME", str(home))
    for typed in FAULTY:
        done = ended(typed, to)
        assert done.exit_code == 1, (typed, done.output)
        # The night is a process of its own, and speaks for itself.
        assert f"{home}/registry.db" in done.output or typed == "run", (typed, done.output)


def test_a_home_in_use_and_a_port_in_use_are_said(first_night: Home, to: Path) -> None:
    first_night.export()
    with FileLock(first_night.settings.home / "night.lock"):
        done = ended("handover", to)
        assert (done.exit_code, "另一次运行" in done.stderr) == (1, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = ended(f"serve --port {taken.getsockname()[1]}", to)
        assert (done.exit_code, str(taken.getsockname()[1]) in done.stderr) == (2, True)


def test_a_broken_catalog_is_two_for_every_command_that_reads_it(
    to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUYANG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHUYANG_CATALOG", str(to / "catalog"))
    for typed in (*FAULTY, "check", f"quality export {HOMES} --gx {to}/x", "inspect {to}/a.csv"):
        if typed.split()[0] in ("doctor", "backup", "rebuild"):
            continue
        done = ended(typed, to)
        assert (done.exit_code, "shuyang init" in done.stderr) == (2, True), (typed, done.output)


def test_what_a_gate_stops_is_three(first_night: Home, to: Path) -> None:
    """The night itself, a project, and a grade that is below what the values show."""
    assert first_night.code == 3
    first_night.export()
    refused = ended("project check civil_affairs_2024 --date 2026-11-24", to)
    assert (refused.exit_code, "不通过" in refused.stdout) == (3, True)


def test_a_run_by_chinese_names(home: Home, to: Path) -> None:
    home.export()
    os.environ["SHUYANG_WORKERS"] = "0"
    for name in (HOMES, "养老机构名录", f"{HOMES}·标准"):
        assert ended(f"run --only {name} --date {TODAY}", to).exit_code == 0
    night = home.registry().last_night()
    assert night is not None
    assert list(night["planned"]) == ["civil_affairs/nursing_home"]
