"""Home, checkout and lake on paths that people really use: Chinese, blanks, and characters that mean more in a URL."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from shuyang_data.settings import REPOSITORY
from tests.builders import TODAY, write_csv

STRANGE = "数据 目录#1%20"
NAME = "culture/scenic_spot"


def deliver(home: Path) -> None:
    """One small file of one dataset."""
    rows = [
        "景区编号,景区名称,等级,地址,乡镇街道代码",
        "A1,虞姬公园,4,沭城街道,321322001",
        "A2,古栗林,3,颜集镇,321322103",
    ]
    write_csv(home / "inbox" / "culture" / "旅游景区名录_20261124.csv", *rows)


def shuyang(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shuyang_data.cli.main", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=180, cwd=folder, env=os.environ | environment, check=False
    )


def a_night(folder: Path, home: Path, **environment: str) -> None:
    """Two rows of one dataset, published."""
    deliver(home)
    done = shuyang(folder, "run", "--only", NAME, "--date", str(TODAY), **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(
        shuyang(folder, "query", "--json", f"select * from open.{NAME.replace('/', '_')}", **environment).stdout
    )
    assert [row["spot_name"] for row in found] == ["虞姬公园", "古栗林"]
    assert shuyang(folder, "doctor", **environment).returncode == 0


def test_a_home_on_a_path_with_chinese_blanks_and_signs(tmp_path: Path) -> None:
    home = tmp_path / STRANGE
    for _ in ("the first", "one that remakes it on what the first left"):
        a_night(REPOSITORY, home, SHUYANG_HOME=str(home), SHUYANG_WORKERS="0")
    assert [path.name for path in tmp_path.iterdir()] == [STRANGE]
    assert (home / "dagster" / "index.db").is_file()


def test_a_checkout_on_a_path_with_chinese_and_blanks(tmp_path: Path) -> None:
    """Everything of it: code, catalog, and the state in its folder `data`, shared by processes."""
    checkout = tmp_path / STRANGE
    for name in ("shuyang_data", "pipelines", "catalog", "quality_checks"):
        shutil.copytree(REPOSITORY / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, checkout)
    a_night(checkout, checkout / "data", SHUYANG_WORKERS="2")
    where = "import pipelines.night, shuyang_data.settings as s; print(s.REPOSITORY, pipelines.night.__file__)"
    done = subprocess.run([sys.executable, "-c", where], cwd=checkout, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == f"{checkout} {checkout}/pipelines/night.py"
