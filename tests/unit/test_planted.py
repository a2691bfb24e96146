"""Identifiers planted in random tables are found, clean tables are left alone; what is not found stands in the docs."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.terms import Kind
from shuyang_data.settings import REPOSITORY
from tests.unit.planted import DRESSES, NOT_FOUND, clean, plant
from tests.unit.test_leaks import leaks_in

SEEDS = 3


@given(st.integers(0, 2**32), st.sampled_from(sorted(DRESSES)))
@settings(max_examples=40, deadline=None)
def test_what_is_planted_is_found(seed: int, dress: tuple[Kind, str]) -> None:
    planted = plant(seed, *dress)
    assert (planted.where, planted.kind) in leaks_in(planted.columns)


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_a_clean_table_is_left_alone(seed: int) -> None:
    assert leaks_in(clean(seed)) == set()


def rate(kind: Kind, dress: str) -> float:
    found = Counter((plant(seed, kind, dress).where, kind) in leaks_in(plant(seed, kind, dress).columns)
                    for seed in range(SEEDS))  # fmt: skip
    return found[True] / SEEDS


def test_the_docs_say_what_is_not_found_and_how_often_it_is() -> None:
    text = (REPOSITORY / "docs/catalog.md").read_text(encoding="utf-8")
    told = {(kind, dress): float(percent) / 100 for kind, dress, percent in
            re.findall(r"^\| (\S+) \| (.+?) \| (\d+) % \|$", text, re.MULTILINE)}  # fmt: skip
    measured = {(kind.label, dress): rate(kind, dress) for kind, dress in NOT_FOUND}
    assert {key: round(share, 2) for key, share in measured.items()} == {key: told.get(key) for key in measured}
