"""A catalog in a folder of its own, and a county to work on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from shuyang_data.county import County, open_county
from shuyang_data.settings import Settings
from tests.builders import COUNTY_CATALOG, TODAY

MakeCounty = Callable[..., County]


@pytest.fixture
def make_county(tmp_path: Path) -> Iterator[MakeCounty]:
    """Opens the county anew, so that it sees the files as they are now."""
    shutil.copytree(COUNTY_CATALOG, tmp_path / "catalog")
    opened: list[County] = []

    def make(today: date = TODAY) -> County:
        county = open_county(Settings(home=tmp_path / "home", catalog=tmp_path / "catalog"), today)
        opened.append(county)
        return county

    yield make
    for county in opened:
        county.registry.close()
