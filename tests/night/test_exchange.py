"""Demands come in whole or not at all; what is supplied is what was granted, and nothing else."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shuyang_data.chain.publish import publish
from shuyang_data.county import County
from shuyang_data.errors import UsageError
from shuyang_data.exchange.demands import HEADINGS
from shuyang_data.exchange.records import Decision, Demand, DemandStatus
from shuyang_data.names import Layer
from shuyang_data.night.demands import import_demands
from shuyang_data.night.supply import Supplied, supply_demands
from shuyang_data.storage.published import supply_problem
from shuyang_data.targets.facts import gather_facts
from tests.builders import TODAY
from tests.night.county import GRANT, HOMES
from tests.small_county import commit, later, standing

WANTED = {
    "需求编号": "XQ1", "需求部门": "civil_affairs", "提供部门": "civil_affairs", "数据集": str(HOMES.id),
    "信息项": "code、beds", "用途": "核验", "受理日期": "2026-09-01", "状态": "已受理", "答复": "同意",
    "答复日期": "2026-09-02", "授权截止": "2027-01-01",
}  # fmt: skip


def hand_in(county: County, *demands: dict[str, str], headings: tuple[str, ...] = HEADINGS) -> Path:
    path = county.settings.inbox / "registers" / "demands.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, headings, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(demands)
    return path


def imported(county: County) -> int | None:
    return import_demands(county.settings, county.catalog, county.registry)


def test_a_list_is_taken_over_whole_and_kept(county: County) -> None:
    assert imported(county) is None, "no list, nothing to do"
    path = hand_in(county, WANTED, WANTED | {"需求编号": "XQ2", "用途": "第一行\n第二行"})
    text = path.read_bytes()
    assert imported(county) == 2
    first, second = county.registry.demands()
    assert first == GRANT
    assert second.purpose == "第一行\n第二行"
    assert not path.exists()
    assert (county.settings.landing / "registers" / "demands.csv").read_bytes() == text


def test_a_list_takes_the_place_of_the_last_one_and_an_empty_one_does_not(county: County) -> None:
    for number in ("XQ1", "XQ2"):
        hand_in(county, WANTED | {"需求编号": number})
        imported(county)
    hand_in(county)
    with pytest.raises(UsageError, match="没有一行需求"):
        imported(county)
    assert [demand.id for demand in county.registry.demands()] == ["XQ2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"需求编号": ""}, "需求编号"),
        ({"需求编号": "../../open/x"}, "需求编号"),
        ({"需求编号": ".."}, "需求编号"),
        ({"需求部门": "nobody"}, "nobody"),
        ({"数据集": "civil_affairs/nothing"}, "civil_affairs/nothing"),
        ({"数据集": "胡写"}, "胡写"),
        ({"信息项": "code,secret"}, "secret"),
        ({"受理日期": ""}, "没有受理日期"),
        ({"受理日期": "去年"}, "去年"),
        ({"答复日期": ""}, "答复日期"),
        ({"状态": "好"}, "好"),
        ({"延长工作日": "五天"}, "延长工作日"),
    ],
)
def test_one_wrong_row_leaves_the_list_where_it_is(county: County, change: dict[str, str], said: str) -> None:
    hand_in(county, WANTED)
    imported(county)
    path = hand_in(county, WANTED | {"需求编号": "XQ7"}, WANTED | change)
    with pytest.raises(UsageError, match="第 3 行") as caught:
        imported(county)
    assert said in str(caught.value)
    assert [demand.id for demand in county.registry.demands()] == ["XQ1"], "the last good list stays"
    assert path.exists()


def test_the_same_number_twice_is_refused(county: County) -> None:
    hand_in(county, WANTED, WANTED)
    with pytest.raises(UsageError, match="XQ1 重复"):
        imported(county)


@pytest.mark.parametrize("text", ["需求编号,需求部门\nXQ1,civil_affairs\n", "", "\x00"])
def test_a_list_without_its_headings_names_them(county: County, text: str) -> None:
    hand_in(county).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="授权截止"):
        imported(county)


def test_a_list_in_another_encoding_says_so(county: County) -> None:
    hand_in(county).write_bytes("需求编号".encode("gb18030"))
    with pytest.raises(UsageError, match="UTF-8"):
        imported(county)


def test_rows_of_another_length_are_no_fault_of_the_platform(county: County) -> None:
    """Seen: a short row, or a number in words, was an error of Python's and not of the list's."""
    path = hand_in(county, WANTED)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    path.write_text("\n".join([lines[0], lines[1].rstrip(",") + ",,,,,,,,,,多"]), encoding="utf-8")
    with pytest.raises(UsageError, match="比表头多"):
        imported(county)
    path.write_text("\n".join([lines[0], "XQ1,civil_affairs"]), encoding="utf-8")
    with pytest.raises(UsageError, match="没有受理日期"):
        imported(county)


ROWS = [{"code": f"H{n}", "place_code": "1", "beds": 30 - n, "director": "张三"} for n in range(3)]


@pytest.fixture
def shared(county: County) -> County:
    """Three homes are shared, and nothing is granted yet."""
    commit(county, HOMES, ROWS)
    assert publish(county, HOMES, Layer.SHARED).release is not None
    return county


def supplied(county: County, *demands: Demand) -> Supplied:
    county.registry.replace_demands(demands)
    return supply_demands(county)


def content(county: County, found: Supplied) -> list[dict[str, Any]]:
    (supply,) = found.made
    rows: list[dict[str, Any]] = pq.read_table(county.settings.published / supply.path).to_pylist()
    return rows


def test_just_the_granted_items_leave_in_an_order_of_their_own(shared: County) -> None:
    found = supplied(shared, replace(GRANT, items=("beds",)))
    assert content(shared, found) == [{"beds": 28}, {"beds": 29}, {"beds": 30}]
    (supply,) = found.made
    assert (supply.rows, supply.demand_id, supply.dataset) == (3, "XQ1", HOMES.id)
    assert supply.path.startswith("supply/civil_affairs/XQ1/")
    assert shared.registry.supplies() == [supply]
    assert found.lacking == {}


def test_a_grant_that_became_narrower_takes_back_what_it_no_longer_names(shared: County) -> None:
    """Seen: the grant changed, the version did not, and the old columns stayed with the department."""
    wide = supplied(shared, replace(GRANT, items=("code", "beds")))
    assert list(content(shared, wide)[0]) == ["code", "beds"]
    narrow = supplied(shared, replace(GRANT, items=("beds",)))
    assert content(shared, narrow) == [{"beds": 28}, {"beds": 29}, {"beds": 30}]
    assert [path.path for path in narrow.made] == [path.path for path in wide.made], "in its place"


def test_a_demand_of_which_an_item_is_missing_is_not_satisfied(shared: County) -> None:
    supplied(shared, replace(GRANT, items=("director", "beds")))
    assert gather_facts(shared.settings, shared.registry).supplied == frozenset()
    supplied(shared, replace(GRANT, items=("beds",)))
    assert gather_facts(shared.settings, shared.registry).supplied == {"XQ1"}
    (shared.settings.published / shared.registry.supplies()[0].path).unlink()
    assert gather_facts(shared.settings, shared.registry).supplied == frozenset(), "what is not there was not delivered"


def test_a_release_is_supplied_once_and_the_next_one_again(shared: County) -> None:
    assert len(supplied(shared, GRANT).made) == 1
    assert supplied(shared, GRANT) == Supplied((), {})
    tomorrow = later(shared)
    commit(tomorrow, HOMES, ROWS[:2])
    publish(tomorrow, HOMES, Layer.SHARED)
    assert [supply.rows for supply in supply_demands(tomorrow).made] == [2]
    assert len(shared.registry.supplies()) == 2


@pytest.mark.parametrize(
    ("items", "columns", "said"),
    [
        (("director",), None, "共享数据里没有 director"),
        ((), None, "没有写明授权的信息项"),
        (("director", "beds", "beds"), ["beds"], "共享数据里没有 director"),
    ],
)
def test_a_grant_never_widens_to_what_was_not_granted(
    shared: County, items: tuple[str, ...], columns: list[str] | None, said: str
) -> None:
    """Seen: a grant of which nothing was left in the release delivered every column."""
    found = supplied(shared, replace(GRANT, items=items))
    assert found.lacking == {"XQ1": said}
    assert [list(row) for row in content(shared, found)[:1]] == [columns] if columns else found.made == ()
    files = [path for path in (shared.settings.published / "supply").rglob("*") if path.is_file()]
    assert len(files) == len(found.made) == len(shared.registry.supplies())


@pytest.mark.parametrize(
    "change",
    [
        {"granted_until": TODAY - timedelta(days=1)},
        {"granted_until": None},
        {"decision": Decision.REFUSED},
        {"decision": None},
        {"status": DemandStatus.WITHDRAWN},
        {"dataset": None},
    ],
    ids=["expired", "no end", "refused", "unanswered", "withdrawn", "not catalogued"],
)
def test_without_a_grant_that_holds_today_nothing_leaves(shared: County, change: dict[str, Any]) -> None:
    assert supplied(shared, replace(GRANT, **change)) == Supplied((), {})
    assert shared.registry.supplies() == []
    assert len(supplied(shared, replace(GRANT, granted_until=TODAY)).made) == 1, "its last day is still one"


def test_what_is_not_shared_or_no_longer_whole_is_not_supplied(shared: County) -> None:
    release = standing(shared, HOMES, Layer.SHARED)
    assert release is not None
    data = shared.settings.published / release.folder / "data.parquet"
    content_of = data.read_bytes()
    data.write_bytes(b"PAR1")
    found = supplied(shared, GRANT, replace(GRANT, id="XQ2"))
    assert found.made == ()
    assert all("data.parquet" in why for why in found.lacking.values()) and len(found.lacking) == 2
    data.write_bytes(content_of)
    assert len(supply_demands(shared).made) == 2
    shared.registry.withdraw_release(HOMES.id, Layer.SHARED, shared.now, "试")
    assert supplied(later(shared), replace(GRANT, id="XQ3")) == Supplied((), {})


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:100])])
def test_what_was_delivered_and_is_damaged_is_delivered_again(shared: County, spoil: Callable[[Path], None]) -> None:
    (first,) = supplied(shared, GRANT).made
    path = shared.settings.published / first.path
    whole = path.read_bytes()
    spoil(path)
    assert supply_problem(first, shared.settings.published)
    (again,) = supply_demands(shared).made
    assert (again.path, again.version, path.read_bytes() == whole) == (first.path, first.version, True)
    assert supply_demands(shared).made == ()
