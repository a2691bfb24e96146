"""Accepted rows that break a declared rule which rejects none: for examples and for the lists of tickets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.references import with_references
from shuyang_data.county import County
from shuyang_data.quality.expectations import about_rows
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import failing_rows
from shuyang_data.standard.cast import text_name

LISTED = 100_000


def failing_accepted(
    county: County, dataset: Dataset, accepted: Table, rules: Sequence[Rule]
) -> dict[str, list[dict[str, Any]]]:
    """Rule → the rows that break it, with delivery, row number and texts (`_text_<column>`); rules about rows only."""
    table, unknown = with_references(county, rules, accepted)
    named = [rule for rule in rules if rule not in unknown and about_rows(rule)]
    if not named:
        return {}
    shown = table.mutate(**{f"_text_{column.name}": table[text_name(column)] for column in dataset.columns})
    keys = ["_delivery_id", "_row_number", *(f"_text_{column.name}" for column in dataset.columns)]
    failing = failing_rows(shown, named, keys).order_by("_delivery_id", "_row_number").limit(LISTED)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in county.engine.fetch(failing):
        for name in row["_rules"].rstrip(",").split(","):
            found.setdefault(name, []).append(row)
    return found
