"""What an officer changes after data exists: withdrawn in its layer the same night, with a record; or left standing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from shuyang_data.catalog.model import Column, Dataset, Opening, Sharing
from shuyang_data.catalog.terms import Access, Basis, Personal
from shuyang_data.catalog.workbook.bodies import catalog_bodies
from shuyang_data.county import open_county
from shuyang_data.night.opening import Order
from shuyang_data.night.run import Ended, run_night
from shuyang_data.settings import Settings
from shuyang_data.stewardship.change_control import Motive, approve_exclusively, submit
from shuyang_data.stewardship.proposal import Change, Proposal
from shuyang_data.storage.registry import Registry
from tests.builders import TODAY, a_catalog, a_column
from tests.night.county import CATALOG, GRANT, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import as_folder, deliver


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A county of two datasets, published in both layers, one of them supplied."""
    found = Settings(
        home=tmp_path / "home", catalog=as_folder(CATALOG, tmp_path / "county" / "catalog"), workers=0, threads=1
    )
    deliver(found, PLACES, *PLACE_LINES)
    # The last column stands in no catalog yet.
    deliver(
        found, HOMES, *(f"{line},{last}" for line, last in zip(HOME_LINES, ("等级", "甲", "乙", "甲"), strict=True))
    )
    registry = Registry(found.registry)
    registry.replace_demands([GRANT])
    registry.close()
    ended = a_night(found)
    assert (ended.stopped, ended.faults) == ((), ())
    return found


def a_night(settings: Settings, days: int = 0) -> Ended:
    (*_, ended) = run_night(settings, Order(day=TODAY + timedelta(days=days)))
    assert isinstance(ended, Ended)
    return ended


def rewritten(settings: Settings, dataset: Dataset, **fields: Any) -> None:
    as_folder(a_catalog(dataset.model_copy(update=fields)), settings.catalog)


def public(settings: Settings) -> set[tuple[str, str]]:
    """(layer, dataset) of whatever can be read below the published folders."""
    files = (settings.published).glob("*/civil_affairs/*/*/data.parquet")
    return {(path.parts[-5], path.parts[-3]) for path in files}


def views(settings: Settings) -> set[tuple[str, str]]:
    with duckdb.connect(str(settings.analyst), read_only=True) as connection:
        found = connection.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    return {(schema, name.removeprefix("civil_affairs_")) for schema, name in found if schema in ("open", "shared")}


ALL = {(layer, name) for layer in ("open", "shared") for name in ("home", "place")}


def records(settings: Settings) -> list[tuple[str, str, str]]:
    registry = Registry(settings.registry)
    found = [(str(r.dataset), r.layer.value, r.withdrawn_for) for r in registry.withdrawn() if r.withdrawn_at]
    registry.close()
    return found


def test_what_may_not_be_open_any_more_is_away_the_same_night(settings: Settings) -> None:
    """Seen: the release's folder stayed; sharing and its supplies are not touched."""
    assert public(settings) == views(settings) == ALL
    supplied = list((settings.published / "supply").rglob("*.parquet"))
    rewritten(settings, HOMES, opening=Opening(access=Access.REFUSED, basis="个人隐私"))
    a_night(settings, 1)
    assert public(settings) == views(settings) == ALL - {("open", "home")}
    assert set(supplied) <= set((settings.published / "supply").rglob("*.parquet"))
    ((dataset, layer, why),) = records(settings)
    assert (dataset, layer) == ("civil_affairs/home", "open")
    assert why
    (kept,) = (settings.home / "withdrawn").rglob("data.parquet")
    assert (settings.home / "withdrawn").stat().st_mode & 0o777 == 0o700
    assert kept.parent.parent.name == "home"


def test_supplies_follow_sharing(settings: Settings) -> None:
    refused = Sharing(access=Access.REFUSED, basis_type=Basis.LAW, basis="某法第一条")
    rewritten(settings, HOMES, sharing=refused, opening=Opening(access=Access.REFUSED, basis="不予共享"))
    a_night(settings, 1)
    assert public(settings) == views(settings) == ALL - {("open", "home"), ("shared", "home")}
    assert list((settings.published / "supply").rglob("*.parquet")) == []
    registry = Registry(settings.registry)
    assert (registry.supplies(), len(registry.supplies(withdrawn=True))) == ([], 1)
    registry.close()


def test_an_anonymity_that_is_raised_withdraws_even_beside_a_stopped_delivery(settings: Settings) -> None:
    """Seen: k = 1000 refused, and the release of k = 2 stayed public and counted."""
    beds = HOMES.column("beds").model_copy(update={"personal": Personal.QUASI})
    columns = tuple(beds if column.name == "beds" else column for column in HOMES.columns)
    rewritten(settings, HOMES, columns=columns, opening=Opening(access=Access.UNCONDITIONAL, anonymity=1000))
    deliver(settings, HOMES, "完全,不同,的,列", "1,2,3,4", day="20261120")
    ended = a_night(settings, 1)
    assert ended.stopped == ("civil_affairs/home",)
    assert public(settings) == ALL - {("open", "home")}


def test_what_stops_a_delivery_withdraws_nothing(settings: Settings) -> None:
    deliver(settings, HOMES, "完全,不同,的,列", "1,2,3,4", day="20261120")
    assert a_night(settings, 1).stopped == ("civil_affairs/home",)
    assert public(settings) == views(settings) == ALL
    assert records(settings) == []


def test_a_file_that_vanished_is_a_fault_and_unpublishes_nothing(settings: Settings) -> None:
    (settings.catalog / "datasets" / "civil_affairs" / "home.yaml").unlink()
    ended = a_night(settings, 1)
    assert ["home.yaml" in fault.where for fault in ended.faults] == [True]
    assert public(settings) == views(settings) == ALL
    assert records(settings) == []


def test_a_dataset_that_was_removed_with_approval_is_withdrawn(settings: Settings) -> None:
    county = open_county(settings, TODAY)
    entry = ("datasets", str(HOMES.id))
    removal = Change(entry, catalog_bodies(county.catalog)[entry], None)
    (change,) = submit(county, Proposal((removal,), ()), Motive("李四", "职责划出"))
    approve_exclusively(county, change.batch, "王五")
    county.registry.close()
    ended = a_night(settings, 1)
    assert ended.faults == ()
    assert public(settings) == views(settings) == ALL - {("open", "home"), ("shared", "home")}
    assert {why for *_, why in records(settings)} == {f"{change.batch} 批准删去（职责划出）"}


def test_a_broken_file_stops_its_dataset_and_the_rest_runs(settings: Settings) -> None:
    (settings.catalog / "datasets" / "civil_affairs" / "home.yaml").write_text("title: [", encoding="utf-8")
    deliver(settings, HOMES, *HOME_LINES, "H4,1,40,赵六", day="20261120")
    deliver(settings, PLACES, *PLACE_LINES, "3,丙地", day="20261120")
    ended = a_night(settings, 1)
    assert [str(item.dataset) for item in ended.opened.planned] == ["civil_affairs/place"]
    assert any("home.yaml" in fault.where for fault in ended.faults)
    assert public(settings) == ALL
    assert list(settings.inbox.glob("civil_affairs/养老机构*")), "it waits"
    as_folder(CATALOG, settings.catalog)
    assert a_night(settings, 2).faults == ()


def test_a_column_that_is_added_or_renamed_has_its_values_the_same_night(settings: Settings) -> None:
    """Seen: NULL in every row, because raw was older than the catalog."""
    renamed = tuple(
        column.model_copy(update={"name": "capacity"}) if column.name == "beds" else column for column in HOMES.columns
    )
    rewritten(settings, HOMES, columns=renamed)
    ended = a_night(settings, 1)
    assert (ended.stopped, ended.faults) == ((), ())
    (file,) = (settings.published / "open/civil_affairs/home/current").glob("data.parquet")
    assert sorted(pq.read_table(file)["capacity"].to_pylist()) == [10, 20, 30]
    rewritten(settings, HOMES, columns=(*renamed, a_column("level", title="等级")))
    a_night(settings, 2)
    (file,) = (settings.published / "open/civil_affairs/home/current").glob("data.parquet")
    assert sorted(pq.read_table(file)["level"].to_pylist()) == ["乙", "甲", "甲"]


def retitled(column: Column) -> Column:
    return column.model_copy(update={"title": "核定床位"}) if column.name == "beds" else column


def test_a_title_that_no_file_carries_yet_takes_nothing_away(settings: Settings) -> None:
    rewritten(settings, HOMES, columns=tuple(map(retitled, HOMES.columns)))
    assert a_night(settings, 1).stopped == ()
    (file,) = (settings.published / "open/civil_affairs/home/current").glob("data.parquet")
    assert sorted(pq.read_table(file)["beds"].to_pylist()) == [10, 20, 30]


def test_what_neither_reading_holds_whole_stops_and_the_release_stays(settings: Settings) -> None:
    """The new title is in no file, and the new column is in no old reading: neither may go to NULL without a word."""
    rewritten(settings, HOMES, columns=(*map(retitled, HOMES.columns), a_column("level", title="等级")))
    ended = a_night(settings, 1)
    assert ended.stopped == ("civil_affairs/home",)
    assert public(settings) == ALL
    with_source = [
        column.model_copy(update={"source": ("床位数",)}) if column.name == "beds" else column
        for column in map(retitled, HOMES.columns)
    ]
    rewritten(settings, HOMES, columns=(*with_source, a_column("level", title="等级")))
    assert a_night(settings, 2).stopped == ()
