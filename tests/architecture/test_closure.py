"""The code that decides what a dataset becomes is found by its imports, not by a list."""

from __future__ import annotations

import ast
from importlib.metadata import packages_distributions, version

import grimp
import pytest

from shuyang_data.chain.closure import (
    _without_docstrings,
    closure,
    code_digest,
    libraries,
    library_version,
    read_source,
)
from shuyang_data.chain.fingerprint import CHAIN, CLASSIFICATION


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("shuyang_data", exclude_type_checking_imports=True, cache_dir=None)


@pytest.mark.parametrize("module", [CHAIN, CLASSIFICATION])
def test_the_closure_is_that_of_the_import_graph(graph: grimp.ImportGraph, module: str) -> None:
    packages = {name for name in graph.modules if graph.find_children(name)}
    expected = {module, *graph.find_upstream_modules(module)} - packages
    assert {name for name in closure(module) if name not in packages} == expected


def test_the_closure_holds_what_decides_and_not_what_shows() -> None:
    found = closure(CHAIN)
    for name in (
        "chain.publish",
        "chain.withdraw",
        "chain.failing",
        "reading.formats.workbook",
        "classify.detectors",
        "release.order",
        "standard.cast",
        "quality.rows",
        "storage.engine",
        "catalog.terms",
        "arrival.receive",
    ):
        assert f"shuyang_data.{name}" in found
    for room in ("cli", "portal", "night", "targets", "stewardship"):
        assert not [name for name in found if name.startswith(f"shuyang_data.{room}")], room


def test_every_library_behind_the_chain_has_a_version() -> None:
    installed = packages_distributions()
    for name in libraries(CHAIN):
        if name in installed:
            assert library_version(name) == version(installed[name][0]), name
    assert {"duckdb", "ibis", "pyarrow", "python_calamine", "pyiceberg"} <= libraries(CHAIN)


def test_comments_and_docstrings_change_nothing_and_code_does() -> None:
    def dumped(text: str) -> str:
        return ast.dump(_without_docstrings(ast.parse(text)))

    plain = "def f(x):\n    return x + 1\n"
    assert dumped('"""A module."""\n# why\ndef f(x):\n    """It adds."""\n    return x + 1  # one\n') == dumped(plain)
    assert dumped(plain.replace("1", "2")) != dumped(plain)
    assert code_digest(CHAIN) != code_digest(CLASSIFICATION)
    assert read_source(CHAIN).digest == read_source(CHAIN).digest
