"""What an increment takes away: rows that a declared operation deletes, and whole periods that it brings anew.

Without either, an increment only adds rows and replaces rows of its keys; what it does not name, stays.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import PeriodUnit
from shuyang_data.standard.cast import text_name
from shuyang_data.standard.deduplicate import folded_key

OUTDATED = "_outdated"


def split_deletions(typed: Table, dataset: Dataset) -> tuple[Table, Table | None]:
    """(rows that say what is, rows that delete their key); None where no operation column is declared.

    A row that deletes and has no whole key says what is: it is rejected for that.
    """
    operation = dataset.delivery.operation
    if operation is None:
        return typed, None
    named = typed[text_name(dataset.column(operation.column))].isin(operation.delete)
    for name in dataset.key:
        named &= typed[name].notnull()
    deletes: BooleanValue = (named & typed["_read_fault"].isnull()).fill_null(False)
    return typed.filter(~deletes), typed.filter(deletes)


def mark_outdated(judged: Table, deletions: Table | None, dataset: Dataset) -> Table:
    """judged plus `_outdated`: whether a faultless row was deleted, or its period brought anew, by what came later."""
    outdated: Value = ibis.literal(value=False)
    if deletions is not None:
        deleted = deletions.group_by(**folded_key(deletions, dataset)).aggregate(_deleted=deletions["_order"].max())
        keys = folded_key(judged, dataset)
        judged = judged.left_join(deleted, [value == deleted[name] for name, value in keys.items()]).drop(*keys)
        outdated = outdated | (judged["_order"] < judged["_deleted"]).fill_null(False)
    period = dataset.delivery.replaces
    if period is not None:
        judged = judged.mutate(_period=_period(judged[period.column], period.unit))
        sound = judged.filter(judged["_fault"] == "")
        newest = sound.group_by("_period").aggregate(_brought=sound["_sequence"].max())
        newest = newest.rename(_period_brought="_period")
        judged = judged.left_join(newest, judged["_period"] == newest["_period_brought"]).drop("_period_brought")
        outdated = outdated | (judged["_sequence"] < judged["_brought"]).fill_null(False)
    marked = judged.mutate(**{OUTDATED: outdated & (judged["_fault"] == "")})
    return marked.drop(*[name for name in ("_deleted", "_period", "_brought") if name in marked.columns])


def _period(value: Value, unit: PeriodUnit) -> Value:
    return value if unit is PeriodUnit.VALUE else value.truncate(unit.mark)
