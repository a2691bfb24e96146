"""The processes of a night: tasks and answers stream, and one that dies is a fault that loses nothing."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from pathlib import Path

import pytest

from shuyang_data.chain.make import LAYERS
from shuyang_data.chain.raw import land
from shuyang_data.chain.retry import to_read_again
from shuyang_data.chain.set_aside import set_aside
from shuyang_data.chain.steps import Made
from shuyang_data.county import County
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night import crew as crew_module
from shuyang_data.night.closing import RATES, Closed, Faulty, SetAside
from shuyang_data.night.crew import LocalCrew, ProcessCrew, crew_of
from shuyang_data.night.opening import Order
from shuyang_data.night.run import Ended, run_night
from shuyang_data.night.worker import Answer, Task, perform
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import NOW, TODAY
from tests.night.county import CATALOG, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import deliver, layers_made, standing, stops

UNKNOWN = DatasetId("civil_affairs", "nothing")


def task(*datasets: DatasetId, closing: bool = False) -> Task:
    return Task(datasets, TODAY, NOW, "crew", closing=closing)


def faults(answers: list[Answer]) -> list[str]:
    return [str(problem) for answer in answers if isinstance(answer, Faulty) for problem in answer.problems]


@pytest.fixture
def delivered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Both datasets wait in the inbox; processes find the same home."""
    deliver(settings, PLACES, *PLACE_LINES)
    deliver(settings, HOMES, *HOME_LINES)
    for name in ("home", "catalog"):
        monkeypatch.setenv(f"SHUYANG_{name.upper()}", str(getattr(settings, name)))
    return settings


@pytest.fixture
def crew() -> Iterator[ProcessCrew]:
    crew = ProcessCrew()
    yield crew
    crew.close()
    assert children() == []


def children() -> list[int]:
    """The workers that this process has started and that still live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_text(encoding="utf-8")
        except OSError:  # it ended while we looked
            continue
        if int(fields[1]) == os.getpid() and "shuyang_data.night.worker" in command and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def test_one_dataset_that_meets_a_fault_leaves_the_others_alone(delivered: Settings) -> None:
    answers = list(perform(delivered, task(UNKNOWN, PLACES.id)))
    assert layers_made(answers) == list(LAYERS)
    (fault,) = faults(answers)
    assert str(UNKNOWN) in fault


def test_a_catalog_that_breaks_before_the_task_is_one_fault(delivered: Settings) -> None:
    (delivered.catalog / "departments.yaml").write_text("{", encoding="utf-8")
    answers = list(perform(delivered, task(PLACES.id, closing=True)))
    assert len(answers) == 1 and "departments.yaml" in faults(answers)[0]


def test_the_moment_is_the_nights_in_every_process(delivered: Settings) -> None:
    list(perform(delivered, task(PLACES.id)))
    registry = Registry(delivered.registry)
    assert {release.released_at for release in registry.releases()} == {NOW}
    assert {release.version for release in registry.releases()} == {"20261101-crew"}
    registry.close()


def test_without_workers_everything_happens_here(delivered: Settings) -> None:
    crew = crew_of(delivered)
    assert isinstance(crew, LocalCrew)
    answers = crew.work([task(PLACES.id), task(closing=True)])
    first = next(answers)
    assert layers_made([first]) == [Layer.LANDING]
    assert RATES in {answer.key for answer in answers if isinstance(answer, Closed)}
    crew.close()


def test_a_worker_that_dies_is_replaced_and_the_night_is_whole(
    delivered: Settings, crew: ProcessCrew, caplog: pytest.LogCaptureFixture
) -> None:
    """Seen: whatever was given to its place later died with it, the closing of the night among it."""
    (worker,) = children()
    answers = crew.work([task(PLACES.id)])
    told = list(takewhile(lambda answer: not layers_made([answer]), answers))
    assert told == [], "the first step is told while the work goes on"
    os.kill(worker, signal.SIGKILL)
    rest = list(answers)
    assert faults(rest) == [] and layers_made(rest)[-1:] == [Layer.OPEN]
    assert f"工作进程 {worker} 以 -9 退出" in caplog.text and str(PLACES.id) in caplog.text
    again = list(crew.work([task(PLACES.id, HOMES.id)]))
    assert faults(again) == [] and stops(again) == []
    closed = list(crew.work([task(closing=True)]))
    assert faults(closed) == []
    assert {answer.key for answer in closed if isinstance(answer, Closed)} >= {RATES}
    assert len(children()) == 1 and children() != [worker]
    county = County(delivered, CATALOG, Registry(delivered.registry), TODAY, NOW)
    for dataset, rows in ((PLACES, 2), (HOMES, 3)):
        release = standing(county, dataset, Layer.OPEN)
        assert release is not None and release.rows == rows
        assert len(county.registry.deliveries(dataset.id)) == 1
    county.registry.close()


@pytest.mark.parametrize("sent", [b"", pickle.dumps(task(PLACES.id))[:-9]], ids=["nothing", "half a task"])
def test_a_worker_whose_night_is_gone_ends(delivered: Settings, sent: bytes) -> None:
    """Seen: one that had read half a task waited for the rest of it for ever."""
    command = [sys.executable, "-m", "shuyang_data.night.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        out, _ = worker.communicate(sent, timeout=60)
    assert (worker.returncode, out) == (0, b"")


def test_a_night_with_a_fault_says_so_in_its_code_and_its_record(delivered: Settings) -> None:
    """Everything else is made and closed; what met the fault is planned again."""
    lost = delivered.lake / "raw" / "civil_affairs__home"
    lost.parent.mkdir(parents=True)
    lost.write_text("a file where a folder should be", encoding="utf-8")
    ended = [event for event in run_night(delivered, Order(day=TODAY)) if isinstance(event, Ended)][0]
    assert ended.exit_code == 1
    assert len(ended.faults) == 1 and str(HOMES.id) in str(ended.faults[0])
    record = ended.opened.county.registry.last_night()
    assert record is not None and record["faults"] == [str(ended.faults[0])]
    assert isinstance(record["finished_at"], datetime)
    lost.unlink()
    again = [event for event in run_night(delivered, Order(day=TODAY)) if isinstance(event, Ended)][0]
    assert again.exit_code == 0
    assert list(again.opened.reasons) == [str(HOMES.id)]
    last = [event for event in run_night(delivered, Order(day=TODAY)) if isinstance(event, Ended)][0]
    assert (last.exit_code, last.opened.reasons) == (0, {})


def test_a_dataset_that_ends_two_workers_is_set_aside_and_the_rest_is_made(
    delivered: Settings, crew: ProcessCrew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever starts on the first dataset dies; who is asked for the second does its work."""
    (first,) = children()
    os.kill(first, signal.SIGKILL)
    real = crew_module._start
    deadly = [sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)"]
    started: list[int] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(1)
        if len(started) == 1:
            return subprocess.Popen(deadly, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return real()

    monkeypatch.setattr(crew_module, "_start", start)
    crew._workers = [subprocess.Popen(deadly, stdin=subprocess.PIPE, stdout=subprocess.PIPE)]
    answers = list(crew.work([task(PLACES.id, HOMES.id)]))
    (aside,) = [answer for answer in answers if isinstance(answer, SetAside)]
    assert aside.dataset == PLACES.id
    assert {step.dataset for step in answers if isinstance(step, Made)} == {HOMES.id}


def test_the_delivery_that_was_in_hand_waits_for_another_program(county: County) -> None:
    deliver(county.settings, PLACES, *PLACE_LINES)
    land(county, PLACES)
    aside = set_aside(county, PLACES.id, "以 -6 退出")
    assert aside is not None and aside.refusal == "set_aside"
    assert county.registry.deliveries(PLACES.id) == [aside]
    assert set_aside(county, PLACES.id, "") is None
    assert to_read_again(PLACES, county.catalog, [aside]) == []
    assert to_read_again(PLACES, county.catalog, [replace(aside, tried="another")]) != []
