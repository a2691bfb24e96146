"""Deliveries of every origin through a real night: pulled, pushed, dropped, drifting, handed over with a sheet."""

from __future__ import annotations

import json
import re
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import create_engine, text

from pipelines.inbox_sensor import inbox_sensor
from shuyang_data.arrival.drift import open_drift
from shuyang_data.arrival.handover import reconcile
from shuyang_data.catalog.load import load_catalog
from shuyang_data.chain.classify import classify, too_low
from shuyang_data.county import open_county
from shuyang_data.names import DatasetId
from shuyang_data.stewardship.resources import resources, returns
from tests.builders import TODAY, write_csv
from tests.pipelines.conftest import Home

SPOT = "culture/scenic_spot"
HEADER = "景区编号,景区名称,等级,地址,乡镇街道代码"
LINES = ("A1,虞姬公园,4,沭城街道,321322001", "A2,古栗林,3,颜集镇,321322001")


def drop(home: Home, name: str, *lines: str) -> Path:
    return write_csv(home.settings.inbox / "culture" / name, *lines)


def accepted(home: Home) -> int:
    outcome = home.registry().outcome(DatasetId.parse(SPOT))
    assert outcome is not None
    return outcome.counts.accepted


def declare_pull(home: Home, pull: str) -> None:
    path = home.settings.catalog / "datasets" / f"{SPOT}.yaml"
    declared = path.read_text(encoding="utf-8")
    path.write_text(declared.replace("format: csv}", f"format: csv, pull: {pull}}}"), encoding="utf-8")


def test_a_night_pulls_a_database_first(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'culture.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE spots (景区编号 TEXT, 景区名称 TEXT, 等级 INT, 地址 TEXT, 乡镇街道代码 TEXT)")
        )
        for line in LINES:
            values = dict(zip("abcde", line.split(","), strict=True))
            connection.execute(text("INSERT INTO spots VALUES (:a, :b, :c, :d, :e)"), values)
    engine.dispose()
    declare_pull(home, "{kind: database, source: culture_core, table: spots}")
    monkeypatch.setenv("SHUYANG_SOURCE_CULTURE_CORE", url)
    assert home.night() == 0
    assert accepted(home) == 2
    monkeypatch.setenv("SHUYANG_SOURCE_CULTURE_CORE", "postgresql+psycopg2://u:geheim@127.0.0.1:1/x")
    assert home.night() == 3
    assert "没有拉取" in home.printed
    assert "geheim" not in home.printed
    assert accepted(home) == 2


def test_a_complete_file_starts_the_chain_of_just_its_dataset(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUYANG_HOME", str(home.settings.home))
    monkeypatch.setenv("SHUYANG_CATALOG", str(home.settings.catalog))
    path = drop(home, "旅游景区名录_20261124_7.csv", HEADER, *LINES)
    with home.instance() as instance, dg.build_sensor_context(instance) as context:
        waiting = inbox_sensor(context)
    assert isinstance(waiting, dg.SensorResult)
    assert not waiting.run_requests
    path.with_name(path.name + ".ok").touch()
    with home.instance() as instance, dg.build_sensor_context(instance, cursor=waiting.cursor) as context:
        taken = inbox_sensor(context)
    assert isinstance(taken, dg.SensorResult)
    (request,) = taken.run_requests or ()
    assert request.run_config["ops"]["whole_night"]["config"] == {"only": [SPOT]}
    assert home.night(SPOT) == 0
    assert not list((home.settings.inbox / "culture").iterdir()), "the marker goes with its file"


def test_drift_is_shown_until_a_delivery_without_it(home: Home) -> None:
    drop(
        home,
        "旅游景区名录_20261124_8.csv",
        HEADER.replace("等级", "等级（A）") + ",电话",
        *(f"{line},1" for line in LINES),
    )
    assert home.night(SPOT) == 0
    catalog = load_catalog(home.settings.catalog)
    found = [row for row in open_drift(catalog, home.registry(), home.settings.zone) if row["dataset"] == SPOT]
    assert {(row["kind"], row["owed"]) for row in found} == {("renamed", False), ("new", True)}
    assert accepted(home) == 2
    drop(home, "旅游景区名录_20261124_9.csv", HEADER, *LINES)
    home.night(SPOT)
    assert [row for row in open_drift(catalog, home.registry(), home.settings.zone) if row["dataset"] == SPOT] == []


def test_a_hand_over_sheet_is_reconciled(home: Home) -> None:
    drop(home, "旅游景区名录_20261124_8.csv", HEADER, *LINES)
    drop(
        home, "交接单_20261124.csv", "文件名,行数,合计列,合计值", "旅游景区名录_20261124_8.csv,2,等级,7",
        "旅游景区名录_20261124_8.csv,3,等级,8", "没送来.csv,5,,",
    )  # fmt: skip
    assert home.night(SPOT) == 0
    county = open_county(home.settings, TODAY, "test")
    found = [row["result"] for row in reconcile(county) if row["department"] == "culture"]
    county.registry.close()
    assert found == ["相符", "行数不符、合计不符", "没有收到"]


def test_every_origin_stands_in_one_listing_and_in_the_release(home: Home) -> None:
    catalog = load_catalog(home.settings.catalog)
    rows = {row["dataset"]: row for row in resources(catalog, home.registry())}
    assert {row["origin"] for row in rows.values()} == {"county", "upper", "society"}
    society = next(row for row in rows.values() if row["origin"] == "society")
    assert "合同" in society["ground"]
    published = home.settings.published / "open" / society["dataset"] / "current" / "metadata.json"
    assert json.loads(published.read_text(encoding="utf-8"))["数据来源"] == "社会数据"
    (request,) = returns(catalog, home.registry(), TODAY, home.settings.zone)
    assert request["receipts"]
    assert request["lacking"] == [] or "行" in request["lacking"][0]


def test_a_contract_that_permits_no_opening_closes_the_data(home: Home) -> None:
    path = home.settings.catalog / "datasets/transport/bus_stop.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("permitted: [share, open]", "permitted: [share]"), encoding="utf-8"
    )
    home.night("transport/bus_stop")
    assert "合同没有允许开放" in home.printed
    assert not (home.settings.published / "open/transport/bus_stop/current").exists()


def test_grades_are_proposed_from_what_was_delivered(first_night: Home) -> None:
    county = open_county(first_night.settings, TODAY, "test")
    population = classify(county, county.dataset(DatasetId("police", "population")))
    homes = classify(county, county.dataset(DatasetId("civil_affairs", "nursing_home")))
    county.registry.close()
    found = {row["title"]: (row["kind"], row["proposed"], row["too_low"]) for row in population["columns"]}
    assert found["公民身份号码"] == ("resident_id", 4, False)
    assert found["姓名"] == ("name", 3, False)
    assert population["quasi"]
    assert too_low([population, homes]) == []
    assert homes["columns"][0]["confirmed_by"] == "民政局首席数据官"


def test_a_grade_below_what_was_found_stops_publishing_until_somebody_stands_for_it(home: Home) -> None:
    path = home.settings.catalog / "datasets/civil_affairs/nursing_home.yaml"
    kept = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r", confirmed: \{[^}]*\}", "", kept), encoding="utf-8")
    home.night("civil_affairs/nursing_home")
    assert "grade_below_detected" in home.printed
    assert "联系电话 的内容像是手机号码" in home.printed
    open_folder = home.settings.published / "open/civil_affairs/nursing_home"
    assert not (open_folder / "current").exists()
    path.write_text(kept, encoding="utf-8")
    home.night()
    assert (open_folder / "current" / "data.csv").exists()
