"""Other datasets that declared rules hold a table against, as they were last committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ibis.expr.types import Table

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.terms import Type
from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.quality.compile import look_up, reference_key
from shuyang_data.quality.expectations import refers
from shuyang_data.quality.rule import Rule


def committed(county: County, rules: Sequence[Rule]) -> dict[str, Table]:
    """`department/dataset` → its accepted rows, for every dataset that a rule names and that has any."""
    named = {str(rule.kwargs["reference"]).partition(".")[0] for rule in rules if "reference" in rule.kwargs}
    files = {name: county.standard_files(DatasetId.parse(name)) for name in sorted(named)}
    return {name: county.engine.parquet(paths) for name, paths in files.items() if paths}


def without_case(catalog: Catalog, rules: Iterable[Rule]) -> frozenset[str]:
    """What the rules refer to, `department/dataset.column`, where it is a key without the case of letters."""
    named = {str(rule.kwargs["reference"]) for rule in rules if "reference" in rule.kwargs}
    return frozenset(name for name in named if _folds_case(catalog, name))


def _folds_case(catalog: Catalog, name: str) -> bool:
    parent, _, column = name.partition(".")
    dataset = catalog.datasets.get(DatasetId.parse(parent))
    if dataset is None or not dataset.key_folding.ignores_case or column not in dataset.key:
        return False
    return dataset.column(column).type is Type.TEXT


def with_references(county: County, rules: Sequence[Rule], table: Table) -> tuple[Table, list[Rule]]:
    """(table with what the rules look up in other datasets, the rules whose dataset has no rows yet)."""
    wanted = [rule for rule in rules if refers(rule)]
    parents = committed(county, wanted)
    keys: dict[str, Table] = {}
    unknown = []
    for rule in wanted:
        name = str(rule.kwargs["reference"])
        parent, _, column = name.partition(".")
        if parent not in parents:
            unknown.append(rule)
        elif "reference_columns" in rule.kwargs:
            keys[reference_key(rule)] = _single(parents[parent], column, rule.kwargs["reference_columns"])
        else:
            keys[reference_key(rule)] = parents[parent].select(column).distinct()
    return look_up(
        table, [rule for rule in wanted if rule not in unknown], keys, without_case(county.catalog, wanted)
    ), unknown


def _single(parent: Table, key: str, columns: Sequence[str]) -> Table:
    """One row for every key that stands there once: of several, none can be held against us."""
    groups = parent.group_by(key).aggregate(_rows=parent.count(), **{name: parent[name].max() for name in columns})
    return groups.filter(groups["_rows"] == 1).select(key, *columns)
