"""A small demonstration county, run once a session; tests that change it work on a copy of its folder."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.night import run_night
from samples.generate import generate
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import DatasetId
from shuyang_data.night.lock import hold_night
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

    def night(self, *only: str, day: str = TODAY.isoformat(), full: bool = False) -> int:
        out = io.StringIO()
        console = Console(file=out, width=200)
        identities = [DatasetId.parse(name) for name in only]
        os.environ["SHUYANG_CATALOG"] = str(self.settings.catalog)
        self.code = run_night(self.settings, console, only=identities, date=day, full=full)
        self.printed = out.getvalue()
        return self.code

    def registry(self) -> Registry:
        return Registry(self.settings.registry)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("county")
    shutil.copytree(COUNTY_CATALOG, folder / "catalog")
    settings = Settings(home=folder / "home", catalog=folder / "catalog")
    generate(load_catalog(settings.catalog), settings.home, TODAY, SCALE)
    home = Home(settings)
    home.night()
    yield home
    hold_night(settings.home).release(force=True)


@pytest.fixture
def home(first_night: Home, tmp_path: Path) -> Home:
    """The county after its first night, at the same path as it was made, put back afterwards."""
    shutil.copytree(first_night.settings.home, tmp_path / "kept", symlinks=True)
    shutil.copytree(first_night.settings.catalog, tmp_path / "catalog")
    yield Home(first_night.settings)  # type: ignore[misc]
    for kept, place in (
        (tmp_path / "kept", first_night.settings.home),
        (tmp_path / "catalog", first_night.settings.catalog),
    ):
        shutil.rmtree(place)
        shutil.copytree(kept, place, symlinks=True)
