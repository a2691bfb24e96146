"""The house as it was designed: sizes, names, and which way the data flows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shuyang_data.names import Layer
from shuyang_data.settings import REPOSITORY

PACKAGES = ("shuyang_data", "pipelines", "samples")
MODULES = [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]
FORBIDDEN = {"utils", "util", "helpers", "common", "manager", "base", "misc"}


def module_name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert path.stem not in FORBIDDEN
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno:
            nested = sum(
                (inner.end_lineno or 0) - inner.lineno
                for inner in ast.walk(node)
                if isinstance(inner, ast.FunctionDef) and inner is not node
            )
            assert node.end_lineno - node.lineno + 1 - nested <= 41, f"{node.name} in {path.name}"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=module_name)
def test_no_code_in_init(path: Path) -> None:
    assert path.read_text(encoding="utf-8").strip() == ""


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "__init__.py"], ids=module_name)
def test_every_module_says_what_belongs_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_the_environment_is_read_in_one_place() -> None:
    readers = {module_name(p) for p in MODULES if "os.environ" in p.read_text(encoding="utf-8")}
    assert readers == {"shuyang_data/settings.py"}


def test_a_layer_reads_only_layers_to_its_left() -> None:
    from pipelines.definitions import defs

    rank = {layer.label: number for number, layer in enumerate(Layer)}
    graph = defs.resolve_asset_graph()
    edges = 0
    for key in graph.get_all_asset_keys():
        for parent in graph.get(key).parent_keys:
            mine, theirs = (part.path[-1].rpartition("·")[2] for part in (key, parent))
            edges += 1
            same = mine == theirs == Layer.STANDARD.label
            assert same or rank[theirs] < rank[mine], f"{parent} → {key}"
            if mine == Layer.OPEN.label:
                assert theirs == Layer.STANDARD.label
    assert edges > 100


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_day_is_never_read_off_a_moment_in_another_zone(path: Path) -> None:
    """Seen: days of receipt were UTC's, and 16 elements of the rates wrong on a server in UTC."""
    assert re.findall(r"\w+_at\.date\(\)", path.read_text(encoding="utf-8")) == []
