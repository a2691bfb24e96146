"""What should be here and is not, what is here and nobody claims, and what has drifted from the catalog."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shuyang_data.arrival.drift import open_drift
from shuyang_data.arrival.overdue import inbox_strangers, overdue_deliveries
from shuyang_data.catalog.terms import FRESH_DAYS, Frequency
from shuyang_data.records import Delivery, DeliveryState, Drift, DriftKind
from shuyang_data.storage.registry import Registry
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset, write_csv

DATASET = a_dataset(a_column("code", title="编号", required=True), a_column("name", title="名称"))
CATALOG = a_catalog(DATASET)
ZONE = ZoneInfo("Asia/Shanghai")


def a_delivery(number: int, data_on: date = TODAY, **more: object) -> Delivery:
    made = Delivery(
        f"{data_on:%Y%m%d}-{number}", DATASET.id, f"p{number}", 1, str(number), data_on, number,
        NOW + timedelta(days=number), DeliveryState.READ, 1,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("frequency", [f for f in Frequency if FRESH_DAYS[f] is not None])
def test_data_is_overdue_the_day_after_its_cycle_allows(frequency: Frequency) -> None:
    days = FRESH_DAYS[frequency]
    assert days is not None
    catalog = a_catalog(DATASET.model_copy(update={"frequency": frequency}))
    last_day = TODAY - timedelta(days=days)
    assert overdue_deliveries(catalog, [a_delivery(1, last_day)], TODAY, ZONE) == {}
    assert overdue_deliveries(catalog, [a_delivery(1, last_day)], TODAY + timedelta(days=1), ZONE) == {
        DATASET.id: last_day
    }


def test_the_newest_data_counts_whatever_came_last_and_refused_files_are_none() -> None:
    old, new = TODAY - timedelta(days=90), TODAY - timedelta(days=1)
    assert overdue_deliveries(CATALOG, [a_delivery(1, new), a_delivery(2, old)], TODAY, ZONE) == {}
    refused = a_delivery(3, new, state=DeliveryState.REFUSED)
    assert overdue_deliveries(CATALOG, [a_delivery(2, old), refused], TODAY, ZONE) == {DATASET.id: old}
    landed = replace(refused, state=DeliveryState.LANDED)
    assert overdue_deliveries(CATALOG, [landed], TODAY, ZONE) == {}
    assert overdue_deliveries(CATALOG, [], TODAY, ZONE) == {DATASET.id: None}


def test_data_without_a_cycle_is_never_overdue() -> None:
    catalog = a_catalog(DATASET.model_copy(update={"frequency": Frequency.IRREGULAR}))
    assert overdue_deliveries(catalog, [], TODAY, ZONE) == {}


def test_files_of_no_dataset_are_strangers_and_what_belongs_to_the_way_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "civil_affairs"
    for name in ("测试数据_20261101.csv", "测试数据_20261101.csv.ok", "交接单_20261101.xlsx"):
        write_csv(folder / name, "编号")
    write_csv(tmp_path / "registers" / "demands.csv", "需求编号")
    assert inbox_strangers(tmp_path, CATALOG) == []
    expected = [
        write_csv(folder / "别的.csv", "编号"), write_csv(tmp_path / "nobody" / "测试数据_20261101.csv", "编号"),
        write_csv(folder / "民政局交接单.csv", "文件名"),
    ]  # fmt: skip
    assert inbox_strangers(tmp_path, CATALOG) == sorted(expected), "only what begins with 交接单 is taken as one"
    assert inbox_strangers(tmp_path / "nowhere", CATALOG) == []


NEW = Drift(DriftKind.NEW, found="备注")
MOVED = Drift(DriftKind.REORDERED, found="名称")
MISSING = Drift(DriftKind.MISSING, "名称")


def drift_after(folder: Path, *deliveries: Delivery) -> list[tuple[str, str, bool]]:
    registry = Registry(f"sqlite:///{folder}/registry.db")
    for delivery in deliveries:
        registry.save_delivery(delivery)
    found = open_drift(CATALOG, registry, ZONE)
    registry.close()
    assert {row["department"] for row in found} <= {"某局"}
    return [(row["drift"], row["since"], row["owed"]) for row in found]


def test_drift_runs_from_the_first_delivery_that_shows_it_without_a_break(tmp_path: Path) -> None:
    deliveries = [
        a_delivery(1, drift=(NEW,)), a_delivery(2), a_delivery(3, drift=(NEW,)), a_delivery(4, drift=(NEW, MOVED)),
    ]  # fmt: skip
    assert drift_after(tmp_path, *deliveries) == [
        ("目录以外的列：备注", "2026-11-27", True),
        ("列换了顺序：名称", "2026-11-28", False),
    ]


def test_drift_closes_with_the_first_delivery_that_is_right(tmp_path: Path) -> None:
    assert drift_after(tmp_path, a_delivery(1, drift=(MISSING,)), a_delivery(2)) == []


def test_what_was_refused_or_not_read_neither_opens_nor_closes_drift(tmp_path: Path) -> None:
    unread = (a_delivery(2, state=DeliveryState.REFUSED), a_delivery(3, state=DeliveryState.LANDED))
    assert drift_after(tmp_path, a_delivery(1, drift=(MISSING,)), *unread) == [("缺列：名称", "2026-11-25", True)]
