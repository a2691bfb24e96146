"""Entries as bodies: plain values as they stand in YAML, without what is there by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shuyang_data.catalog.model import Catalog, DatasetFile, Department
from shuyang_data.catalog.registers import KINDS
from shuyang_data.catalog.strict import Strict

Body = dict[str, Any]
# (register, identity); a dataset's identity is `department/dataset`.
Entry = tuple[str, str]


def body_of(model: Strict) -> Body:
    """A declaration as it would be written, defaults left out."""
    return model.model_dump(mode="json", exclude_defaults=True)


def catalog_bodies(catalog: Catalog) -> dict[Entry, Body]:
    """Every entry of the catalog that officers edit: departments, datasets with their columns, registers."""
    found: dict[Entry, Body] = {("departments", n): body_of(d) for n, d in catalog.departments.items()}
    for identity, dataset in catalog.datasets.items():
        body = body_of(dataset)
        body.pop("id")
        found["datasets", str(identity)] = body
    for kind in KINDS:
        found |= {(kind, name): body_of(entry) for name, entry in getattr(catalog.registers, kind).items()}
    return found


def model_of(kind: str) -> type[Strict]:
    """The model that a register's entries are read with."""
    models: dict[str, type[Strict]] = {"departments": Department, "datasets": DatasetFile, **KINDS}
    return models[kind]


def differences(before: Body | None, after: Body | None) -> dict[str, tuple[Any, Any]]:
    """Dotted path → (old, new) of every value that differs; lists of columns are compared by their names."""
    return dict(_differences("", _named(before or {}), _named(after or {})))


def _named(body: Mapping[str, Any]) -> Body:
    """The same with columns by name, and their order beside them."""
    if "columns" not in body:
        return dict(body)
    columns = body["columns"]
    order = [column["name"] for column in columns]
    return {**body, "columns": {column["name"]: column for column in columns}, "columns_order": order}


def _differences(path: str, before: Any, after: Any) -> list[tuple[str, tuple[Any, Any]]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        found = []
        for key in [*before, *(k for k in after if k not in before)]:
            found += _differences(f"{path}.{key}".lstrip("."), before.get(key), after.get(key))
        return found
    return [] if before == after else [(path, (before, after))]
