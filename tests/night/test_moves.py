"""A dataset that gets another department or name keeps its history; a catalog of an older form is brought up."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Department
from shuyang_data.catalog.terms import Access
from shuyang_data.county import open_county
from shuyang_data.errors import CatalogError, UsageError
from shuyang_data.names import DatasetId, Layer
from shuyang_data.quality.tickets import file_ticket
from shuyang_data.settings import Settings
from shuyang_data.stewardship.change_control import history, record_direct_edits
from shuyang_data.stewardship.move import move
from shuyang_data.stewardship.todo import duties
from shuyang_data.stewardship.upgrade import upgrade
from shuyang_data.storage.ticket_log import TicketLog
from tests.builders import TODAY
from tests.night.county import CATALOG, GRANT, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.night.test_withdrawals import a_night
from tests.small_county import as_folder, deliver

NEW = DatasetId("veterans", "place")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A county after a night: places, and homes that refer to them."""
    other = Department(title="某某局", credit_code="2" * 18, chief_data_officer="某某局首席数据官", data_steward="专员")
    catalog = CATALOG.model_copy(update={"departments": {**CATALOG.departments, "veterans": other}})
    found = Settings(
        home=tmp_path / "home", catalog=as_folder(catalog, tmp_path / "county" / "catalog"), workers=0, threads=1
    )
    deliver(found, PLACES, *PLACE_LINES)
    deliver(found, HOMES, *HOME_LINES)
    county = open_county(found, TODAY)
    county.registry.replace_demands([GRANT])
    county.registry.close()
    assert a_night(found).faults == ()
    return found


def test_a_moved_dataset_takes_everything_along(settings: Settings) -> None:
    county = open_county(settings, TODAY)
    ticket = file_ticket(PLACES.id, "civil_affairs", "名称不对", 1, "d", TODAY, TODAY)
    TicketLog(county.registry).save([ticket])
    before = {r.layer: r.version for r in county.registry.releases(PLACES.id)}
    deliveries = [delivery.id for delivery in county.registry.deliveries(PLACES.id)]
    move(county, PLACES.id, NEW, "李四", "王五", "职责划转")
    county.registry.close()
    county = open_county(settings, TODAY)
    assert county.catalog.faults == ()
    assert set(county.catalog.datasets) == {HOMES.id, NEW}
    assert county.catalog.datasets[HOMES.id].column("place_code").references == "veterans/place.code"
    assert {r.layer: r.version for r in county.registry.releases(NEW)} == before
    assert all((settings.published / r.folder / "data.parquet").exists() for r in county.registry.releases(NEW))
    assert [delivery.id for delivery in county.registry.deliveries(NEW)] == deliveries
    assert county.registry.releases(PLACES.id) == county.registry.deliveries(PLACES.id) == []
    assert [t.id for t in TicketLog(county.registry).tickets(NEW)] == [ticket.id]
    assert {change.name for change in history(county, ("datasets", str(NEW)))} == {str(NEW)}
    assert record_direct_edits(county) == [], "it is no edit that nobody approved"
    county.registry.close()
    ended = a_night(settings, 1)
    assert (ended.stopped, ended.faults) == ((), ())
    county = open_county(settings, TODAY)
    assert county.registry.withdrawn() == []
    assert len(list((settings.published / "open").glob("*/place/current"))) == 1
    assert {r.layer for r in county.registry.releases(NEW)} == {Layer.SHARED, Layer.OPEN}
    assert county.registry.outcomes()[HOMES.id].parents.keys() == {str(NEW)}
    county.registry.close()


def test_a_new_delivery_of_the_moved_dataset_follows_the_old_ones(settings: Settings) -> None:
    county = open_county(settings, TODAY)
    move(county, PLACES.id, NEW, "李四", "王五", "职责划转")
    county.registry.close()
    moved = load_catalog(settings.catalog).datasets[NEW]
    deliver(settings, moved, *PLACE_LINES, "3,丙地", day="20261120")
    a_night(settings, 1)
    county = open_county(settings, TODAY)
    outcome = county.registry.outcomes()[NEW]
    assert (outcome.counts.accepted, outcome.counts.superseded) == (3, 2)
    county.registry.close()


@pytest.mark.parametrize(
    ("new", "author", "by", "why"),
    [
        (DatasetId("customs", "place"), "李四", "王五", "部门名录"), (HOMES.id, "李四", "王五", "已经有"),
        (DatasetId("veterans", "Place"), "李四", "王五", "小写"), (NEW, "", "王五", "--author"), (NEW, "王五", "王五", "两个不同的人"),
        (NEW, "李四", "", "没有担任登记的职务"), (NEW, "李四", "首席数据官甲", "没有担任登记的职务"),
    ],
)  # fmt: skip
def test_what_cannot_be_moved_stays(settings: Settings, new: DatasetId, author: str, by: str, why: str) -> None:
    county = open_county(settings, TODAY)
    with pytest.raises(UsageError, match=why):
        move(county, PLACES.id, new, author, by, "理由")
    assert county.registry.releases(PLACES.id)
    county.registry.close()
    assert PLACES.id in load_catalog(settings.catalog).datasets


def test_without_a_register_of_officers_nobody_approves(settings: Settings) -> None:
    (settings.catalog / "officers.yaml").unlink()
    county = open_county(settings, TODAY)
    with pytest.raises(UsageError, match="还没有任职登记"):
        move(county, PLACES.id, NEW, "李四", "首席数据官", "理由")
    county.registry.close()
    assert PLACES.id in load_catalog(settings.catalog).datasets


def test_an_older_catalog_is_brought_up_at_its_strictest_with_a_to_do(settings: Settings) -> None:
    path = settings.catalog / "datasets" / "civil_affairs" / "home.yaml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    del body["sharing"], body["opening"], body["columns"][2]["grade"]
    path.write_text("# 养老机构\n" + yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")
    other = settings.catalog / "datasets" / "civil_affairs" / "place.yaml"
    broken = other.read_text(encoding="utf-8").replace("frequency: monthly\n", "")
    other.write_text(broken, encoding="utf-8")
    results = {result.path: result for result in upgrade(settings.catalog)}
    assert results[path].filled == ("sharing.access", "opening.access", "columns.beds.grade")
    assert results[other].problems and other.read_text(encoding="utf-8") == broken
    assert path.read_text(encoding="utf-8").startswith("# 养老机构\n")
    as_it_was = path.read_bytes()
    assert path not in {result.path for result in upgrade(settings.catalog)}
    assert path.read_bytes() == as_it_was
    with pytest.raises(CatalogError, match="frequency"):
        load_catalog(settings.catalog)
    county = open_county(settings, TODAY)
    home = county.catalog.datasets[HOMES.id]
    assert (home.opening.access, home.sharing.access, home.column("beds").grade) == (
        Access.REFUSED,
        Access.CONDITIONAL,
        4,
    )
    (duty,) = [duty for duty in duties(county) if duty.kind == "目录升级待核"]
    assert duty.entry == "civil_affairs/home" and "床位数的级别" in duty.text
    county.registry.close()
