"""`doctor` looks at every file that somebody relies on: by length every time, by checksum when it is asked to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shuyang_data.names import Layer
from shuyang_data.night.checkup import checkup
from shuyang_data.night.opening import Order
from shuyang_data.night.run import run_night
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import TODAY
from tests.night.county import CATALOG, GRANT, HOME_LINES, HOMES, PLACE_LINES, PLACES
from tests.small_county import as_folder, deliver
from tests.spoil import flip

# What people call it → the files, below the home folder.
PLACES_LOOKED_AT = {
    "落地区": f"landing/{HOMES.id}/*/*.csv",
    "数据湖": f"lake/standard/{HOMES.id.table(Layer.STANDARD)[1]}/data/*.parquet",
    "发布文件": f"published/open/{HOMES.id}/*/data.csv",
    "供给": "published/supply/*/*/*.parquet",
    "分析库": "analyst/*/analyst.duckdb",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("whole")
    settings = Settings(home=folder / "home", catalog=as_folder(CATALOG, folder / "catalog"), workers=0, threads=1)
    deliver(settings, PLACES, *PLACE_LINES)
    deliver(settings, HOMES, *HOME_LINES)
    list(run_night(settings, Order(day=TODAY)))
    registry = Registry(settings.registry)
    registry.replace_demands([GRANT])
    registry.close()
    list(run_night(settings, Order(day=TODAY)))
    return settings


@pytest.fixture
def settings(whole: Settings, tmp_path: Path) -> Settings:
    """At its own place: the analysts' file is built for it."""
    aside = tmp_path / "aside"
    shutil.copytree(whole.home, aside, symlinks=True)
    settings = whole.model_copy(update={"home": aside})
    list(run_night(settings, Order(day=TODAY)))
    return settings


def unwell(settings: Settings, *, deep: bool = False) -> list[str]:
    return [finding.title for finding in checkup(settings, datetime.now(UTC), deep=deep) if not finding.healthy]


def files(settings: Settings, title: str) -> list[Path]:
    """Each once: `current` leads to one of the versions beside it."""
    return sorted({path.resolve() for path in settings.home.glob(PLACES_LOOKED_AT[title])})


def truncate(path: Path) -> None:
    path.chmod(0o600)
    os.truncate(path, path.stat().st_size - 1)


def test_a_whole_home_is_well(settings: Settings) -> None:
    assert unwell(settings) == []
    assert unwell(settings, deep=True) == []


@pytest.mark.parametrize("title", PLACES_LOOKED_AT)
@pytest.mark.parametrize("spoil", [truncate, Path.unlink])
def test_what_is_cut_short_or_gone_is_named(settings: Settings, title: str, spoil: Callable[[Path], None]) -> None:
    """Seen: the damage was invisible."""
    for path in files(settings, title):
        spoil(path)
    assert unwell(settings) == [title]


@pytest.mark.parametrize("title", PLACES_LOOKED_AT)
def test_a_changed_bit_is_named_by_the_deep_look(settings: Settings, title: str) -> None:
    for path in files(settings, title):
        flip(path)
    assert unwell(settings, deep=True) == [title]


@pytest.mark.parametrize("title", ["数据湖", "发布文件", "供给", "分析库"])
def test_the_next_night_makes_it_well(settings: Settings, title: str) -> None:
    for path in files(settings, title):
        truncate(path)
    list(run_night(settings, Order(day=TODAY)))
    assert unwell(settings, deep=True) == []
