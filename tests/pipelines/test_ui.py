"""What an officer and the scheduled night do with a running interface: real programs, Dagster's own launches.

Seen once: every test was green, and no run that Dagster itself started could end.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from pipelines.keys import dataset_key
from shuyang_data.catalog.load import load_catalog
from shuyang_data.chain.make import layers_of
from shuyang_data.names import DatasetId
from shuyang_data.settings import REPOSITORY, Settings
from shuyang_data.storage.registry import Registry
from tests.builders import COUNTY_CATALOG, write_csv

SPOT = DatasetId("culture", "scenic_spot")
STATION = DatasetId("transport", "bus_stop")
HEADER = "景区编号,景区名称,等级,地址,乡镇街道代码"
STARTED, ENDED = 120, 180
LAUNCH = """mutation($given: ExecutionParams!) { launchPipelineExecution(executionParams: $given) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STALE = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  staleStatus staleCauses { reason } } } }"""
LOGS = """query($run: ID!) { logsForRun(runId: $run) { ... on EventConnection { events {
  __typename ... on MessageEvent { message stepKey } ... on ExecutionStepFailureEvent { error { message stack } } } } } }"""


CLICK = """const button = [...document.querySelectorAll('button')].find(
  found => found.innerText.trim() === 'Materialize' && !found.disabled);
if (button) { button.click(); return true; }
return false;"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Interface:
    """A running interface on a home of its own."""

    settings: Settings
    port: int
    pages_port: int
    night_at: datetime

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            found = json.loads(answer.read())
        assert "errors" not in found, found
        data: dict[str, Any] = found["data"]
        return data

    def runs(self) -> list[dict[str, Any]]:
        found = self.ask("{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }")
        results: list[dict[str, Any]] = found["runsOrError"]["results"]
        return results

    def materialize(self, dataset: DatasetId) -> str:
        """As the button does; the id of the run."""
        catalog = load_catalog(COUNTY_CATALOG)
        wanted = catalog.datasets[dataset]
        keys = [dataset_key(wanted, catalog, layer) for layer in layers_of(wanted)]
        selector = {
            "repositoryLocationName": "pipelines.definitions", "repositoryName": "__repository__",
            "pipelineName": "__ASSET_JOB", "assetSelection": [{"path": key.path} for key in keys],
        }  # fmt: skip
        found = self.ask(LAUNCH, given={"selector": selector, "runConfigData": {}, "mode": "default"})
        return str(found["launchPipelineExecution"]["run"]["runId"])

    def ended(self, run: str) -> str:
        """How a run ended."""
        for _ in range(ENDED):
            status = next((found["status"] for found in self.runs() if found["runId"] == run), "")
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                return str(status)
            time.sleep(1)
        raise AssertionError(f"run {run} has not ended: {self.runs()}")

    def run_with(self, tag: str, value: str) -> str:
        """The run that a schedule or a sensor started."""
        for _ in range(ENDED):
            for found in self.runs():
                if {"key": tag, "value": value} in found["tags"]:
                    return str(found["runId"])
            time.sleep(1)
        raise AssertionError(f"nothing was started by {tag} {value}")

    def events(self, run: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(LOGS, run=run)["logsForRun"]["events"]
        return found

    def out_of_date(self, dataset: DatasetId) -> list[str]:
        """Why Dagster shows layers of a dataset as out of step with their code or inputs."""
        catalog = load_catalog(COUNTY_CATALOG)
        wanted, found = catalog.datasets[dataset], []
        for layer in layers_of(wanted):
            node = self.ask(STALE, key={"path": dataset_key(wanted, catalog, layer).path})["assetNodeOrError"]
            found += [f"{layer} {node['staleStatus']} {node['staleCauses']}"] if node["staleStatus"] != "FRESH" else []
        return found

    def drop(self, name: str, *lines: str, complete: bool = False) -> None:
        path = write_csv(self.settings.inbox / name, *lines)
        if complete:
            path.with_name(f"{path.name}.ok").touch()

    def rows(self, dataset: DatasetId) -> dict[str, int]:
        """Rows of each current release, counted in its file."""
        import pyarrow.parquet as pq

        registry = Registry(self.settings.registry)
        try:
            return {
                release.layer.value: pq.read_metadata(
                    self.settings.published / release.folder / "data.parquet"
                ).num_rows
                for release in registry.releases(dataset)
            }
        finally:
            registry.close()


def bus_stops(count: int) -> list[str]:
    return ["站点编号,站点名称,经度,纬度,乡镇街道代码", *(f"S{n:03},站{n},118.7,34.1,321322001" for n in range(count))]


@pytest.fixture(scope="module")
def interface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    folder = tmp_path_factory.mktemp("ui")
    shutil.copytree(COUNTY_CATALOG, folder / "catalog")
    settings = Settings(home=folder / "home", catalog=folder / "catalog")
    write_csv(settings.inbox / "culture" / "旅游景区名录_20261101.csv", HEADER, "A1,虞姬公园,4,沭城街道,321322001")
    night = datetime.now(ZoneInfo(settings.timezone)) + timedelta(seconds=STARTED + 60)
    opened = Interface(settings, free_port(), free_port(), night)
    environment = os.environ | {
        "SHUYANG_HOME": str(settings.home), "SHUYANG_CATALOG": str(settings.catalog), "SHUYANG_NIGHT_AT": f"{night:%H:%M}",
    }  # fmt: skip
    with (folder / "ui.log").open("w") as log:
        command = ["-m", "pipelines.ui", "--port", str(opened.port), "--pages-port", str(opened.pages_port)]
        program = subprocess.Popen([sys.executable, *command], cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{opened.port}/server_info", folder / "ui.log")
        yield opened
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(60)


@contextmanager
def opened_browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--window-size=1400,900",
    ):  # fmt: skip
        options.add_argument(argument)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    window = webdriver.Chrome(options, service)
    try:
        yield window
    finally:
        window.quit()


def wait_for(url: str, log: Path) -> None:
    for _ in range(STARTED):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(1)
    raise AssertionError(log.read_text(encoding="utf-8")[-3000:])


def test_a_click_on_materialize_ends_in_a_release_with_everything_that_closes_a_night(interface: Interface) -> None:
    assert interface.ended(interface.materialize(SPOT)) == "SUCCESS", interface.runs()
    assert interface.rows(SPOT) == {"shared": 1, "open": 1}
    assert interface.settings.analyst.exists()
    assert (interface.settings.reports / "targets.json").exists()
    assert (interface.settings.home / "heartbeat").exists()
    registry = Registry(interface.settings.registry)
    night = registry.last_night()
    registry.close()
    assert night is not None and night["planned"].keys() == {str(SPOT)} and night["finished_at"]
    assert interface.out_of_date(SPOT) == []


def test_a_refusal_is_told_in_chinese_without_a_stack(interface: Interface) -> None:
    interface.drop("transport/公交站点信息_20261101.csv", "天气,温度", "晴,20")
    run = interface.materialize(STATION)
    assert interface.ended(run) == "FAILURE"
    (failure,) = [event for event in interface.events(run) if event["__typename"] == "ExecutionStepFailureEvent"]
    assert "责任：" in failure["error"]["message"]
    assert failure["error"]["stack"] == []


def test_a_file_dropped_into_the_inbox_is_published(interface: Interface) -> None:
    lines = [HEADER, "A1,虞姬公园,4,沭城街道,321322001", "A2,古栗林,3,庙头镇,321322002"]
    interface.drop("culture/旅游景区名录_20261102.csv", *lines, complete=True)
    assert interface.ended(interface.run_with("dagster/sensor_name", "inbox")) == "SUCCESS"
    assert interface.rows(SPOT)["open"] == 2
    assert interface.out_of_date(SPOT) == []


def test_the_schedule_is_the_night(interface: Interface) -> None:
    tick = interface.night_at.replace(second=0, microsecond=0)
    # So shortly before that the inbox, which waits until a file has been still for a while, leaves it to the night.
    time.sleep(max(0.0, (tick.astimezone(UTC) - datetime.now(UTC)).total_seconds() - 5))
    interface.drop("transport/公交站点信息_20261102.csv", *bus_stops(5))
    run = interface.run_with("dagster/schedule_name", "night")
    assert interface.ended(run) in ("SUCCESS", "FAILURE")
    assert interface.rows(STATION)["open"] == 5
    registry = Registry(interface.settings.registry)
    night = registry.last_night()
    registry.close()
    assert night is not None and str(STATION) in night["planned"]


def test_our_pages_are_served_where_dagster_links_to(interface: Interface) -> None:
    catalog = load_catalog(COUNTY_CATALOG)
    key = dataset_key(catalog.datasets[SPOT], catalog, layers_of(catalog.datasets[SPOT])[2])
    found = interface.ask(
        "query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { metadataEntries {"
        " label ... on UrlMetadataEntry { url } } } } }", key={"path": key.path},
    )  # fmt: skip
    (url,) = [entry["url"] for entry in found["assetNodeOrError"]["metadataEntries"] if entry["label"] == "质量页"]
    with urllib.request.urlopen(url, timeout=30) as page:
        assert "旅游景区名录" in page.read().decode()


def test_ports_that_are_taken_or_impossible_are_one_chinese_line(interface: Interface) -> None:
    environment = os.environ | {"SHUYANG_HOME": str(interface.settings.home)}
    for arguments, said in (
        (["-m", "pipelines.ui", "--port", str(interface.port)], "端口已被占用"),
        (["-m", "pipelines.ui", "--port", "70000"], "1 至 65535"),
        (["-m", "shuyang_data.cli.main", "serve", "--port", str(interface.pages_port)], "端口已被占用"),
    ):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_an_officer_clicks_materialize_in_a_browser(interface: Interface) -> None:
    browser = shutil.which("chromium")
    if browser is None or shutil.which("chromedriver") is None:
        pytest.skip("no Chromium on this machine")
    from selenium.webdriver.support.ui import WebDriverWait

    before = {found["runId"] for found in interface.runs()}
    catalog = load_catalog(COUNTY_CATALOG)
    key = dataset_key(catalog.datasets[SPOT], catalog, layers_of(catalog.datasets[SPOT])[-1])
    with opened_browser() as window:
        window.get(f"http://127.0.0.1:{interface.port}/assets/{'/'.join(map(quote, key.path))}")
        WebDriverWait(window, 60).until(lambda page: page.execute_script(CLICK))
        assert "旅游景区名录·开放" in window.page_source
        (run,) = WebDriverWait(window, 60).until(lambda _: {found["runId"] for found in interface.runs()} - before)
    assert interface.ended(run) == "SUCCESS"
