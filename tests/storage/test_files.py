"""Paths that people name."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuyang_data.storage.files import file_problems
from shuyang_data.storage.registry_connection import place_of


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    assert file_problems(tmp_path / "a.csv") == []
    assert [problem.found for problem in file_problems(tmp_path)] == ["是文件夹"]
    assert [problem.found for problem in file_problems(tmp_path / "b.csv")] == ["没有这个文件"]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("sqlite:////srv/%E6%B2%AD%E9%98%B3%20%E5%B9%B3%E5%8F%B0/registry.db", "/srv/沭阳 平台/registry.db"),
        ("postgresql+psycopg://someone:secret@10.0.0.1/registry", "10.0.0.1/registry"),
    ],
)
def test_a_registry_is_named_as_people_read_it_without_its_password(url: str, place: str) -> None:
    assert place_of(url) == place
