"""A run whose process died is marked as failed by whoever looks next; one that lives is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines.alive import FOLDER, GRACE, alive, bury_dead
from pipelines.instance import prepare_instance
from shuyang_data.settings import REPOSITORY, Settings
from tests.pipelines.test_places import deliver

LOOKS, PAUSE = 240, 0.25


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setenv("SHUYANG_HOME", str(settings.home))
    prepare_instance(settings)
    return settings


def later() -> datetime:
    return datetime.now(UTC) + GRACE + timedelta(seconds=1)


def child_of(process: subprocess.Popen[str]) -> int:
    """The process that `shuyang run` started, once it holds its run's lock."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for _ in range(LOOKS):
        if (pids := children.read_text(encoding="ascii").split()) and process.poll() is None:
            return int(pids[0])
        time.sleep(PAUSE)
    raise AssertionError("it started nothing")


def test_a_killed_night_is_told_in_words_and_does_not_count_as_going_on(settings: Settings) -> None:
    deliver(settings.home)
    environment = os.environ | {"SHUYANG_HOME": str(settings.home), "SHUYANG_WORKERS": "0"}
    shuyang = Path(sys.executable).parent / "shuyang"
    with subprocess.Popen(
        [shuyang, "run"], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as night:
        child = child_of(night)
        for _ in range(LOOKS):
            if list((settings.dagster_home / FOLDER).glob("*")):
                break
            time.sleep(PAUSE)
        os.kill(child, signal.SIGKILL)
        _, said = night.communicate(timeout=60)
    assert (night.returncode, "信号 9" in said, "Traceback" in said) == (1, True, False), said
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.STARTED
        assert bury_dead(instance, settings, datetime.now(UTC)) == [], "it may have just begun"
        with alive(settings, run.run_id):
            assert bury_dead(instance, settings, later()) == []
        assert bury_dead(instance, settings, later()) == [run.run_id]
        assert bury_dead(instance, settings, later()) == []
        (run,) = instance.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
    assert not list((settings.dagster_home / FOLDER).glob("*"))
