"""How a night begins: the catalog of the day, what came in, and what is taken up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from shuyang_data.arrival.manifest import MANIFEST, landed
from shuyang_data.arrival.receive import PLACE
from shuyang_data.catalog.changes import State
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.workbook.bodies import body_of
from shuyang_data.county import County
from shuyang_data.errors import CatalogError, UnknownDatasetError
from shuyang_data.names import DatasetId
from shuyang_data.night.opening import Opened, Order, new_run_id, open_night
from shuyang_data.settings import Settings
from shuyang_data.stewardship.change_control import UNRECORDED
from tests.builders import TODAY, a_change, write_csv
from tests.night.county import HOMES, PLACE_LINES, PLACES
from tests.small_county import deliver


def opened(settings: Settings, only: tuple[DatasetId, ...] | None = None, days: int = 0, **more: Any) -> Opened:
    night = open_night(settings, Order(only, TODAY + timedelta(days=days), **more), f"run{days}")
    night.county.registry.close()
    return night


def edit(settings: Settings, dataset: DatasetId, **fields: object) -> None:
    """As somebody does who opens the file in an editor."""
    path = settings.catalog / "datasets" / f"{dataset}.yaml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(body | fields, allow_unicode=True), encoding="utf-8")


def test_an_empty_county_begins_with_an_empty_plan_and_a_record_of_it(settings: Settings) -> None:
    night = opened(settings)
    assert (night.planned, night.unreached, night.reasons) == ((), (), {})
    record = night.county.registry.last_night()
    assert record is not None
    assert (record["id"], record["as_of"], record["finished_at"], record["planned"]) == ("run0", TODAY, None, {})


def test_what_waits_is_planned_with_its_reason(settings: Settings) -> None:
    deliver(settings, PLACES, *PLACE_LINES)
    night = opened(settings)
    assert night.reasons == {"civil_affairs/place": ("新交付 1 个文件",)}
    assert night.planned[0].size == (settings.inbox / "civil_affairs" / "地名_20261101.csv").stat().st_size
    record = night.county.registry.last_night()
    assert record is not None and record["planned"] == {"civil_affairs/place": ["新交付 1 个文件"]}


def test_nothing_else_is_planned_when_only_some_are_asked_for(settings: Settings) -> None:
    deliver(settings, PLACES, *PLACE_LINES)
    deliver(settings, HOMES, "编号,地名编号,床位数,院长", "H1,1,10,张三")
    assert opened(settings, ()).planned == ()
    assert [item.dataset for item in opened(settings, (HOMES.id,)).planned] == [HOMES.id]
    assert len(opened(settings, full=True).planned) == 2


def test_a_dataset_that_is_asked_for_and_never_came_is_not_planned(settings: Settings) -> None:
    assert opened(settings, (HOMES.id,)).planned == ()
    assert opened(settings, full=True).planned == ()


def test_an_unknown_dataset_is_refused_with_its_name(settings: Settings) -> None:
    with pytest.raises(UnknownDatasetError, match="civil_affairs/nothing"):
        opened(settings, (HOMES.id, DatasetId("civil_affairs", "nothing")))


def test_a_broken_catalog_begins_no_night(settings: Settings, county: County) -> None:
    edit(settings, HOMES.id, key=["nothing"])
    with pytest.raises(CatalogError, match="nothing"):
        opened(settings)
    assert county.registry.last_night() is None


def approved_title(county: County, title: str, days: int) -> None:
    before = body_of(HOMES)
    before.pop("id")
    change = a_change(
        name=str(HOMES.id), before=before, after=before | {"title": title}, state=State.APPROVED, approver="乙",
        decided_on=TODAY, effective_on=TODAY + timedelta(days=days),
    )  # fmt: skip
    county.changes.save([change])


def test_a_change_comes_into_force_on_its_day_and_the_night_works_with_it(settings: Settings, county: County) -> None:
    approved_title(county, "养老机构总表", days=2)
    assert opened(settings, days=1).county.dataset(HOMES.id).title == HOMES.title
    night = opened(settings, days=2)
    assert night.county.dataset(HOMES.id).title == "养老机构总表"
    assert load_catalog(settings.catalog).datasets[HOMES.id].title == "养老机构总表"
    assert night.county.run_id == "run2"
    assert [change.state for change in county.changes.changes()] == [State.APPLIED]
    assert opened(settings, days=3).county.dataset(HOMES.id).title == "养老机构总表"
    assert len(county.changes.changes()) == 1, "what came into force is no direct edit"


def test_an_edit_that_nobody_proposed_is_recorded_once(settings: Settings, county: County) -> None:
    opened(settings)
    assert county.changes.changes() == [], "the first look has nothing to compare with"
    edit(settings, HOMES.id, title="悄悄改名")
    for days in (1, 2):
        opened(settings, days=days)
    (change,) = county.changes.changes()
    assert (change.name, change.author, change.approver, change.state) == (str(HOMES.id), UNRECORDED, "", State.APPLIED)
    assert change.after is not None and change.after["title"] == "悄悄改名"


@pytest.mark.parametrize("damage", [b"", b"[[", b"\xff", b"7"])
def test_a_damaged_memory_of_the_catalog_does_not_stop_the_night(settings: Settings, damage: bytes) -> None:
    """Seen: no night could begin any more, whoever started it."""
    opened(settings)
    path = settings.reports / "catalog_seen.json"
    whole = path.read_bytes()
    path.write_bytes(damage)
    opened(settings, days=1)
    assert path.read_bytes() == whole


def test_hand_over_sheets_are_taken_and_are_no_data(settings: Settings) -> None:
    write_csv(settings.inbox / "civil_affairs" / "交接单_20261101.csv", "文件名,行数", "地名_20261101.csv,2")
    assert opened(settings).planned == ()
    (sheet,) = landed(settings.landing, DatasetId("civil_affairs", PLACE))
    assert (settings.landing / sheet.path).name == "交接单_20261101.csv"
    assert not list((settings.inbox / "civil_affairs").iterdir())


def test_what_a_dead_process_had_claimed_is_delivered_again(settings: Settings) -> None:
    claims = settings.landing / ".staging" / "civil_affairs__place"
    path = write_csv(claims / "地名_20261101.csv", *PLACE_LINES)
    (claims / MANIFEST).write_text("{", encoding="utf-8")
    night = opened(settings)
    assert night.reasons == {"civil_affairs/place": ("新交付 1 个文件",)}
    assert not path.exists()
    assert not list(claims.iterdir())


def test_a_dead_engines_spill_is_swept_away(settings: Settings) -> None:
    spill = settings.lake / "spill" / "4711" / "duckdb_temp_0.tmp"
    spill.parent.mkdir(parents=True)
    spill.touch()
    opened(settings)
    assert not spill.exists()


def test_a_source_that_does_not_answer_is_named_and_stops_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pull = {"kind": "database", "source": "gone", "table": "t"}
    edit(settings, HOMES.id, delivery={"file": "养老机构", "format": "csv", "pull": pull})
    deliver(settings, PLACES, *PLACE_LINES)
    assert opened(settings).unreached == (), "a source that nobody has configured is not pulled"
    monkeypatch.setenv("SHUYANG_SOURCE_GONE", f"sqlite:///{tmp_path}/nowhere/gone.db")
    night = opened(settings)
    assert [str(HOMES.id) in str(problem) or "gone" in str(problem) for problem in night.unreached] == [True]
    assert [item.dataset for item in night.planned] == [PLACES.id]
    assert opened(settings, (PLACES.id,)).unreached == (), "who asks for one dataset pulls none"


def test_a_run_is_named_by_eight_digits() -> None:
    assert len(new_run_id()) == 8 and new_run_id().isdecimal()


def test_the_moment_is_one_for_the_whole_night(settings: Settings) -> None:
    night = opened(settings)
    record = night.county.registry.last_night()
    assert record is not None and record["started_at"] == night.county.now
