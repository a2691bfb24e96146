"""A catalog as it would be with some entries changed, and what speaks against it, whichever way it is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from shuyang_data.catalog.model import Catalog, Dataset, DatasetFile
from shuyang_data.catalog.register_rules import register_problems
from shuyang_data.catalog.registers import KINDS
from shuyang_data.catalog.rules import catalog_problems
from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.terms import Access
from shuyang_data.catalog.workbook.bodies import Entry
from shuyang_data.classify.policy import opening_refusals, sharing_refusals
from shuyang_data.errors import Problem
from shuyang_data.names import DatasetId
from shuyang_data.records import Refused


def whole_problems(
    catalog: Catalog, models: Mapping[Entry, Strict], removed: Iterable[Entry]
) -> tuple[list[Problem], Catalog]:
    """(what the catalog with these entries breaks that it does not break now, that catalog)."""
    changed = apply_models(catalog, models, removed)
    known = {str(problem) for problem in _problems(catalog)}
    return [problem for problem in _problems(changed) if str(problem) not in known], changed


def _problems(catalog: Catalog) -> list[Problem]:
    return [*catalog_problems(catalog, {}), *register_problems(catalog)]


def policy_refusals(dataset: Dataset) -> Iterator[tuple[str, Refused]]:
    """(attribute, why its grades forbid what it says) of an entry that wants to be shared or opened."""
    for attribute, access, refusals in (
        ("sharing", dataset.sharing.access, sharing_refusals(dataset)),
        ("opening", dataset.opening.access, opening_refusals(dataset)),
    ):
        if access is not Access.REFUSED:
            yield from ((attribute, refused) for refused in refusals)


def apply_models(catalog: Catalog, models: Mapping[Entry, Strict], removed: Iterable[Entry]) -> Catalog:
    """The catalog with these entries in the place of the old ones."""
    departments, datasets = dict(catalog.departments), dict(catalog.datasets)
    registers = {kind: dict(getattr(catalog.registers, kind)) for kind in KINDS}
    for kind, name in removed:
        if kind == "datasets":
            datasets.pop(DatasetId.parse(name), None)
        else:
            (departments if kind == "departments" else registers[kind]).pop(name, None)
    for (kind, name), model in models.items():
        if kind == "datasets":
            identity = DatasetId.parse(name)
            fields = {field: getattr(model, field) for field in DatasetFile.model_fields}
            datasets[identity] = Dataset(id=identity, **fields)
        elif kind == "departments":
            departments[name] = model  # type: ignore[assignment]
        else:
            registers[kind][name] = model
    held = catalog.registers.model_copy(update=registers)
    return catalog.model_copy(update={"departments": departments, "datasets": datasets, "registers": held})
