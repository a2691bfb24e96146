"""One dataset that meets what nobody foresaw stops itself; a locked registry is waited for; zones change nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shuyang_data.chain.steps import Made, Stopped
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.night import making
from shuyang_data.night.closing import Faulty
from shuyang_data.night.making import made
from shuyang_data.night.status import dataset_status
from shuyang_data.stewardship.todo import duties
from shuyang_data.storage import registry_connection
from shuyang_data.storage.registry import Registry
from shuyang_data.targets.facts import gather_facts
from tests.builders import TODAY
from tests.night.county import HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import as_folder, deliver, later


def test_what_nobody_foresaw_stops_the_dataset_and_is_the_platforms(county: County) -> None:
    """A standard table that another program replaced by something else: no delivery is at fault, and no machine is."""
    deliver(county.settings, PLACES, *PLACE_LINES)
    list(made(county, PLACES.id))
    deliver(county.settings, PLACES, *PLACE_LINES, "3,丙地", day="20261120")
    broken = replace(county, now=later(county).now, run_id="second")
    broken.__dict__["engine"] = Unforeseen(county.engine)
    broken.__dict__["lakehouse"] = county.lakehouse
    *_, stopped = made(broken, PLACES.id)
    assert isinstance(stopped, Stopped)
    assert "地名_20261120.csv" in stopped.reasons[0] and "date value out of range" in stopped.reasons[0]
    status = dataset_status(county.catalog, county.registry, TODAY, county.settings.zone)
    assert status["civil_affairs/place"]["blocked_by"] == list(stopped.reasons)
    assert gather_facts(county.settings, county.registry).blocked == {}, "it is not charged to the department"
    assert [duty.kind for duty in duties(county) if duty.department == "data_bureau"].count("平台待处理") == 1
    mended = replace(broken, run_id="third")
    mended.__dict__.update({"engine": county.engine, "lakehouse": county.lakehouse})
    assert [step.layer for step in made(mended, PLACES.id) if isinstance(step, Made)][-1] is Layer.OPEN
    outcome = county.registry.outcome(PLACES.id)
    assert outcome is not None and outcome.faults == ()


class Unforeseen:
    """An engine that fails as Arrow does on a year that Python does not know."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        if name == "write_parquet":
            raise OverflowError("date value out of range")
        return getattr(self._engine, name)


def test_a_locked_registry_is_waited_for_within_the_night(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_connection, "BUSY_MILLISECONDS", 100)
    monkeypatch.setattr(making, "PAUSE", 0.3)
    deliver(county.settings, PLACES, *PLACE_LINES)
    impatient = replace(county, registry=Registry(county.settings.registry))
    impatient.__dict__.update({"engine": county.engine, "lakehouse": county.lakehouse})
    lock = sqlite3.connect(county.settings.home / "registry.db", check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    release = threading.Thread(target=lambda: (time.sleep(0.6), lock.rollback()))
    release.start()
    steps = list(made(impatient, PLACES.id))
    release.join()
    lock.close()
    impatient.registry.close()
    assert not [step for step in steps if isinstance(step, Faulty)]
    assert [step.layer for step in steps if isinstance(step, Made)][-1] is Layer.OPEN


def test_one_that_stays_locked_is_a_fault_of_the_night(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_connection, "BUSY_MILLISECONDS", 50)
    monkeypatch.setattr(making, "PAUSE", 0.01)
    deliver(county.settings, PLACES, *PLACE_LINES)
    impatient = replace(county, registry=Registry(county.settings.registry))
    lock = sqlite3.connect(county.settings.home / "registry.db")
    lock.execute("BEGIN IMMEDIATE")
    steps = list(made(impatient, PLACES.id))
    lock.rollback()
    lock.close()
    impatient.registry.close()
    assert isinstance(steps[-1], Faulty)
    assert "占用" in str(steps[-1].problems[0])


ZONES = ("UTC", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Kiritimati")
NIGHT = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from shuyang_data import county
from shuyang_data.night.opening import Order
from shuyang_data.night.run import run_night
from shuyang_data.settings import Settings
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.scorecard import score, scorecard_json
from shuyang_data.stewardship.todo import duties, duty_rows

class Clock(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 11, 26, 18, 30, tzinfo=UTC).astimezone(tz)

county.datetime = Clock
settings = Settings(workers=0, threads=1)
(*_, ended) = run_night(settings, Order())
opened = county.open_county(settings)
facts = gather_facts(settings, opened.registry)
card = score(opened.catalog, opened.registry.demands(), facts, opened.as_of)
deliveries = [(d.id, str(d.data_on), d.state.value) for d in opened.registry.deliveries()]
print(json.dumps([ended.exit_code, str(opened.as_of), deliveries, scorecard_json(card, opened.catalog, evidence=True), duty_rows(duties(opened))]))
"""


def test_a_night_and_its_targets_are_the_same_wherever_the_server_stands(tmp_path: Path) -> None:
    """02:30 on 27 November in Shanghai: the day before in UTC, two days apart between the ends of the world."""
    from tests.night.county import CATALOG

    told = []
    for zone in ZONES:
        folder = tmp_path / zone.replace("/", "_")
        catalog = as_folder(CATALOG, folder / "county" / "catalog")
        inbox = folder / "home" / "inbox" / "civil_affairs"
        inbox.mkdir(parents=True)
        (inbox / "地名.csv").write_text("\n".join(PLACE_LINES), encoding="utf-8")
        (inbox / "养老机构_20261127.csv").write_text("\n".join(HOME_LINES), encoding="utf-8")
        environment = os.environ | {"TZ": zone, "SHUYANG_HOME": str(folder / "home"), "SHUYANG_CATALOG": str(catalog)}
        done = subprocess.run(
            [sys.executable, "-c", NIGHT], capture_output=True, text=True, env=environment, check=True, timeout=120
        )
        told.append(done.stdout)
    assert '"2026-11-27"' in told[0] and str(HOMES.id.dataset) in told[0]
    assert len(set(told)) == 1
