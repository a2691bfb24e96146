"""Which rows a rule about rows looks at, and under which names what it looks up is found."""

from __future__ import annotations

import operator
from functools import reduce

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.quality.rule import Rule


def column_of(table: Table, rule: Rule) -> Value:
    return table[rule.kwargs["column"]]


def every(table: Table, rule: Rule) -> BooleanValue:
    return ibis.literal(True)


def filled(table: Table, rule: Rule) -> BooleanValue:
    """The rule's one column has a value."""
    there: BooleanValue = column_of(table, rule).notnull()
    return there


def list_looked_at(table: Table, rule: Rule) -> BooleanValue:
    """Those of a rule about several columns, by `ignore_row_if`."""
    ignored = rule.kwargs.get("ignore_row_if", "all_values_are_missing")
    there = [table[name].notnull() for name in rule.kwargs["column_list"]]
    if ignored == "any_value_is_missing":
        return reduce(operator.and_, there)
    return ibis.literal(True) if ignored == "never" else reduce(operator.or_, there)


def looked_up(rule: Rule, place: int) -> str:
    """The column of the looked-up table that holds what the other dataset says: at 0 its key, from 1 on the rest."""
    return f"_there_{rule.id.replace('.', '_')}_{place}"
