"""A small demonstration county, run once a session; tests that change it work on a copy of its folder."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from pipelines.keys import dataset_key
from pipelines.night import run_on_console
from samples.generate import generate
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.opening import Order
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import COUNTY_CATALOG, TODAY

SCALE = 0.01


@dataclass
class Home:
    """A home folder with its county, and what the last night printed and returned."""

    settings: Settings
    printed: str = ""
    code: int = -1
    opened: Registry | None = None

    def night(self, *only: str, day: str = TODAY.isoformat(), full: bool = False) -> int:
        out = io.StringIO()
        console = Console(file=out, width=200)
        self.export()
        order = Order(tuple(map(DatasetId.parse, only)) or None, date.fromisoformat(day), full)
        self.code = run_on_console(console, order)
        self.printed = out.getvalue()
        return self.code

    def export(self) -> None:
        """Entrances read the environment, and nothing else."""
        os.environ["SHUYANG_HOME"] = str(self.settings.home)
        os.environ["SHUYANG_CATALOG"] = str(self.settings.catalog)
        os.environ["SHUYANG_WORKERS"] = "0"

    def instance(self) -> dg.DagsterInstance:
        """Dagster's instance of this home."""
        self.export()
        return dg.DagsterInstance.from_config(str(self.settings.dagster_home))

    def key(self, name: str, layer: Layer) -> dg.AssetKey:
        """Under which Dagster knows a layer of a dataset."""
        catalog = load_catalog(self.settings.catalog)
        return dataset_key(catalog.datasets[DatasetId.parse(name)], catalog, layer)

    def registry(self) -> Registry:
        """One at a time: a process that copies a SQLite file on which it keeps a connection loses its locks."""
        self.close()
        self.opened = Registry(self.settings.registry)
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("county")
    shutil.copytree(COUNTY_CATALOG, folder / "catalog")
    settings = Settings(home=folder / "home", catalog=folder / "catalog", workers=0)
    generate(load_catalog(settings.catalog), settings.home, TODAY, SCALE)
    home = Home(settings)
    home.night()
    return home


@pytest.fixture
def home(first_night: Home, tmp_path: Path) -> Home:
    """The county after its first night, at the same path as it was made, put back afterwards."""
    first_night.close()
    shutil.copytree(first_night.settings.home, tmp_path / "kept", symlinks=True)
    shutil.copytree(first_night.settings.catalog, tmp_path / "catalog")
    county = Home(first_night.settings)
    yield county  # type: ignore[misc]
    county.close()
    for kept, place in (
        (tmp_path / "kept", first_night.settings.home),
        (tmp_path / "catalog", first_night.settings.catalog),
    ):
        shutil.rmtree(place)
        shutil.copytree(kept, place, symlinks=True)
