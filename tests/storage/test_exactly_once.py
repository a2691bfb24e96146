"""Whatever order deliveries come in, and wherever the process is killed: every row is there, once, and never half a table."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shuyang_data.arrival.receive import _claims, give_back
from shuyang_data.names import Layer
from shuyang_data.settings import REPOSITORY
from tests.builders import write_csv
from tests.storage.kill_worker import DATASET, open_home, work

# `python -m benchmarks.kills` kills whole nights, a hundred times and more.
HOMES, KILLS = 2, 20
ROWS = 200
INBOX = DATASET.id.department


def deliver(home: Path, number: int) -> None:
    """A file of new keys, dated by its number; every key of the one before comes again with a newer value."""
    keys = range(number * ROWS, (number + 1) * ROWS)
    again = range(max(0, number - 1) * ROWS, number * ROWS)
    lines = [f"K{key},{number},2026-01-{number % 28 + 1:02}" for key in (*keys, *again)]
    name = f"测试数据_{2020 + number // 300}{number // 25 % 12 + 1:02}{number % 25 + 1:02}.csv"
    waiting = write_csv(home / "inbox" / INBOX / f".{name}", "code,value,day", *lines)
    waiting.rename(waiting.with_name(name))


def table(home: Path) -> list[tuple[str, int]]:
    county = open_home(home)
    try:
        files = county.lakehouse.files(DATASET.id.table(Layer.STANDARD))
        rows = [row for file in files for row in pq.read_table(file).to_pylist()]
        return sorted((row["code"], row["value"]) for row in rows)
    finally:
        county.registry.close()


def whole(last: int) -> list[tuple[str, int]]:
    """What the table holds when the deliveries 0 … last are in it."""
    found = {f"K{key}": key // ROWS for key in range((last + 1) * ROWS)}
    found |= {code: value + 1 for code, value in found.items() if value < last}
    return sorted(found.items())


@pytest.fixture
def forker() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.kill_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=REPOSITORY,
    )  # fmt: skip
    yield process
    assert process.stdin is not None
    process.stdin.close()
    process.wait(30)


def run_child(forker: subprocess.Popen[str], home: Path, kill_after: float | None) -> int:
    """The child's exit status; killed with SIGKILL after so many seconds when it still runs."""
    assert forker.stdin is not None
    assert forker.stdout is not None
    forker.stdin.write(f"{home}\n")
    forker.stdin.flush()
    child = int(forker.stdout.readline())
    if kill_after is not None:
        time.sleep(kill_after)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return int(forker.stdout.readline())


@pytest.mark.parametrize("seed", range(HOMES))
def test_kills_lose_nothing_double_nothing_and_show_no_half_table(
    forker: subprocess.Popen[str], tmp_path: Path, seed: int
) -> None:
    home = tmp_path / "home"
    chance = random.Random(seed)
    deliver(home, 0)
    assert run_child(forker, home, None) == 0
    deliver(home, 1)
    start = time.monotonic()
    assert run_child(forker, home, None) == 0
    usual = time.monotonic() - start
    killed, number = 0, 1
    while killed < KILLS and number < 4 * KILLS:
        number += 1
        deliver(home, number)
        killed += run_child(forker, home, chance.uniform(0, usual)) != 0
        seen = table(home)
        newest = max(value for _, value in seen)
        assert seen == whole(newest), f"half a table after delivery {number}"
    assert killed == KILLS
    assert run_child(forker, home, None) == 0
    assert table(home) == whole(number)
    county = open_home(home)
    deliveries = county.registry.deliveries(DATASET.id)
    outcome = county.registry.outcome(DATASET.id)
    county.registry.close()
    assert len(deliveries) == number + 1
    assert outcome is not None
    assert outcome.counts.delivered == ROWS + number * 2 * ROWS
    assert not list((home / "inbox" / INBOX).iterdir())


@given(st.permutations(range(5)), st.sets(st.integers(1, 4), max_size=3))
@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_late_and_shuffled_deliveries_end_in_the_same_table(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], pauses: set[int]
) -> None:
    home = tmp_path_factory.mktemp("order")
    for position, number in enumerate(order):
        if position in pauses:
            work(home)
        deliver(home, number)
    work(home)
    assert table(home) == whole(4)


def test_the_same_bytes_under_the_same_date_are_one_delivery(tmp_path: Path) -> None:
    for _ in range(3):
        deliver(tmp_path, 0)
        work(tmp_path)
    county = open_home(tmp_path)
    assert len(county.registry.deliveries(DATASET.id)) == 1
    county.registry.close()
    assert table(tmp_path) == whole(0)


def test_a_manifest_cut_off_while_it_was_written_is_no_delivery(tmp_path: Path) -> None:
    claims = _claims(tmp_path / "landing", DATASET.id)
    claims.mkdir(parents=True)
    for name in ("测试数据_20260101.csv", ".manifest.json.4711", "manifest.json"):
        (claims / name).write_text("code\n", encoding="utf-8")
    give_back(DATASET.id, tmp_path / "landing", tmp_path / "inbox")
    assert [path.name for path in (tmp_path / "inbox" / INBOX).iterdir()] == ["测试数据_20260101.csv"]
    assert list(claims.iterdir()) == []
