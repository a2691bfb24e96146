"""What the gate finds of 38 kinds of defects stands in the documentation, and is what it finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from samples.gate import Found, prove
from samples.mutations import MUTATIONS
from shuyang_data.settings import REPOSITORY
from tests.builders import COUNTY_CATALOG


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Found]:
    return prove(tmp_path_factory.mktemp("proof"), COUNTY_CATALOG)


def test_the_documented_table_is_what_is_found(found: list[Found]) -> None:
    text = Path(REPOSITORY / "docs" / "quality.md").read_text(encoding="utf-8")
    for each in found:
        assert each.line() in text, each


def test_sound_rows_are_left_alone(found: list[Found]) -> None:
    assert {each.name: each.alarms for each in found if each.alarms} == {}
    assert sum(mutation.harmless for mutation in MUTATIONS) >= 4


def test_kinds_are_many_and_each_is_really_there(found: list[Found]) -> None:
    assert len({m.name for m in MUTATIONS if not m.harmless}) >= 30
    assert all(each.wrong for each in found if each.name not in {m.name for m in MUTATIONS if m.harmless} | {"clean"})
