"""The same deliveries through every entrance end in the same tables, releases, records and reports."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from pipelines.county_definitions import build_definitions
from pipelines.instance import prepare_instance
from pipelines.keys import closing_key, dataset_key
from pipelines.night import run_on_console
from pipelines.renames import carry_renamed
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.make import layers_of
from shuyang_data.chain.steps import Check
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.closing import RATES
from shuyang_data.night.opening import Order
from shuyang_data.settings import Settings
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.ticket_log import TicketLog
from tests.builders import COUNTY_CATALOG, write_csv

SPOT = DatasetId("culture", "scenic_spot")
SENSOR = DatasetId("housing", "sensor")
HOMES = DatasetId("civil_affairs", "nursing_home")
MARRIAGES = DatasetId("civil_affairs", "marriage")
CATALOG = load_catalog(COUNTY_CATALOG)
# What differs from night to night by its nature: the run's name and its moment.
MOMENTS = {"run_id", "at", "received_at", "released_at", "version", "folder", "files", "snapshot_id", "发布时间"}


def deliver(settings: Settings) -> None:
    """A good one with a wrong row, one that is refused, and one of another dataset."""
    write_csv(
        settings.inbox / "culture" / "旅游景区名录_20261101.csv", "景区编号,景区名称,等级,地址,乡镇街道代码",
        *(f"A{n},景区{n},{n % 5 + 1},沭城街道,321322001" for n in range(30)), "A99,坏代码,4,沭城街道,999",
    )  # fmt: skip
    write_csv(settings.inbox / "housing" / "城市生命线感知设备_20261101.csv", "天气,温度", "晴,20")


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Settings]]:
    monkeypatch.setenv("SHUYANG_WORKERS", "0")
    monkeypatch.setenv("SHUYANG_HASH_KEY", "one key")
    found = [Settings(home=tmp_path / name) for name in ("command", "click", "processes")]
    for settings in found:
        deliver(settings)
    yield found


def by_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("SHUYANG_HOME", str(settings.home))
    return run_on_console(Console(file=io.StringIO(), width=200), Order(only=(SPOT, SENSOR)))


def by_click(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dg.ExecuteInProcessResult:
    """As the button does: the implicit job over all assets, with a selection."""
    monkeypatch.setenv("SHUYANG_HOME", str(settings.home))
    prepare_instance(settings)
    job = build_definitions(CATALOG, settings).resolve_implicit_global_asset_job_def()
    keys = [key for name in (SPOT, SENSOR) for key in keys_of(name, CATALOG)]
    with dg.DagsterInstance.get() as instance:
        return job.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False)


def keys_of(name: DatasetId, catalog: Catalog) -> list[dg.AssetKey]:
    dataset = catalog.datasets[name]
    return [dataset_key(dataset, catalog, layer) for layer in layers_of(dataset)]


def state(settings: Settings) -> dict[str, Any]:
    """Everything that a night leaves behind, moments and names of runs apart."""
    registry, lake = Registry(settings.registry), Lakehouse(settings.lake)
    found: dict[str, Any] = {
        "outcomes": {str(k): plain(asdict(v)) for k, v in registry.outcomes().items()},
        "deliveries": [plain(asdict(d)) for d in registry.deliveries()],
        "releases": [plain(asdict(r)) for r in registry.releases()],
        "tickets": sorted(repr(plain(asdict(t))) for t in TicketLog(registry).tickets()),
        "night": {
            key: value
            for key, value in (registry.last_night() or {}).items()
            if key in ("planned", "stopped", "faults")
        },
    }
    for layer in (Layer.RAW, Layer.STANDARD, Layer.REJECTED):
        for name in (SPOT, SENSOR):
            rows = [row for file in lake.files(name.table(layer)) for row in pq.read_table(file).to_pylist()]
            found[f"{layer} {name}"] = sorted(map(repr, rows))
    found["published"] = {
        f"{link.parent.relative_to(settings.published)}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for link in settings.published.glob("*/*/*/current")
        for path in link.resolve().iterdir()
        if path.name not in ("metadata.json", "manifest.json", "SHA256SUMS")
    }
    found["targets"] = json.loads((settings.reports / "targets.json").read_text(encoding="utf-8"))
    found["pages"] = sorted(str(p.relative_to(settings.reports)) for p in (settings.reports / "pages").rglob("*.html"))
    found["results"] = len([row for f in lake.files(("quality", "results")) for row in pq.read_table(f).to_pylist()])
    found["analyst"] = settings.analyst.exists()
    registry.close()
    return found


def plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in MOMENTS}


def test_a_command_a_click_and_a_night_of_processes_leave_the_same(
    homes: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    command, click, processes = homes
    assert by_command(command, monkeypatch) == 3
    assert not by_click(click, monkeypatch).success
    monkeypatch.setenv("SHUYANG_WORKERS", "2")
    assert by_command(processes, monkeypatch) == 3
    expected = state(command)
    assert expected["published"] and expected["tickets"] and expected["night"]["stopped"] == [str(SENSOR)]
    for other in (click, processes):
        found = state(other)
        for name, value in expected.items():
            assert found[name] == value, name


def test_what_closes_the_night_is_made_last_and_about_all_that_was_asked_for(
    homes: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen with `--select '*'`: it ran fourth, for no datasets, and the targets were those of before."""
    command, click, _ = homes
    by_command(command, monkeypatch)
    monkeypatch.setenv("SHUYANG_HOME", str(click.home))
    prepare_instance(click)
    job = build_definitions(CATALOG, click).resolve_implicit_global_asset_job_def()
    keys = [closing_key(RATES, CATALOG), *(key for name in (SPOT, SENSOR) for key in keys_of(name, CATALOG))]
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False)
    steps = [event.step_key for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_START]
    assert steps[-1] == "closing", steps
    assert len(steps) == 3
    expected = state(command)
    for name, value in state(click).items():
        assert value == expected[name], name


def test_one_thing_that_closes_the_night_can_be_asked_for(
    homes: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = homes[0]
    by_command(settings, monkeypatch)
    job = build_definitions(CATALOG, settings).resolve_implicit_global_asset_job_def()
    key = closing_key(RATES, CATALOG)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=[key])
    assert result.success
    made = [event.materialization.asset_key for event in result.all_events if event.is_step_materialization]
    assert key in made


def test_a_click_on_one_layer_makes_just_that_layer(homes: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = homes[0]
    by_command(settings, monkeypatch)
    dataset = CATALOG.datasets[SPOT]
    job = build_definitions(CATALOG, settings).resolve_implicit_global_asset_job_def()
    key = dataset_key(dataset, CATALOG, Layer.OPEN)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=[key])
    made = [event.materialization.asset_key for event in result.all_events if event.is_step_materialization]
    assert made == [key]


def test_a_published_layer_that_is_refused_is_no_materialisation(
    homes: list[Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Dagster loaded its definitions before the grade was raised: what counts is the catalog of the day."""
    shutil.copytree(COUNTY_CATALOG, tmp_path / "catalog")
    monkeypatch.setenv("SHUYANG_CATALOG", str(tmp_path / "catalog"))
    settings = homes[0]
    by_command(settings, monkeypatch)
    path = tmp_path / "catalog" / "datasets" / f"{SPOT}.yaml"
    raised = path.read_text(encoding="utf-8").replace(
        "title: 景区名称, type: text, grade: 1", "title: 景区名称, type: text, grade: 3"
    )
    path.write_text(raised, encoding="utf-8")
    job = build_definitions(CATALOG, settings).resolve_implicit_global_asset_job_def()
    key = dataset_key(CATALOG.datasets[SPOT], CATALOG, Layer.OPEN)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(instance=instance, asset_selection=[key], raise_on_error=False)
    assert not result.success
    assert not [event for event in result.all_events if event.is_step_materialization]
    assert not (settings.published / "open" / "culture" / "scenic_spot" / "current").exists()


def test_two_nights_do_not_run_side_by_side(homes: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stopped a command beside a night that Dagster ran."""
    import subprocess
    import sys

    settings = homes[0]
    holder = (
        "import sys, time; from pathlib import Path; from shuyang_data.storage.lock import take_night;"
        f"lock = take_night(Path({str(settings.home)!r})); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        try:
            with pytest.raises(Exception, match="另一次运行还没有结束"):
                by_command(settings, monkeypatch)
        finally:
            other.kill()


def test_the_environment_names_the_instance(homes: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """The store follows the home folder, whoever starts Dagster and whatever DAGSTER_HOME says."""
    by_command(homes[0], monkeypatch)
    monkeypatch.setenv("DAGSTER_HOME", str(homes[1].home))
    (homes[1].home / "dagster.yaml").write_text((homes[0].dagster_home / "dagster.yaml").read_text(encoding="utf-8"))
    with dg.DagsterInstance.get() as instance:
        assert [run.job_name for run in instance.get_runs()] == ["night"]
    assert os.environ["SHUYANG_HOME"] == str(homes[0].home)


def test_a_renamed_title_keeps_its_history(
    homes: list[Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The identity is the path of the file; the key that people read follows the title."""
    shutil.copytree(COUNTY_CATALOG, tmp_path / "catalog")
    settings = homes[0].model_copy(update={"catalog": tmp_path / "catalog"})
    monkeypatch.setenv("SHUYANG_CATALOG", str(settings.catalog))
    by_command(settings, monkeypatch)
    old = dataset_key(CATALOG.datasets[SPOT], CATALOG, Layer.STANDARD)
    with dg.DagsterInstance.get() as instance:
        first = instance.get_latest_materialization_event(old)
    path = settings.catalog / "datasets" / f"{SPOT}.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("title: 旅游景区名录", "title: 景区名录（新）", 1), encoding="utf-8"
    )
    renamed = load_catalog(settings.catalog)
    new = dataset_key(renamed.datasets[SPOT], renamed, Layer.STANDARD)
    assert new != old
    by_command(settings, monkeypatch)
    with dg.DagsterInstance.get() as instance:
        records = instance.fetch_materializations(new, limit=10).records
        check = dg.AssetCheckKey(new, Check.RECTIFY.label)
        history = instance.event_log_storage.get_asset_check_execution_history(check, limit=10)
        assert instance.get_latest_materialization_event(old) is None
        assert old not in instance.all_asset_keys()
    assert first is not None
    assert (records[-1].run_id, records[-1].timestamp) == (first.run_id, first.timestamp)
    assert len(records) == len(history) == 2
    assert all(execution.event is not None for execution in history)


def titled(settings: Settings, **titles: str) -> Catalog:
    """The catalog with other titles of datasets; a dataset's file holds its title first."""
    for name, title in titles.items():
        path = settings.catalog / "datasets" / f"{name.replace('__', '/')}.yaml"
        path.write_text(
            re.sub(r"^title: .*$", f"title: {title}", path.read_text(encoding="utf-8"), count=1, flags=re.M)
        )
    return load_catalog(settings.catalog)


def moments(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[float]:
    check = dg.AssetCheckKey(key, Check.RECTIFY.label)
    executions = instance.event_log_storage.get_asset_check_execution_history(check, limit=50)
    made = [record.timestamp for record in instance.fetch_materializations(key, limit=50).records]
    return sorted([*made, *(execution.event.timestamp for execution in executions if execution.event)])


@pytest.fixture
def two_nights(
    homes: list[Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[Settings, dict[DatasetId, list[float]]]:
    """A home whose catalog may be changed, and when something happened to each of two datasets."""
    shutil.copytree(COUNTY_CATALOG, tmp_path / "catalog")
    settings = homes[0].model_copy(update={"catalog": tmp_path / "catalog"})
    monkeypatch.setenv("SHUYANG_CATALOG", str(settings.catalog))
    by_command(settings, monkeypatch)
    with dg.DagsterInstance.get() as instance:
        happened = {
            name: moments(instance, dataset_key(CATALOG.datasets[name], CATALOG, Layer.STANDARD))
            for name in (SPOT, SENSOR)
        }
    return settings, happened


@pytest.mark.parametrize(
    "steps",
    [
        [{SPOT: "景区（新）"}, {SPOT: CATALOG.datasets[SPOT].title}],
        [{SPOT: "景区（新）"}, {SPOT: "景区（又新）"}, {SPOT: CATALOG.datasets[SPOT].title}, {SPOT: "景区（新）"}],
    ],
)
def test_a_title_that_returns_finds_its_history(
    two_nights: tuple[Settings, dict[DatasetId, list[float]]], steps: list[dict[DatasetId, str]]
) -> None:
    settings, happened = two_nights
    with dg.DagsterInstance.get() as instance:
        for titles in steps:
            catalog = titled(settings, **{str(name).replace("/", "__"): title for name, title in titles.items()})
            assert carry_renamed(instance, settings, catalog)
            assert carry_renamed(instance, settings, catalog) == []
            key = dataset_key(catalog.datasets[SPOT], catalog, Layer.STANDARD)
            assert moments(instance, key) == happened[SPOT]
            assert instance.get_latest_materialization_event(key) is not None


def test_two_titles_that_change_places_take_their_histories_along(
    two_nights: tuple[Settings, dict[DatasetId, list[float]]],
) -> None:
    settings, _ = two_nights
    before = {name: dataset_key(CATALOG.datasets[name], CATALOG, Layer.STANDARD) for name in (HOMES, MARRIAGES)}
    with dg.DagsterInstance.get() as instance:
        for name, key in before.items():
            for rows in (1, 2):
                told = dg.AssetMaterialization(key, metadata={"dagster/row_count": rows, "dataset": str(name)})
                instance.report_runless_asset_event(told)
        happened = {name: moments(instance, key) for name, key in before.items()}
        first, second = (CATALOG.datasets[name].title for name in before)
        catalog = titled(settings, civil_affairs__nursing_home=second, civil_affairs__marriage=first)
        carry_renamed(instance, settings, catalog)
        after = {name: dataset_key(catalog.datasets[name], catalog, Layer.STANDARD) for name in before}
        assert after == {HOMES: before[MARRIAGES], MARRIAGES: before[HOMES]}
        for name, key in after.items():
            assert moments(instance, key) == happened[name]
            last = instance.get_latest_materialization_event(key)
            assert last is not None and last.asset_materialization is not None
            told = {name: value.value for name, value in last.asset_materialization.metadata.items()}
            assert (told["dagster/row_count"], told["dataset"]) == (2, str(name))


def test_what_a_wipe_of_before_hides_does_not_come_back_twice(
    two_nights: tuple[Settings, dict[DatasetId, list[float]]],
) -> None:
    """Homes of before 2026-12 hold wiped keys."""
    settings, happened = two_nights
    old = dataset_key(CATALOG.datasets[SPOT], CATALOG, Layer.STANDARD)
    with dg.DagsterInstance.get() as instance:
        renamed = titled(settings, culture__scenic_spot="景区（新）")
        carry_renamed(instance, settings, renamed)
        instance.report_runless_asset_event(dg.AssetMaterialization(old))
        instance.wipe_assets([old])
        carry_renamed(instance, settings, titled(settings, culture__scenic_spot=CATALOG.datasets[SPOT].title))
        assert moments(instance, old) == happened[SPOT]
