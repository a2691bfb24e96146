"""How a night ends: every act in its order, one that fails leaves the others alone, and what was found is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shuyang_data.chain.publish import publish
from shuyang_data.county import County
from shuyang_data.errors import Problem
from shuyang_data.names import PUBLISHED, DatasetId, Layer
from shuyang_data.night.analyst import beat
from shuyang_data.night.checkup import checkup
from shuyang_data.night.closing import (
    DEMANDS,
    RATES,
    RESULTS,
    SCORES,
    SUPPLIES,
    WITHDRAWALS,
    Closed,
    Faulty,
    close_night,
    record_night,
)
from shuyang_data.night.opening import Opened
from shuyang_data.portal.site import pages_folder
from shuyang_data.records import Planned
from shuyang_data.stewardship.listings import LISTINGS
from shuyang_data.storage.analyst_build import build_of
from tests.builders import TODAY
from tests.night.county import GRANT, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import commit, deliver, later, made, standing

ACTS = [WITHDRAWALS, DEMANDS, SUPPLIES, RESULTS, RATES, SCORES]


@pytest.fixture
def whole(county: County) -> County:
    """Two datasets are published, one is granted to somebody; nobody has closed the night."""
    commit(county, PLACES, [{"code": "1", "name": "甲地"}])
    commit(county, HOMES, [{"code": f"H{n}", "place_code": "1", "beds": n, "director": "张三"} for n in range(3)])
    for dataset in (PLACES, HOMES):
        for layer in PUBLISHED:
            assert publish(county, dataset, layer).release is not None
    county.registry.replace_demands([GRANT])
    return county


def closed(county: County) -> tuple[dict[tuple[str, str], Closed], list[str]]:
    """(what was closed, by key and in order; the faults in words)."""
    answers = list(close_night(county))
    faults = [str(problem) for answer in answers if isinstance(answer, Faulty) for problem in answer.problems]
    return {answer.key: answer for answer in answers if isinstance(answer, Closed)}, faults


def beaten(county: County) -> bool:
    return (county.settings.home / "heartbeat").exists()


def test_every_act_is_told_in_its_order_and_what_has_not_changed_is_not_told_again(whole: County) -> None:
    deliver(whole.settings, PLACES, *PLACE_LINES)
    made(whole, PLACES)
    told, faults = closed(whole)
    assert faults == []
    assert list(told)[:6] == ACTS
    assert set(LISTINGS) | {("todo", "civil_affairs")} <= set(told)
    assert told[SUPPLIES].figures == {"本次供给": 1, "行数": 3}
    assert told[RATES].figures["测算日期"] == str(TODAY)
    assert told[RATES].figures["应开放公共数据开放率（分子/分母）"] == "2/2"
    rows = told[RESULTS].rows
    assert rows is not None and rows > 5
    assert (pages_folder(whole.settings) / "index.html").exists()
    assert (whole.settings.home / "heartbeat").read_text(encoding="utf-8") == whole.now.isoformat()
    build = build_of(whole.settings.analyst)
    assert build
    again, faults = closed(later(whole, days=0))
    assert faults == []
    assert list(again) == ACTS
    assert build_of(whole.settings.analyst) == build
    assert (again[SUPPLIES].figures["本次供给"], again[RESULTS].rows, again[SCORES].figures["更新的页面"]) == (0, 0, 0)


def test_a_grant_of_which_nothing_is_there_is_told_in_the_nights_figures(whole: County) -> None:
    whole.registry.replace_demands([GRANT, replace(GRANT, id="XQ9", items=("director",))])
    told, faults = closed(whole)
    assert faults == []
    listed = told[SUPPLIES].figures["没有供全的需求"]
    assert listed.rows == [{"demand": "XQ9", "why": "共享数据里没有 director"}]  # type: ignore[union-attr]


Damage = Callable[[County], None]


def damaged_demands(county: County) -> None:
    path = county.settings.inbox / "registers" / "demands.csv"
    path.parent.mkdir(parents=True)
    path.write_text("需求编号\nXQ1\n", encoding="utf-8")


def supply_in_the_way(county: County) -> None:
    (county.settings.published / "supply").write_text("a file where a folder should be")


def results_damaged(county: County) -> None:
    path = county.settings.reports / "quality" / "pending" / "civil_affairs" / "gone.json"
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")


def targets_in_the_way(county: County) -> None:
    (county.settings.reports / "targets.json").mkdir(parents=True)


def pages_in_the_way(county: County) -> None:
    pages_folder(county.settings).parent.mkdir(parents=True, exist_ok=True)
    pages_folder(county.settings).write_text("a file where a folder should be")


def listings_in_the_way(county: County) -> None:
    (county.settings.reports / "stewardship.json").mkdir(parents=True)


@pytest.mark.parametrize(
    ("damage", "failed", "said"),
    [
        (damaged_demands, DEMANDS, "demands.csv"),
        (supply_in_the_way, SUPPLIES, "supply"),
        (results_damaged, RESULTS, "gone.json"),
        (targets_in_the_way, RATES, "targets.json"),
        (pages_in_the_way, SCORES, "pages"),
        (listings_in_the_way, ("findings", "catalog"), "stewardship.json"),
    ],
)
def test_an_act_that_fails_is_one_fault_and_the_others_go_on(
    whole: County, damage: Damage, failed: tuple[str, str], said: str
) -> None:
    damage(whole)
    told, faults = closed(whole)
    assert len(faults) == 1 and said in faults[0]
    assert failed not in told
    assert [act for act in ACTS if act in told] == [act for act in ACTS if act != failed]
    assert (("findings", "catalog") in told) == (failed != ("findings", "catalog"))
    assert beaten(whole) == (failed != RATES), "the heart beats when the targets were measured, and only then"


def test_a_broken_release_lowers_the_rate_and_is_no_fault(whole: County) -> None:
    release = standing(whole, HOMES, Layer.SHARED)
    assert release is not None
    (whole.settings.published / release.folder / "data.parquet").write_bytes(b"PAR1")
    told, faults = closed(whole)
    assert faults == []
    assert told[SUPPLIES].figures["本次供给"] == 0
    assert told[RATES].figures["公共数据按需共享率（分子/分母）"] == "0/1"
    assert beaten(whole)


@pytest.mark.parametrize("damage", [b"", b"[1]", b"\xff"])
def test_a_damaged_memory_of_what_was_told_tells_everything_again(whole: County, damage: bytes) -> None:
    """Seen: such a file was a fault of every night to come."""
    first, _ = closed(whole)
    memory = whole.settings.reports / "stewardship.json"
    text = memory.read_bytes()
    memory.write_bytes(damage)
    again, faults = closed(later(whole, days=0))
    assert faults == []
    assert set(LISTINGS) <= set(again) == set(first)
    assert memory.read_bytes() == text


def test_how_a_night_ended_is_written_down(whole: County) -> None:
    for lines, day in ((HOME_LINES, "20261101"), ((HOME_LINES[0], ",1,10,张三"), "20261102")):
        deliver(whole.settings, HOMES, *lines, day=day)
    tonight = later(whole)
    made(tonight, HOMES)
    opened = Opened(tonight, (Planned(HOMES.id, ("新交付 1 个文件",)), Planned(PLACES.id, ("指定重跑",))), ())
    assert record_night(opened, [Problem("磁盘", "满了")]) == [str(HOMES.id)]
    record = tonight.registry.last_night()
    assert record is not None
    assert record["stopped"] == [str(HOMES.id)]
    assert record["faults"] == ["磁盘：满了"]
    assert record["planned"] == {str(HOMES.id): ["新交付 1 个文件"], str(PLACES.id): ["指定重跑"]}
    assert record["finished_at"] is not None and record["as_of"] == tonight.as_of
    elsewhere = Opened(tonight, (Planned(PLACES.id, ("指定重跑",)),), ())
    assert record_night(elsewhere, []) == [], "what another night left blocked did not stop this one"


def findings(county: County, now: datetime) -> dict[str, tuple[bool, str]]:
    return {finding.title: (finding.healthy, finding.detail) for finding in checkup(county.settings, now)}


@pytest.fixture
def kept(county: County) -> Iterator[County]:
    beat(county)
    opened = Opened(county, (), ())
    record_night(opened, [])
    yield county


def test_a_county_is_well_after_its_night_and_not_when_no_night_came(kept: County) -> None:
    well = findings(kept, kept.now + timedelta(hours=25))
    assert [title for title, (healthy, _) in well.items() if not healthy] == []
    assert not findings(kept, kept.now + timedelta(hours=27))["上次运行"][0]


@pytest.mark.parametrize("beat_text", ["", "yesterday"])
def test_a_damaged_heartbeat_is_unwell_and_no_error(kept: County, beat_text: str) -> None:
    """Seen: `shuyang doctor` itself died of it."""
    (kept.settings.home / "heartbeat").write_text(beat_text, encoding="utf-8")
    healthy, detail = findings(kept, kept.now)["上次运行"]
    assert not healthy and "heartbeat" in detail


def test_what_is_unwell_is_named(kept: County) -> None:
    strange = kept.settings.inbox / "civil_affairs" / "别的.xlsx"
    strange.parent.mkdir(parents=True)
    strange.touch()
    assert findings(kept, kept.now)["收件箱"] == (False, "1 个无人认领的文件 别的.xlsx")
    (kept.settings.catalog / "departments.yaml").write_text("{", encoding="utf-8")
    broken = findings(kept, kept.now)
    assert not broken["目录"][0]
    (kept.settings.home / "heartbeat").unlink()
    assert "shuyang run" in findings(kept, kept.now)["上次运行"][1]
    record_night(Opened(later(kept), (Planned(DatasetId("a", "b")),), ()), [Problem("x", "y")])
    assert findings(kept, kept.now)["上一夜"] == (False, "计划 1 个数据集，受阻 0 个，故障 1 处")
