"""The code behind a module: every module of ours that it imports, and the libraries that these use, as one checksum."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OURS = "shuyang_data"
ROOT = Path(__file__).resolve().parent.parent
# Libraries that are imported under another name than the one under which they are installed.
INSTALLED_AS = {
    "chinese_calendar": "chinesecalendar", "ibis": "ibis-framework", "msoffcrypto": "msoffcrypto-tool",
    "python_calamine": "python-calamine", "yaml": "PyYAML",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One module. modules: those of ours that it imports, at its top or inside a function; libraries: all others.

    digest: of its code without comments and docstrings.
    """

    modules: frozenset[str]
    libraries: frozenset[str]
    digest: str


@cache
def closure(module: str) -> frozenset[str]:
    """The module itself and every module of ours that it imports, directly or not."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += read_source(name).modules
    return frozenset(seen)


@cache
def libraries(module: str) -> frozenset[str]:
    """The libraries behind a module, as they are imported; Python's own apart."""
    return frozenset(name for part in closure(module) for name in read_source(part).libraries)


@cache
def code_digest(module: str) -> str:
    """Changes when the code behind a module does, or the version of a library that it uses."""
    digest = hashlib.sha256()
    for name in sorted(closure(module)):
        digest.update(f"{name} {read_source(name).digest}\n".encode())
    for name in sorted(libraries(module)):
        digest.update(f"{name} {library_version(name)}\n".encode())
    return digest.hexdigest()[:16]


def library_version(name: str) -> str:
    """The installed version of a library; empty for one that is optional and not here."""
    try:
        return version(INSTALLED_AS.get(name, name))
    except PackageNotFoundError:
        return ""


@cache
def read_source(module: str) -> Source:
    tree = ast.parse(_path(module).read_text(encoding="utf-8"))
    imported = set(_imports(tree))
    ours = {name for name in imported if name.split(".")[0] == OURS}
    others = {name.split(".")[0] for name in imported - ours} - {*sys.stdlib_module_names}
    code = ast.dump(_without_docstrings(tree))
    return Source(frozenset(ours), frozenset(others), hashlib.sha256(code.encode()).hexdigest()[:16])


def _path(module: str) -> Path:
    """The file of a module of ours, or of a package."""
    place = ROOT.joinpath(*module.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _imports(node: ast.AST) -> Iterator[str]:
    """Modules that the code imports when it runs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from (_imported(child.module, alias.name) for alias in child.names)
        else:
            yield from _imports(child)


def _imported(module: str, name: str) -> str:
    """`from module import name`: the module itself, or its part of that name."""
    is_part = module.split(".")[0] == OURS and _path(f"{module}.{name}").exists()
    return f"{module}.{name}" if is_part else module


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                body.pop(0)
    return tree
