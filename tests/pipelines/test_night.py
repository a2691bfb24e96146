from __future__ import annotations

import json
import os
import shutil
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from samples.verify import compare
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.status import dataset_status
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.scorecard import score, scorecard_json
from tests.builders import TODAY, write_csv
from tests.pipelines.conftest import Home

SPOT = "culture/scenic_spot"
HOMES = "civil_affairs/nursing_home"


def status_of(home: Home) -> dict[str, dict[str, Any]]:
    return dataset_status(load_catalog(home.settings.catalog), home.registry(), TODAY, home.settings.zone)


def measured(home: Home, day: Any = TODAY) -> dict[str, Any]:
    catalog, registry = load_catalog(home.settings.catalog), home.registry()
    return scorecard_json(
        score(catalog, registry.demands(), gather_facts(home.settings, registry), day), catalog, evidence=True
    )


def opening_of(home: Home, name: str, day: Any = TODAY) -> dict[str, Any]:
    found: list[dict[str, Any]] = measured(home, day)["county"]["opening"]["elements"]
    return next(row for row in found if row["id"] == name)


def open_folder(home: Home, name: str) -> Path:
    return (home.settings.published / "open" / name / "current").resolve()


def test_exactly_the_injected_defects_are_rejected(first_night: Home) -> None:
    assert compare(first_night.settings, first_night.settings.home / "truth.json") == []
    truth = json.loads((first_night.settings.home / "truth.json").read_text(encoding="utf-8"))
    assert sum(len(facts["rejected"]) for facts in truth["datasets"].values()) > 150
    assert first_night.code == 3


def test_every_row_is_accounted_for(first_night: Home) -> None:
    for name, row in status_of(first_night).items():
        assert row["delivered"] == row["accepted"] + row["rejected"] + row["superseded"], name
    assert sum(row["superseded"] for row in status_of(first_night).values()) > 0


def test_the_summary_names_what_was_stopped_and_both_rates(first_night: Home) -> None:
    for word in (
        "公共数据按需共享率",
        "应开放公共数据开放率",
        SPOT,
        "empty_file",
        "truncated_file",
        "wrong_dataset",
        "沭阳县民政局",
    ):
        assert word in first_night.printed
    assert "agriculture/farmland_contract（农村土地承包合同，目前没有发布的版本）" in first_night.printed
    assert "culture/scenic_spot（旅游景区名录，数据日期 没有可用的交付）" in first_night.printed, (
        "it came and was refused"
    )


def test_an_open_package_is_complete_and_holds_no_identifier(first_night: Home) -> None:
    folder = open_folder(first_night, "market/food_permit")
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "data.csv",
        "data.excel.csv",
        "data.json",
        "data.parquet",
        "dictionary.json",
        "metadata.json",
        "manifest.json",
        "SHA256SUMS",
    }
    heading = (folder / "data.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "representative" not in heading
    assert "phone" not in heading
    marked = (folder / "data.excel.csv").read_bytes()
    assert marked.startswith(b"\xef\xbb\xbf")
    assert "统一社会信用代码" in marked.decode("utf-8-sig").splitlines()[0]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = {file["rows"] for file in manifest["files"] if file["name"].startswith("data")}
    assert rows == {manifest["rows"]} == {len(json.loads((folder / "data.json").read_text(encoding="utf-8")))}


def test_shared_data_is_masked_and_supplied_to_those_who_asked(first_night: Home) -> None:
    import pyarrow.parquet as pq

    folder = (first_night.settings.published / "shared" / "finance" / "subsidy" / "current").resolve()
    rows = pq.read_table(folder / "data.parquet").to_pylist()
    assert all(row["resident_id"][6:14] == "********" for row in rows)
    assert all(row["person_name"].endswith("*") for row in rows)
    supplies = first_night.registry().supplies()
    assert len(supplies) > 25
    assert all((first_night.settings.published / supply.path).is_file() for supply in supplies)


def test_checks_and_materialisations_stand_in_dagster(first_night: Home) -> None:
    with first_night.instance() as instance:
        key = first_night.key(HOMES, Layer.STANDARD)
        event = instance.get_latest_materialization_event(key)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["合格"].value > 0
        check = dg.AssetCheckKey(key, "整改")
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])[check]
        evaluation = record.event.dagster_event.event_specific_data  # type: ignore[union-attr]
        assert not evaluation.passed
        table = evaluation.metadata["规则"].records
        assert any(row.data["数据行号（前几行）"] for row in table)
        assert "民政局" in evaluation.metadata["责任"].value
        blocked = first_night.key("agriculture/farmland_contract", Layer.STANDARD)
        assert instance.get_latest_materialization_event(blocked) is None


def test_results_per_rule_are_in_the_lake(first_night: Home) -> None:
    import pyarrow.parquet as pq

    files = Lakehouse(first_night.settings.lake).files(("quality", "results"))
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    assert len({(row["department"], row["dataset"]) for row in rows}) >= 34
    assert {row["severity"] for row in rows} == {"blocking", "rectify", "advice"}


def test_a_night_with_nothing_new_runs_no_dataset_and_still_measures(home: Home) -> None:
    before = {r.dataset: r.version for r in home.registry().releases()}
    analyst = home.settings.analyst.resolve()
    assert home.night() == 0
    assert "今夜计划：0 个数据集" in home.printed
    assert "公共数据按需共享率" in home.printed
    assert {r.dataset: r.version for r in home.registry().releases()} == before
    assert home.settings.analyst.resolve() == analyst
    with home.instance() as instance:
        assert instance.get_runs(limit=1)[0].job_name == "night"


@pytest.mark.parametrize("damage", ["delete", "truncate", "folder"])
def test_a_damaged_publication_lowers_the_rate_at_once_and_is_rebuilt(home: Home, damage: str) -> None:
    before = measured(home)["county"]["opening"]
    assert opening_of(home, HOMES)["satisfied"]
    file = open_folder(home, HOMES) / "data.csv"
    if damage == "delete":
        file.unlink()
    elif damage == "truncate":
        os.truncate(file, 10)
    else:
        shutil.rmtree(file.parent)
    after = measured(home)["county"]["opening"]
    assert after["numerator"] == before["numerator"] - 1
    assert opening_of(home, HOMES)["failed"] == ["published_file_broken"]
    assert home.night() == 0
    assert f"重建 {HOMES}" in home.printed
    assert measured(home)["county"]["opening"] == before


def test_same_size_damage_is_found_too(home: Home) -> None:
    file = open_folder(home, HOMES) / "data.csv"
    content = file.read_bytes()
    file.write_bytes(content[:-3] + b"x\r\n")
    assert opening_of(home, HOMES)["failed"] == ["published_file_broken"]


def test_ageing_a_file_or_the_calendar_makes_it_stale(home: Home) -> None:
    file = open_folder(home, HOMES) / "data.parquet"
    old = file.stat().st_mtime - 90 * 86400
    os.utime(file, (old, old))
    assert opening_of(home, HOMES)["failed"] == ["stale"]
    assert opening_of(home, "environment/air_reading", TODAY + timedelta(days=5))["failed"] == ["stale"]


def test_a_blocked_delivery_keeps_the_last_good_release(home: Home) -> None:
    before = open_folder(home, "market/food_permit")
    good = status_of(home)["market/food_permit"]
    header = "许可证编号,统一社会信用代码,有效期起,有效期止,乡镇街道代码"
    bad = [f"JY{n:014d},0,2020-01-01,2030-01-01,321322001" for n in range(50)]
    write_csv(home.settings.inbox / "market" / "食品经营许可_20261124_5.csv", header, *bad)
    assert home.night() == 3
    assert "market/food_permit（食品经营许可，上一次的好版本保持不变）" in home.printed
    row = status_of(home)["market/food_permit"]
    assert row["blocked_by"]
    assert row["held"] == 50
    assert row["accepted"] == good["accepted"]
    assert open_folder(home, "market/food_permit") == before
    failed = [r for r in measured(home)["county"]["sharing"]["elements"] if "quality_gate" in r["failed"]]
    assert {r["department"] for r in failed} >= {"market"}
    assert home.night() == 0


def test_a_correction_supersedes_and_unblocks(home: Home) -> None:
    good = "景区编号,景区名称,等级,地址,乡镇街道代码"
    write_csv(
        home.settings.inbox / "culture" / "旅游景区名录_20261124_2.csv",
        good,
        "A1,虞姬公园,４,沭城街道,321322001",
        encoding="gb18030",
    )
    assert home.night() == 0
    row = status_of(home)[SPOT]
    assert (row["accepted"], row["published_open"], row["blocked_by"]) == (1, 1, [])
    assert opening_of(home, SPOT)["satisfied"]


def test_the_same_bytes_twice_are_one_delivery(home: Home) -> None:
    delivered = next((home.settings.landing / HOMES).glob("*/*.xlsx"))
    shutil.copy(delivered, home.settings.inbox / "civil_affairs" / delivered.name)
    before = status_of(home)
    home.night()
    assert status_of(home) == before
    assert not list((home.settings.inbox / "civil_affairs").iterdir())


def test_a_changed_declaration_makes_just_that_dataset_again(home: Home) -> None:
    path = home.settings.catalog / "datasets" / f"{HOMES}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("maximum: 2000", "maximum: 1999"), encoding="utf-8")
    assert home.night() == 0
    assert "今夜计划：1 个数据集" in home.printed


def test_everything_but_landing_and_registry_can_be_rebuilt(home: Home) -> None:
    before = status_of(home)
    for name in ("lake", "published", "analyst", "reports", "dagster"):
        shutil.rmtree(home.settings.home / name)
    home.settings.analyst.unlink()
    home.night()
    assert status_of(home) == before
    assert compare(home.settings, home.settings.home / "truth.json") == []


def test_a_policy_violation_publishes_nothing_and_is_named(home: Home) -> None:
    path = home.settings.catalog / "datasets" / f"{HOMES}.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "name: address, title: 机构地址, type: text, grade: 1", "name: address, title: 机构地址, type: text, grade: 3"
    )
    path.write_text(text, encoding="utf-8")
    assert home.night() == 3
    assert "不得发布" in home.printed
    assert "机构地址" in home.printed


def test_only_and_full(home: Home) -> None:
    assert home.night(HOMES) == 0
    assert "今夜计划：1 个数据集" in home.printed
    assert "指定重跑" in home.printed or "1 个数据集要处理" in home.printed


def test_rejected_rows_keep_their_text_and_reason(first_night: Home) -> None:
    import pyarrow.parquet as pq

    lake = Lakehouse(first_night.settings.lake)
    files = lake.files(DatasetId.parse("police/population").table(Layer.REJECTED))
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    destroyed = [row for row in rows if row["_reasons"] == "scientific_notation:resident_id;"]
    assert destroyed
    assert {row["resident_id"] for row in destroyed} == {"3.21322E+17"}


def test_a_night_asks_for_nothing_beyond_this_machine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names looked up and addresses connected to, whether or not a library hides the failure."""
    asked: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def recorded_connect(self: socket.socket, address: Any) -> None:
        asked.append(address)
        connect(self, address)

    def recorded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        asked.append((host,))
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", recorded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", recorded_look_up)
    home.night(HOMES, "market/food_permit")
    assert [a for a in asked if isinstance(a, tuple) and not str(a[0]).startswith(("127.", "localhost", "::1"))] == []


def test_the_night_is_in_the_registry(first_night: Home) -> None:
    night = first_night.registry().last_night()
    assert night is not None
    assert len(night["planned"]) == 39
    assert SPOT in night["stopped"]
    assert night["finished_at"] > night["started_at"]


def test_the_tuned_event_log_is_the_one_in_use(first_night: Home) -> None:
    """Dagster renames private methods without notice: this fails when ours is no longer called."""
    from pipelines.storage import PooledSqliteEventLogStorage

    with first_night.instance() as instance:
        log = instance.event_log_storage
        assert isinstance(log, PooledSqliteEventLogStorage)
        assert instance.get_runs(limit=1)
        log.has_table("event_logs")
        with log.index_connection() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
        assert "index" in log._engines
