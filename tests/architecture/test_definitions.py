"""Everything that Dagster knows of the demonstration county, line by line: a change shows as a readable difference.

`SHUYANG_SNAPSHOT=write` writes the file anew; look at the difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipelines.county_definitions import build_definitions
from pipelines.keys import dataset_key
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import Layer
from shuyang_data.settings import Settings
from tests.builders import COUNTY_CATALOG, a_catalog, a_dataset

SNAPSHOT = Path(__file__).parent / "snapshots" / "definitions.txt"
WRITE = os.environ.get("SHUYANG_SNAPSHOT") == "write"


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return build_definitions(load_catalog(COUNTY_CATALOG), Settings(portal_url=""))


def lines(defs: dg.Definitions) -> Iterator[str]:
    graph = defs.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys(), key=lambda key: (graph.get(key).group_name, str(key))):
        node = graph.get(key)
        parents = "、".join(sorted(parent.to_user_string() for parent in node.parent_keys))
        checks = "、".join(sorted(check.name for check in node.check_keys))
        yield f"asset {node.group_name} {key.to_user_string()} ← {parents or '—'}；检查 {checks or '—'}"
    for job in sorted(defs.jobs or (), key=lambda job: str(job.name)):
        yield f"job {job.name}"
    for schedule in defs.schedules or ():
        yield f"schedule {schedule.name} {schedule.cron_schedule} {schedule.execution_timezone} → {schedule.job_name}"  # type: ignore[union-attr]
    for sensor in defs.sensors or ():
        yield f"sensor {sensor.name} → {'、'.join(target.job_name for target in sensor.targets)}"


def test_what_dagster_knows_is_what_was_agreed(defs: dg.Definitions) -> None:
    found = "\n".join(lines(defs)) + "\n"
    if WRITE:
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8")


def test_dagster_can_load_what_is_defined(defs: dg.Definitions) -> None:
    """Names that collide, and assets that nothing makes, show only when a whole repository is built."""
    dg.Definitions.validate_loadable(defs)


def test_every_key_names_one_layer_of_one_dataset(defs: dg.Definitions) -> None:
    catalog = load_catalog(COUNTY_CATALOG)
    keys = [dataset_key(d, catalog, layer) for d in catalog.datasets.values() for layer in Layer]
    assert len(set(keys)) == len(keys)


def test_two_datasets_of_one_title_keep_two_keys() -> None:
    first, second = (a_dataset(path=f"civil_affairs/{name}", title="同名/数据") for name in ("one", "two"))
    catalog = a_catalog(first, second)
    names = [dataset_key(dataset, catalog, Layer.OPEN).path[-1] for dataset in (first, second)]
    assert names == ["同名／数据（one）·开放", "同名／数据（two）·开放"]


def test_every_asset_carries_its_identity_its_owner_and_the_version_of_its_code(defs: dg.Definitions) -> None:
    specs = {
        spec.tags.get("dataset"): spec for spec in defs.resolve_all_asset_specs() if spec.tags.get("layer") == "open"
    }
    home = specs["civil_affairs.nursing_home"]
    assert home.key.path == ["民政局", "养老机构名录·开放"]
    assert home.group_name == "civil_affairs/nursing_home"
    assert home.owners == ["team:民政局首席数据官"]
    assert len(str(home.code_version)) == 16
