"""What a night takes up, and why: every reason, who depends on whom, and a county in which nothing happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shuyang_data.arrival.receive import receive
from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.model import Catalog, Opening
from shuyang_data.catalog.terms import Access
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.night.parts import waves
from shuyang_data.night.plan import plan_night
from shuyang_data.records import Planned
from shuyang_data.storage.engine import Engine
from shuyang_data.storage.registry import Registry
from tests.builders import a_catalog
from tests.night.county import CATALOG, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import a_county, deliver, later, made, standing, stops

CLOSED = HOMES.model_copy(update={"opening": Opening(access=Access.REFUSED, basis="某法")})


def planned(county: County, catalog: Catalog | None = None, **more: object) -> dict[str, tuple[str, ...]]:
    found = plan_night(county.settings, catalog or county.catalog, county.registry, **more)  # type: ignore[arg-type]
    return {item.dataset.dataset: item.reasons for item in found}


def finished(county: County) -> County:
    """Both datasets are made; nothing is left to do."""
    deliver(county.settings, PLACES, *PLACE_LINES)
    deliver(county.settings, HOMES, *HOME_LINES)
    for dataset in (PLACES, HOMES):
        made(county, dataset)
    return county


@pytest.fixture
def whole(county: County) -> County:
    return finished(county)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory, one_engine: Engine) -> Iterator[County]:
    """The same for tests that leave it as they find it."""
    county = a_county(tmp_path_factory.mktemp("settled") / "home", CATALOG)
    county.__dict__["engine"] = one_engine
    yield finished(county)
    county.registry.close()


def test_a_county_in_which_nothing_happened_has_nothing_to_do(settled: County) -> None:
    assert planned(settled) == {}
    assert planned(settled, full=True) == {"place": ("指定重跑",), "home": ("指定重跑",)}
    assert planned(settled, only=(HOMES.id,)) == {"home": ("指定重跑",)}
    assert planned(settled, only=()) == {}


def test_a_parent_that_was_made_alone_takes_its_dependents_up_the_next_night(whole: County) -> None:
    """As the inbox, `--only` and a click do; before, nobody ever looked at the dependents again."""
    deliver(whole.settings, PLACES, *PLACE_LINES, "3,丙地", day="20261102")
    made(later(whole), PLACES)
    assert planned(whole) == {"home": ("所引用的 civil_affairs/place 之后有了新的数据",)}
    made(later(whole, "third", 2), HOMES)
    assert planned(whole) == {}
    deliver(whole.settings, PLACES, "编号,名称", "1,甲地", day="20261103")
    made(later(whole, "fourth", 3), PLACES)
    stopped = stops(made(later(whole, "fifth", 4), HOMES))
    assert len(stopped) == 1, "two of three homes lie nowhere now"
    assert planned(whole) == {}, "it is not judged again before something changes"


def test_a_new_file_takes_up_its_dataset_and_those_that_look_into_it(settled: County) -> None:
    place = deliver(settled.settings, PLACES, *PLACE_LINES, "3,丙地", day="20261102")
    assert planned(settled) == {"place": ("新交付 1 个文件",), "home": ("所引用的 civil_affairs/place 重做",)}
    assert planned(settled, only=(PLACES.id,)) == {"place": ("新交付 1 个文件",)}
    home = deliver(settled.settings, HOMES, *HOME_LINES[:2], day="20261102")
    assert planned(settled)["home"] == ("新交付 1 个文件",)
    (item,) = plan_night(settled.settings, settled.catalog, settled.registry, (HOMES.id,))
    (live,) = settled.registry.deliveries(HOMES.id)
    assert item.size == home.stat().st_size + live.size, "what has to be read"
    for path in (place, home):
        path.unlink()


def test_what_was_received_and_not_read_is_taken_up(county: County) -> None:
    waiting = deliver(county.settings, PLACES, *PLACE_LINES)
    delivery, _ = receive(waiting, PLACES.id, county.settings.landing, county.now)
    assert planned(county) == {"place": ("有已接收未处理的交付", "从未处理")}, "known from landing alone"
    county.registry.save_delivery(delivery)
    assert planned(county) == {"place": ("有已接收未处理的交付", "从未处理")}


def test_a_changed_declaration_takes_up_its_dataset_only(settled: County) -> None:
    strict = HOMES.model_copy(update={"reject_limit": 0.2})
    assert planned(settled, a_catalog(PLACES, strict)) == {"home": ("目录或程序有变化",)}
    assert planned(settled, a_catalog(PLACES)) == {}, "a dataset that left the catalog is not planned"


def test_a_lake_without_its_table_is_built_again(settled: County, tmp_path: Path) -> None:
    lake = settled.settings.lake
    for lost, layers, names in ((lake / Layer.STANDARD / "civil_affairs__home", "标准", ["home"]),
                                (lake / Layer.RAW / "civil_affairs__home", "原始", ["home"]),
                                (lake, "原始、标准", ["place", "home"])):  # fmt: skip
        lost.rename(tmp_path / "aside")
        assert planned(settled) == dict.fromkeys(names, (f"数据湖里缺{layers}表，重建",))
        (tmp_path / "aside").rename(lost)


def test_a_damaged_release_is_built_again_and_says_which_file(settled: County, tmp_path: Path) -> None:
    release = standing(settled, HOMES, Layer.OPEN)
    assert release is not None
    file = settled.settings.published / release.folder / "data.csv"
    file.rename(tmp_path / "aside")
    (reason,) = planned(settled)["home"]
    assert reason.startswith("open 发布文件缺损，重建：") and "data.csv" in reason
    (tmp_path / "aside").rename(file)


def test_a_night_that_died_before_publishing_is_taken_up_again(whole: County) -> None:
    """Seen: what was committed and not published stayed so until the next delivery, and the old release stood."""
    old = standing(whole, HOMES, Layer.SHARED)
    deliver(whole.settings, HOMES, *HOME_LINES, "H4,1,40,赵六", day="20261102")
    made(later(whole), HOMES, (Layer.LANDING, Layer.RAW, Layer.STANDARD))
    assert planned(whole) == {"home": ("合格的数据还没有共享", "合格的数据还没有开放")}
    made(later(whole), HOMES, (Layer.SHARED,))
    assert standing(whole, HOMES, Layer.SHARED) != old
    assert planned(whole) == {"home": ("合格的数据还没有开放",)}
    made(later(whole), HOMES, (Layer.OPEN,))
    assert planned(whole) == {}


def test_a_night_that_died_before_withdrawing_is_taken_up_again(whole: County) -> None:
    """Seen: what the catalog had closed stayed open for good."""
    tomorrow = later(whole, catalog=a_catalog(PLACES, CLOSED))
    made(tomorrow, CLOSED, (Layer.LANDING, Layer.RAW, Layer.STANDARD, Layer.SHARED))
    assert standing(tomorrow, CLOSED, Layer.OPEN) is not None
    assert planned(tomorrow) == {"home": ("目录不再要开放，撤下",)}
    made(tomorrow, CLOSED)
    assert standing(tomorrow, CLOSED, Layer.OPEN) is None
    assert planned(tomorrow) == {}


def test_what_the_policy_forbids_is_not_tried_again_every_night(whole: County) -> None:
    grave = HOMES.model_copy(
        update={"columns": (*HOMES.columns[:2], HOMES.columns[2].model_copy(update={"grade": 3}), HOMES.columns[3])}
    )
    tomorrow = later(whole, catalog=a_catalog(PLACES, grave))
    assert planned(tomorrow) == {"home": ("目录或程序有变化",)}
    made(tomorrow, grave)
    assert standing(tomorrow, grave, Layer.OPEN) is None
    assert planned(tomorrow) == {}


def test_a_blocked_delivery_is_not_tried_again_every_night(whole: County) -> None:
    deliver(whole.settings, HOMES, HOME_LINES[0], ",1,10,张三", day="20261102")
    made(later(whole), HOMES)
    assert planned(whole) == {}
    deliver(whole.settings, HOMES, "", day="20261103")
    made(later(whole, "third"), HOMES)
    assert planned(whole) == {}, "nor is one that was refused after it"


LOOKS = DeclaredCheck(
    id="in_places", type="expect_column_values_to_exist_in_dataset", severity="rectify", indicator="0402",
    kwargs={"column": "place_code", "reference": "civil_affairs/place.code"}, title="地名在名录里",
)  # fmt: skip


def test_who_is_held_against_another_by_a_rule_follows_it_too() -> None:
    """Seen: only foreign keys counted, and such a rule judged by the night before, or by nothing."""
    columns = (HOMES.columns[0], HOMES.columns[1].model_copy(update={"references": None}), *HOMES.columns[2:])
    free = HOMES.model_copy(update={"columns": columns})
    catalog = a_catalog(PLACES, free)
    assert catalog.parents(HOMES.id) == set()
    told = catalog.model_copy(update={"checks": {HOMES.id: (LOOKS,)}})
    assert told.parents(HOMES.id) == CATALOG.parents(HOMES.id) == {PLACES.id}
    items = [Planned(HOMES.id), Planned(PLACES.id)]
    assert [part.datasets for wave in waves(items, told, 1, 1) for part in wave] == [(PLACES.id,), (HOMES.id,)]
    lost = LOOKS.model_copy(update={"kwargs": {"reference": "nonsense"}})
    assert told.model_copy(update={"checks": {HOMES.id: (lost,)}}).parents(HOMES.id) == set()


def test_a_rule_that_looks_into_another_dataset_is_judged_again_with_it(whole: County) -> None:
    columns = (HOMES.columns[0], HOMES.columns[1].model_copy(update={"references": None}), *HOMES.columns[2:])
    free = HOMES.model_copy(update={"columns": columns})
    catalog = a_catalog(PLACES, free).model_copy(update={"checks": {HOMES.id: (LOOKS,)}})
    made(later(whole, catalog=catalog), free)
    assert planned(whole, catalog) == {}
    deliver(whole.settings, PLACES, *PLACE_LINES[:2], day="20261102")
    assert planned(whole, catalog)["home"] == ("所引用的 civil_affairs/place 重做",)


def test_landing_alone_is_enough_to_plan_everything_anew(settled: County, tmp_path: Path) -> None:
    empty = Registry(f"sqlite:///{tmp_path}/registry.db")
    assert [item.dataset for item in plan_night(settled.settings, settled.catalog, empty)] == [PLACES.id, HOMES.id]
    empty.close()
