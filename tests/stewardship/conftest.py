"""A catalog in a folder of its own, and a desk to work on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from shuyang_data.settings import Settings
from shuyang_data.stewardship.desk import Desk, open_desk
from tests.builders import COUNTY_CATALOG, TODAY

MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    """Opens the desk anew, so that it sees the files as they are now."""
    shutil.copytree(COUNTY_CATALOG, tmp_path / "catalog")
    opened: list[Desk] = []

    def make(today: date = TODAY) -> Desk:
        desk = open_desk(Settings(home=tmp_path / "home", catalog=tmp_path / "catalog"), today)
        opened.append(desk)
        return desk

    yield make
    for desk in opened:
        desk.registry.close()
