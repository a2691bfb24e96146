"""Real files of other people: read right, or refused with a reason. They stand in ../shared and never in this project."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from shuyang_data.settings import REPOSITORY

SHARED = Path(os.environ.get("SHUYANG_SHARED", REPOSITORY.parent / "shared"))
SECONDS = 150
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "real_cn").is_dir(), reason="../shared is not here"),
]


def score(script: Path, *arguments: str, attempts: int = 2) -> str:
    """What a scorer prints. Theirs ends its pool by force, and now and then waits for it for ever: it gets another try."""
    command = [sys.executable, str(script), *arguments]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY, env=environment,
        start_new_session=True,
    )  # fmt: skip
    try:
        printed, errors = run.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        assert attempts > 1, f"{script} did not end"
        return score(script, *arguments, attempts=attempts - 1)
    assert run.returncode == 0, errors
    return printed


def test_every_real_file_has_the_right_structure_and_types(tmp_path: Path) -> None:
    report = tmp_path / "real.json"
    printed = score(
        SHARED / "real_cn/score_real.py",
        "--reader",
        "shuyang_data.reading.read:read_tables",
        "--json",
        str(report),
        "-v",
    )
    assert json.loads(report.read_text(encoding="utf-8"))
    wrong = [line for line in printed.splitlines() if re.match(r"\s+[a-z]\d\d ", line) and " ost" not in line]
    assert not wrong, printed
    assert "37/37" in printed


def test_the_benchmark_for_messy_csv_is_read_better_than_by_every_published_reader(tmp_path: Path) -> None:
    with tarfile.open(SHARED / "pollock/pollock-data.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    printed = score(
        SHARED / "pollock/score.py", "--reader", "shuyang_data.reading.read:read_csv_rows", "--data",
        str(tmp_path / "data"), "--jobs", "1",
    )  # fmt: skip
    found = re.search(r"read_csv_rows\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)%", printed)
    assert found, printed
    assert (float(found[1]) >= 9.97, float(found[2]) >= 9.985, float(found[3]) >= 12) == (True, True, True), printed
