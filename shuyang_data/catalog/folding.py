"""Which columns are folded, and how far: keys as their dataset declares, what is looked up as what it is held against.

A reference is written as the key it refers to, or it would not be found there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.catalog.terms import KeyFolding, Type
from shuyang_data.characters import half_width
from shuyang_data.names import DatasetId


@dataclass(frozen=True)
class Folding:
    """Full width is half width, and what nobody sees does not count. forms: equivalent characters are one (NFKC)."""

    forms: bool = False


Place = tuple[DatasetId, str]


def foldings(dataset: Dataset, catalog: Catalog | None = None) -> dict[str, Folding]:
    """Column → how it is folded, of those that are. catalog: where the datasets stand that this one refers to."""
    found = {column.name: _folding(dataset, column, catalog, frozenset()) for column in dataset.columns}
    return {name: how for name, how in found.items() if how is not None}


def _folding(dataset: Dataset, column: Column, catalog: Catalog | None, before: frozenset[Place]) -> Folding | None:
    """before: the columns that led here by their references."""
    if column.type is not Type.TEXT:
        return None
    if column.check or column.code_list:
        return None if _has_wide_codes(column, catalog) else Folding()
    place = (dataset.id, column.name)
    for parent, target in _referred(dataset, column, catalog):
        if place not in before:
            return _folding(parent, parent.column(target), catalog, before | {place})
    if is_exact(dataset, column):
        return None
    if column.name in dataset.key and not column.references:
        return Folding(forms=dataset.key_folding.ignores_forms)
    return Folding() if column.references else None


def is_exact(dataset: Dataset, column: Column) -> bool:
    """Whether every character of a key counts, blanks too; what is looked up is written as what it is held against."""
    if column.check or column.code_list or column.references:
        return False
    return column.name in dataset.key and dataset.key_folding is KeyFolding.EXACT


def _referred(dataset: Dataset, column: Column, catalog: Catalog | None) -> Iterator[tuple[Dataset, str]]:
    """What the column is looked up in: by its declaration, or where it is no key by a declared rule."""
    if catalog is None:
        return
    named = [column.references] if column.references else []
    if not named and column.name not in dataset.key:
        checks = (check.kwargs for check in catalog.checks.get(dataset.id, ()))
        named = [str(kwargs["reference"]) for kwargs in checks
                 if "reference" in kwargs and kwargs.get("column") == column.name]  # fmt: skip
    for reference in named:
        path, _, target = reference.partition(".")
        parent = catalog.datasets.get(DatasetId(*path.partition("/")[::2]))
        if parent is not None and any(each.name == target for each in parent.columns):
            yield parent, target


def _has_wide_codes(column: Column, catalog: Catalog | None) -> bool:
    """Whether full width is how the column's own codes are written."""
    if catalog is None or column.code_list is None:
        return False
    return any(half_width(code) != code for code in catalog.code_lists[column.code_list].names)
