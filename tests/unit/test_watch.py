"""The drop folder: a file is taken when it is complete, under its dataset's name, once."""

from __future__ import annotations

import os
from pathlib import Path

from shuyang_data.arrival.watch import Watched, watch_inbox
from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.terms import FileFormat
from tests.builders import TODAY, a_catalog, a_column, a_dataset, write_csv

DATASET = a_dataset(a_column("code", title="编号", required=True), a_column("name", title="名称"))
OTHER = a_dataset(
    a_column("plate", title="号牌"),
    key=("plate",),
    path="civil_affairs/vehicle",
    delivery=Delivery(file="车辆", format=FileFormat.CSV),
)
CATALOG = a_catalog(DATASET, OTHER)
LONG_AGO, NOW = 1_000_000_000, 1_000_001_000


def look(inbox: Path, before: Watched | None = None, now: float = NOW) -> Watched:
    return watch_inbox(inbox, CATALOG, before.looks if before else {}, now, TODAY)


def dropped(inbox: Path, name: str, *lines: str) -> Path:
    path = write_csv(inbox / "civil_affairs" / name, *lines)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_a_file_is_taken_when_it_did_not_change_between_two_looks(tmp_path: Path) -> None:
    path = dropped(tmp_path, "测试数据_20261101.csv", "编号,名称", "1,甲")
    first = look(tmp_path)
    assert first.ready == {}
    path.write_text("编号,名称\n1,甲\n2,乙\n", encoding="utf-8")
    os.utime(path, (LONG_AGO + 1, LONG_AGO + 1))
    second = look(tmp_path, first)
    assert second.ready == {}
    assert look(tmp_path, second).ready == {DATASET.id: [path]}
    assert look(tmp_path, second, now=LONG_AGO + 5).ready == {}, "touched a few seconds ago"


def test_a_marker_says_at_once_that_it_is_complete(tmp_path: Path) -> None:
    path = dropped(tmp_path, "测试数据_20261101.csv", "编号,名称", "1,甲")
    path.with_name(path.name + ".ok").touch()
    assert look(tmp_path).ready == {DATASET.id: [path]}


def test_an_unknown_name_is_matched_by_its_columns(tmp_path: Path) -> None:
    dropped(tmp_path, "新建文本.txt", "名 称,编号", "甲,1")
    dropped(tmp_path, "别的.csv", "a,b", "1,2")
    found = look(tmp_path, look(tmp_path))
    assert [path.name for path in found.ready[DATASET.id]] == ["测试数据_20261124.txt"]
    assert found.ready[DATASET.id][0].exists()
    assert [path.name for path in found.strange] == ["别的.csv"]


def test_hidden_and_unfinished_names_are_left_alone(tmp_path: Path) -> None:
    for name in (".测试数据_20261101.csv", "~$测试数据.csv"):
        dropped(tmp_path, name, "编号,名称", "1,甲")
    assert look(tmp_path, look(tmp_path)).looks == {}
