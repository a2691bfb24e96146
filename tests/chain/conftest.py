"""What the chain's tests share: an engine for all of them, because its queries compile once a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shuyang_data.catalog.model import Catalog
from shuyang_data.county import County
from shuyang_data.settings import Settings
from shuyang_data.storage.engine import Engine
from tests.small_county import a_county

MakeCounty = Callable[[Catalog], County]


@pytest.fixture(scope="session")
def one_engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Settings(home=tmp_path_factory.mktemp("engine"), threads=1))


@pytest.fixture
def county_of(tmp_path: Path, one_engine: Engine) -> Iterator[MakeCounty]:
    """A county of a catalog in a fresh home."""
    opened: list[County] = []

    def made(catalog: Catalog) -> County:
        county = a_county(tmp_path / "home", catalog)
        county.__dict__["engine"] = one_engine
        opened.append(county)
        return county

    yield made
    for county in opened:
        county.registry.close()
