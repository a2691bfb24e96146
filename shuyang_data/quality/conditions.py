"""A rule's row condition as an expression: the rows at which the rule looks."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, Table

from shuyang_data.catalog.checks import Condition
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.values import like

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def conditional(rule: Rule) -> bool:
    """Whether the rule passes over some rows."""
    return bool(rule.conditions or rule.where)


def conditions(table: Table, rule: Rule) -> BooleanValue:
    """Whether a row is one that the rule's row condition lets it look at; never NULL."""
    parts = [_condition(table, condition) for condition in rule.conditions]
    if rule.where:
        parts.append(table[rule.where].notnull())
    return reduce(operator.and_, parts, ibis.literal(True))


def _condition(table: Table, condition: Condition) -> BooleanValue:
    value = table[condition.column]
    if condition.operator in ("is_null", "is_not_null"):
        return value.isnull() if condition.operator == "is_null" else value.notnull()
    if condition.operator in ("in", "not_in"):
        inside = value.isin([like(value, wanted) for wanted in condition.value]).fill_null(False)
        return inside if condition.operator == "in" else ~inside
    held: BooleanValue = COMPARE[condition.operator](value, like(value, condition.value))
    # pandas: nothing differs from anything, and compares with nothing.
    return held.fill_null(condition.operator == "!=")
