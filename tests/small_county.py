"""A county of one to three datasets in a folder, for tests at the level of the room: no Dagster, a few rows."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.officers import OfficerRegister
from shuyang_data.catalog.workbook.bodies import catalog_bodies
from shuyang_data.chain.make import LAYERS, make
from shuyang_data.chain.standardize import lake_type
from shuyang_data.chain.steps import Made, Step, Stopped
from shuyang_data.county import County
from shuyang_data.home.withdrawn import put_away, to_put_away
from shuyang_data.names import Layer
from shuyang_data.night.measure import IBIS_TYPES
from shuyang_data.records import Counts, Outcome, Release
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_files import write_entries
from shuyang_data.storage.registry import Registry
from tests.builders import COUNTY_CATALOG, NOW, TODAY, write_csv

PARTS = ("engine", "lakehouse", "hash_keys")


def a_county(home: Path, catalog: Catalog, **more: Any) -> County:
    settings = more.pop("settings", None) or Settings(home=home, workers=0, threads=1)
    settings.published.mkdir(parents=True, exist_ok=True)
    return County(settings, catalog, Registry(settings.registry), TODAY, NOW, more.pop("run", "first"))


def later(county: County, run: str = "second", days: int = 1, catalog: Catalog | None = None) -> County:
    """Another night of the same process: what was opened stays open."""
    moved = replace(
        county, now=county.now + timedelta(days=days), as_of=county.as_of + timedelta(days=days), run_id=run,
        catalog=catalog or county.catalog,
    )  # fmt: skip
    moved.__dict__.update({name: part for name, part in county.__dict__.items() if name in PARTS})
    return moved


def deliver(settings: Settings, dataset: Dataset, *lines: str, day: str = "20261101") -> Path:
    return write_csv(settings.inbox / dataset.id.department / f"{dataset.delivery.file}_{day}.csv", *lines)


def made(county: County, dataset: Dataset, layers: Collection[Layer] = LAYERS) -> list[Step]:
    """Every step, and what was withdrawn is away, as at the end of a night."""
    steps = list(make(county, dataset, layers))
    put_away(county.settings, county.registry, to_put_away(county.settings, county.registry))
    return steps


def layers_made(steps: Iterable[object]) -> list[Layer]:
    return [step.layer for step in steps if isinstance(step, Made)]


def stops(steps: Iterable[object]) -> list[Stopped]:
    return [step for step in steps if isinstance(step, Stopped)]


def standing(county: County, dataset: Dataset, layer: Layer) -> Release | None:
    """The current release, and the link that readers follow, which say the same."""
    put_away(county.settings, county.registry, to_put_away(county.settings, county.registry))
    current = [release for release in county.registry.releases(dataset.id) if release.layer is layer]
    link = county.settings.published / layer / dataset.id.department / dataset.id.dataset / "current"
    assert link.is_symlink() == bool(current)
    if not current:
        return None
    assert link.readlink() == Path(current[0].version)
    return current[0]


def rows_of(county: County, dataset: Dataset, layer: Layer = Layer.STANDARD) -> list[dict[str, Any]]:
    files = county.lakehouse.files(dataset.id.table(layer))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def published_files(county: County, release: Release) -> Iterator[Path]:
    return (county.settings.published / release.folder).iterdir()


def commit(county: County, dataset: Dataset, rows: Iterable[Mapping[str, Any]]) -> None:
    """Accepted rows, as the chain would have committed them."""
    identifier = dataset.id.table(Layer.STANDARD)
    types = {column.name: lake_type(column.type, column.scale) for column in dataset.columns}
    path = county.lakehouse.new_file(identifier)
    found = list(rows)
    field_ids = county.lakehouse.prepare(identifier, types)
    table = county.engine.rows(found, {name: IBIS_TYPES[kind] for name, kind in types.items()})
    county.engine.write_parquet(table.order_by(list(dataset.key)), path, field_ids)
    snapshot = county.lakehouse.commit(identifier, [path], {}, replace=True)
    counts = Counts(delivered=len(found), accepted=len(found))
    county.registry.save_outcome(
        Outcome(dataset.id, "made", county.run_id, county.now, counts, snapshot, (), county.as_of)
    )
    county.engine.release()


def as_folder(catalog: Catalog, folder: Path) -> Path:
    """The catalog as the files that officers keep."""
    (folder / "datasets").mkdir(parents=True, exist_ok=True)
    write_entries(folder, catalog_bodies(catalog))
    shutil.copytree(COUNTY_CATALOG / "targets", folder / "targets", dirs_exist_ok=True)
    if catalog.offices:
        register = OfficerRegister(offices={office: tuple(holders) for office, holders in catalog.offices.items()})
        (folder / "officers.yaml").write_text(register.model_dump_json(), encoding="utf-8")
    (folder / "code_lists").mkdir(exist_ok=True)
    for name, codes in catalog.code_lists.items():
        with (folder / "code_lists" / f"{name}.csv").open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([("code", "name"), *codes.names.items()])
    return folder
