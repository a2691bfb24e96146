"""What somebody types who knows Dagster, in the checkout, with DAGSTER_HOME unset: our store, our settings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from shuyang_data.settings import REPOSITORY
from tests.pipelines.test_places import NAME, STRANGE, deliver, shuyang

BIN = Path(sys.executable).parent
GROUP = f'group:"{NAME}"'
STANDARD = 'key:"文化广电和旅游局/旅游景区名录·标准"'
LOOKS, PAUSE = 120, 0.5


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    # Where Dagster notes whether a person was told of its telemetry.
    return kept | {"SHUYANG_HOME": str(tmp_path / STRANGE), "SHUYANG_WORKERS": "0", "HOME": str(tmp_path / "person")}


def typed(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / command[0], *command[1:]], capture_output=True, text=True, timeout=180, cwd=REPOSITORY, env=environment,
        check=False,
    )  # fmt: skip


def test_definitions_are_checked_and_listed(environment: dict[str, str]) -> None:
    checked = typed(environment, "dg", "check", "defs")
    assert (checked.returncode, "All definitions loaded successfully" in checked.stdout) == (0, True), checked.stderr
    listed = typed(environment, "dg", "list", "defs", "--json")
    assert listed.returncode == 0, listed.stderr
    assert "民政局/养老机构名录·标准" in {asset["asset_key"] for asset in json.loads(listed.stdout)["assets"]}
    valid = typed(environment, "dagster", "definitions", "validate", "-w", "workspace.yaml")
    assert (valid.returncode, "All code locations passed" in valid.stderr + valid.stdout) == (0, True), valid.stderr


def test_layers_are_made_by_their_keys(environment: dict[str, str]) -> None:
    home = Path(environment["SHUYANG_HOME"])
    make = ("dagster", "asset", "materialize", "-m", "pipelines.definitions", "--select")
    deliver(home)
    alone = typed(environment, *make, STANDARD)
    assert (alone.returncode, "连同落地、原始两层一起选上" in alone.stderr) == (1, True), alone.stderr
    assert "Traceback" not in alone.stderr
    assert typed(environment, *make, GROUP).returncode == 0
    assert typed(environment, *make, STANDARD).returncode == 0
    found = json.loads(shuyang(REPOSITORY, "status", "--json", **environment).stdout)[NAME]
    assert (found["accepted"], found["published_open"]) == (2, 2)


@pytest.fixture
def dagster_dev(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Where `dagster dev` answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "log").open("w") as log:
        program = subprocess.Popen(
            [BIN / "dagster", "dev", "-w", "workspace.yaml", "-p", str(port)], cwd=REPOSITORY, env=environment,
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield f"http://127.0.0.1:{port}/graphql"
        finally:
            program.send_signal(2)
            program.wait(60)


def asked(address: str, question: str) -> dict:
    """Dagster's answer, as soon as it gives one."""
    body = json.dumps({"query": question}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    for _ in range(LOOKS):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["data"]
        except OSError:
            time.sleep(PAUSE)
    raise AssertionError("no answer")


def test_dagster_dev_has_our_store_and_our_settings(dagster_dev: str, environment: dict[str, str]) -> None:
    info = asked(dagster_dev, "{instance {info}}")["instance"]["info"]
    assert "telemetry:\n  enabled: false" in info
    assert "default_limit: 1" in info
    assert "PooledSqliteEventLogStorage" in info
    found = asked(
        dagster_dev,
        "{repositoriesOrError {... on RepositoryConnection {nodes {schedules {name} sensors {name} assetNodes {id}}}}}",
    )
    (repository,) = found["repositoriesOrError"]["nodes"]
    assert [s["name"] for s in repository["schedules"] + repository["sensors"]] == ["night", "inbox"]
    assert len(repository["assetNodes"]) > 200
    assert (Path(environment["SHUYANG_HOME"]) / "dagster" / "index.db").is_file()
    # Not one note of what is used, which Dagster would send: a folder is all that it makes of a person's own.
    assert [path for path in Path(environment["HOME"]).rglob("*") if path.is_file()] == []
