"""A county of two datasets as officers keep it: a catalog folder, a home, and whatever they drop into the inbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shuyang_data.county import County
from shuyang_data.settings import Settings
from shuyang_data.storage.engine import Engine
from tests.night.county import CATALOG
from tests.small_county import a_county, as_folder


@pytest.fixture(scope="session")
def one_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Its queries compile once a process."""
    return Engine(Settings(home=tmp_path_factory.mktemp("engine"), threads=1))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", catalog=as_folder(CATALOG, tmp_path / "catalog"), workers=0, threads=1)


@pytest.fixture
def county(settings: Settings, one_engine: Engine) -> Iterator[County]:
    """The county of tonight, not opened by anybody."""
    county = a_county(settings.home, CATALOG, settings=settings)
    county.__dict__["engine"] = one_engine
    yield county
    county.registry.close()
