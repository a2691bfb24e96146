"""Whatever a disk takes from a home, the next night makes again from the layer to the left, or says that it cannot."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shuyang_data.home.damage import lake_damage, landing_damage
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.opening import Order
from shuyang_data.night.run import Ended, run_night
from shuyang_data.records import Outcome
from shuyang_data.settings import Settings
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.lakehouse_inventory import INVENTORY
from shuyang_data.storage.registry import Registry
from tests.builders import TODAY
from tests.night.county import CATALOG, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import as_folder, deliver
from tests.spoil import flip

MANY = (*HOME_LINES, *(f"H{number},1,{number},赵六" for number in range(5, 40)))
LAYERS = (Layer.RAW, Layer.STANDARD, Layer.REJECTED)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home after two nights: two full deliveries of homes, one of them with a row that is rejected."""
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(
        home=folder / "home", catalog=as_folder(CATALOG, folder / "catalog"), workers=0, threads=1, hash_key="one"
    )
    deliver(settings, PLACES, *PLACE_LINES)
    deliver(settings, HOMES, *HOME_LINES)
    night(settings)
    deliver(settings, HOMES, *MANY, "H4,9,1,赵六", day="20261102")
    night(settings)
    return settings


@pytest.fixture
def settings(whole: Settings, tmp_path: Path) -> Iterator[Settings]:
    shutil.copytree(whole.home, tmp_path / "home", symlinks=True)
    yield whole.model_copy(update={"home": tmp_path / "home"})


def night(settings: Settings, **more: Any) -> Ended:
    *_, ended = run_night(settings, Order(day=TODAY, **more))
    assert isinstance(ended, Ended)
    return ended


def state(settings: Settings) -> dict[str, Any]:
    lake = Lakehouse(settings.lake)
    names = [dataset.id.table(layer) for dataset in (PLACES, HOMES) for layer in LAYERS]
    live = {name for outcome in outcomes(settings).values() for name in outcome.deliveries}
    tables = {
        ".".join(name): sorted(
            repr(row)
            for file in lake.files(name)
            for row in pq.read_table(file).to_pylist()
            # Raw is made again of what is in force; the bytes of all else stay in landing.
            if row.get("_delivery_id") in (None, *live)
        )
        for name in names
    }
    return {"tables": tables, **records(settings)}


def outcomes(settings: Settings) -> dict[DatasetId, Outcome]:
    registry = Registry(settings.registry)
    found = registry.outcomes()
    registry.close()
    return found


def records(settings: Settings) -> dict[str, Any]:
    """What does not need the lake to be read."""
    registry = Registry(settings.registry)
    releases = sorted((str(r.dataset), r.layer.value, r.version, r.rows) for r in registry.releases())
    counts = {str(name): outcome.counts for name, outcome in registry.outcomes().items()}
    deliveries = [(d.id, d.state, d.rows, d.refusal) for d in registry.deliveries()]
    registry.close()
    files = {
        str(path.relative_to(settings.published)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(settings.published.rglob("*"))
        if path.is_file()
    }
    return {"releases": releases, "counts": counts, "deliveries": deliveries, "files": files}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


KINDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "data cut": ("data/*.parquet", cut),
    "data gone": ("data/*.parquet", Path.unlink),
    "metadata cut": ("metadata/*.metadata.json", cut),
    "metadata gone": ("metadata/*.metadata.json", Path.unlink),
    "manifest cut": ("metadata/*-m0.avro", cut),
    "manifest list gone": ("metadata/snap-*.avro", Path.unlink),
    "folder gone": ("data", shutil.rmtree),
    "table gone": ("", shutil.rmtree),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", LAYERS)
def test_a_damaged_table_is_made_again_and_nothing_else_changes(settings: Settings, layer: Layer, kind: str) -> None:
    """Seen: invisible, exit 0."""
    before = state(settings)
    pattern, spoil = KINDS[kind]
    table = settings.lake.joinpath(*HOMES.id.table(layer))
    for path in sorted(table.glob(pattern)) if pattern else [table]:
        spoil(path)
    assert HOMES.id.table(layer) in lake_damage(settings.lake) or kind == "table gone"
    ended = night(settings)
    assert list(ended.opened.reasons) == [str(HOMES.id)]
    assert "重建" in "；".join(ended.opened.reasons[str(HOMES.id)])
    assert (ended.exit_code, ended.faults) == (0, ())
    assert state(settings) == before
    assert lake_damage(settings.lake) == {}
    assert night(settings).opened.planned == ()


def test_every_table_at_once(settings: Settings) -> None:
    before = state(settings)
    for path in settings.lake.glob("*/*/data/*.parquet"):
        cut(path)
    told = night(settings).faults
    assert {problem.where.split(".")[0] for problem in told} == {"targets", "quality"}, "history is told"
    assert state(settings) == before
    assert night(settings).faults == ()


def test_a_changed_bit_is_seen_by_a_deep_look_and_healed_by_a_full_night(settings: Settings) -> None:
    before = state(settings)
    for layer in LAYERS:
        for path in settings.lake.joinpath(*HOMES.id.table(layer)).glob("data/*.parquet"):
            flip(path)
    assert lake_damage(settings.lake) == {}
    assert set(lake_damage(settings.lake, deep=True)) == {HOMES.id.table(layer) for layer in LAYERS}
    assert night(settings, full=True).exit_code == 0
    assert lake_damage(settings.lake, deep=True) == {}
    assert state(settings) == before


@pytest.mark.parametrize("spoil", [Path.unlink, cut, lambda path: path.write_bytes(b"no database")])
def test_a_lost_index_is_made_again_from_the_tables(settings: Settings, spoil: Callable[[Path], None]) -> None:
    """Seen: the advice was to delete the whole lake."""
    before = state(settings)
    spoil(settings.lake / "catalog.db")
    ended = night(settings)
    (told,) = ended.faults
    assert ("索引" in told.found, ended.opened.planned) == (True, ())
    assert state(settings) == before
    assert night(settings).exit_code == 0


def landed_file(settings: Settings) -> Path:
    registry = Registry(settings.registry)
    path = settings.landing / registry.deliveries(HOMES.id)[-1].path
    registry.close()
    return path


@pytest.mark.parametrize("spoil", [cut, Path.unlink])
def test_damaged_landing_is_told_every_night_and_costs_nobody(
    settings: Settings, spoil: Callable[[Path], None]
) -> None:
    before = state(settings)
    path = landed_file(settings)
    content = path.read_bytes()
    spoil(path)
    for _ in ("tonight", "tomorrow"):
        ended = night(settings)
        (told,) = ended.faults
        assert (told.where, ended.exit_code, ended.opened.planned) == (str(path), 1, ())
        assert state(settings) == before
    path.write_bytes(content)
    assert night(settings).exit_code == 0


@pytest.mark.parametrize("layer", [Layer.RAW, Layer.STANDARD])
def test_what_cannot_be_made_again_stays_as_it_is(settings: Settings, layer: Layer) -> None:
    """The delivered bytes are damaged too: the department is not told that it sent a bad file."""
    before = state(settings)
    flip(landed_file(settings))
    (path, *_) = settings.lake.joinpath(*HOMES.id.table(layer)).glob("data/*.parquet")
    cut(path)
    ended = night(settings)
    assert ended.exit_code == 1
    assert any("原件也缺损" in problem.found for problem in ended.faults)
    assert records(settings) == {name: value for name, value in before.items() if name != "tables"}


def test_a_home_of_before_is_counted_by_its_first_night(settings: Settings) -> None:
    """Or one whose night died between a commit and the stock-taking."""
    before = state(settings)
    inventories = sorted(settings.lake.glob(f"*/*/{INVENTORY}"))
    assert len(inventories) == 8
    for path in inventories:
        path.unlink()
    (path, *_) = settings.lake.joinpath(*HOMES.id.table(Layer.RAW)).glob("data/*.parquet")
    cut(path)
    assert night(settings).exit_code == 0
    assert state(settings) == before
    assert all(json.loads(path.read_text(encoding="utf-8"))["files"] for path in inventories)


def test_landing_is_looked_at_by_length_and_by_checksum(settings: Settings) -> None:
    registry = Registry(settings.registry)
    deliveries = registry.deliveries()
    registry.close()
    path = settings.landing / deliveries[0].path
    flip(path)
    assert landing_damage(deliveries, settings.landing) == {}
    assert landing_damage(deliveries, settings.landing, deep=True) == {str(path): "的内容被改动"}
    cut(path)
    assert list(landing_damage(deliveries, settings.landing)) == [str(path)]
