"""A whole suite as one aggregate query, one more for keys that do repeat, and one for the rows that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
from ibis.common.exceptions import IbisError
from ibis.expr.types import BooleanValue, IntegerScalar, Table, Value

from shuyang_data.errors import QueryError
from shuyang_data.quality.conditions import conditional, conditions
from shuyang_data.quality.expectations import about_rows, how
from shuyang_data.quality.kinds import Column, Field, Missing, Rows, Shape, Size, Unique
from shuyang_data.quality.looked_at import filled
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.values import without_nan
from shuyang_data.records import RuleResult

Numbered = Mapping[int, Rule]
# How a rule shows that it does not fit its column: an operation that the type lacks, an argument that is none, a query
# that the engine refuses.
MISFITS = (IbisError, QueryError, AttributeError, KeyError, TypeError, ValueError)


def looked_at_by(table: Table, rule: Rule) -> BooleanValue:
    """The rows that a rule about rows or about uniqueness counts; never NULL."""
    judged = how(rule)
    assert isinstance(judged, Rows | Unique), rule.type
    looked_at = judged.looked_at(table, rule)
    return conditions(table, rule) & looked_at if conditional(rule) else looked_at


def broken_rows(table: Table, rule: Rule) -> BooleanValue:
    """Which rows break a rule about rows or about uniqueness; never NULL."""
    judged = how(rule)
    if isinstance(judged, Rows):
        broken = judged.broken(table, rule)
        # A missing value breaks nothing: where only that is passed over, asking again costs a tenth of the query.
        return (broken if _plain(rule) else looked_at_by(table, rule) & broken).fill_null(False)
    looked_at = looked_at_by(table, rule)
    alike = ibis.window(group_by=[looked_at, *_values(table, rule).values()])
    return looked_at & (table.count().over(alike) > 1)


def aggregate(table: Table, rules: Numbered, flags: Mapping[int, BooleanValue] = {}) -> dict[str, Value]:
    """name → scalar, together one aggregate over the table; `r<n>|…` is of the n-th rule, `filled|…` of a column.

    flags: of rules whose broken rows are marked in the table already.
    """
    scalars: dict[str, Value] = {"rows": table.count()}
    for number, rule in rules.items():
        judged = how(rule)
        if isinstance(judged, Column):
            measured = judged.measure(table, rule, conditions(table, rule))
            scalars |= {f"r{number}|{name}": scalar for name, scalar in measured.items()}
        elif isinstance(judged, Rows | Unique):
            scalars |= _row_scalars(table, rule, number, flags.get(number))
        elif isinstance(judged, Size) and conditional(rule):
            scalars[f"r{number}|rows"] = table.count(where=conditions(table, rule))
    return scalars


def _row_scalars(table: Table, rule: Rule, number: int, flag: BooleanValue | None) -> dict[str, Value]:
    """What counts the rows that a rule looks at, and those that break it or, for uniqueness, are different."""
    judged = how(rule)
    if isinstance(judged, Missing) and not conditional(rule):
        return {_filled(rule): table[rule.kwargs["column"]].count()}
    looked_at = None if _plain(rule) else looked_at_by(table, rule)
    scalars: dict[str, Value] = (
        {_filled(rule): table[rule.kwargs["column"]].count()}
        if looked_at is None
        else {f"r{number}|looked_at": table.count(where=looked_at)}
    )
    if flag is not None:
        return scalars | {f"r{number}|broken": flag.sum()}
    if isinstance(judged, Unique):
        return scalars | {f"r{number}|different": _different(table, rule, looked_at)}
    return scalars | {f"r{number}|broken": table.count(where=broken_rows(table, rule))}


def _filled(rule: Rule) -> str:
    return f"filled|{rule.kwargs['column']}"


def _plain(rule: Rule) -> bool:
    """Whether a rule looks at every row in which its one column is filled."""
    judged = how(rule)
    return isinstance(judged, Rows | Unique) and judged.looked_at is filled and not conditional(rule)


def _counts(rule: Rule, number: int, values: Mapping[str, Any]) -> tuple[int, int]:
    """(rows that a rule about rows or uniqueness looks at, those that break it), from the aggregate."""
    judged = how(rule)
    if isinstance(judged, Missing) and not conditional(rule):
        rows, there = values["rows"] or 0, values[_filled(rule)] or 0
        return rows, there if judged.allowed else rows - there
    looked_at = values[_filled(rule) if _plain(rule) else f"r{number}|looked_at"]
    return looked_at or 0, values.get(f"r{number}|broken") or 0


def _values(table: Table, rule: Rule) -> dict[str, Value]:
    judged = how(rule)
    return judged.values(table, rule) if isinstance(judged, Unique) else {}


def _different(table: Table, rule: Rule, looked_at: Value | None) -> IntegerScalar:
    """How many different values, or combinations of them, the rows have that the rule looks at."""
    values = _values(table, rule)
    value = next(iter(values.values())) if len(values) == 1 else ibis.struct(values)
    different: IntegerScalar = (value if looked_at is None else ibis.ifelse(looked_at, value, None)).nunique()
    return different


def repeats(table: Table, rules: Numbered, values: Mapping[str, Any]) -> Table | None:
    """(name, value) of the uniqueness rules that the aggregate shows to be broken: how many rows have what another row
    has, as values for `result_of`; None when there is no such rule.
    """
    counted: list[Table] = []
    for number, rule in rules.items():
        different = values.get(f"r{number}|different")
        if different is not None and different != _counts(rule, number, values)[0]:
            rows = table.filter(looked_at_by(table, rule))
            groups = rows.group_by(**_values(rows, rule)).aggregate(times=rows.count())
            repeated = groups.filter(groups["times"] > 1).aggregate(value=groups["times"].sum())
            counted.append(repeated.mutate(name=ibis.literal(f"r{number}|broken")))
    if len(counted) > 1:
        return ibis.union(*counted)
    return counted[0] if counted else None


def run(table: Table, rules: Sequence[Rule], fetch: Callable[[Table], list[dict[str, Any]]]) -> list[RuleResult]:
    """The results of a suite over a table. fetch: every row of a small query as values."""
    table, numbered = without_nan(table), dict(enumerate(rules))
    values = fetch(table.aggregate(**aggregate(table, numbered)))[0]
    more = repeats(table, numbered, values)
    if more is not None:
        values |= {row["name"]: row["value"] for row in fetch(more)}
    return [result_of(rule, number, values, table.columns) for number, rule in numbered.items()]


def assess(
    table: Table, rules: Sequence[Rule], fetch: Callable[[Table], list[dict[str, Any]]]
) -> tuple[list[RuleResult], list[tuple[Rule, str]]]:
    """(results, rules that cannot be judged, each with why); one that does not fit its column harms no other."""
    try:
        return run(table, rules, fetch) if rules else [], []
    except MISFITS as error:
        if len(rules) == 1:
            return [], [(rules[0], " ".join(str(error).split())[:200])]
    results, wrong = [], []
    for rule in rules:
        found, bad = assess(table, [rule], fetch)
        results += found
        wrong += bad
    return results, wrong


def result_of(rule: Rule, number: int, values: Mapping[str, Any], names: Sequence[str] | None) -> RuleResult:
    """The n-th rule's result. values: of `aggregate` and `repeats`; names: the table's columns, None when not known."""
    judged, rows = how(rule), values["rows"] or 0
    if judged is None or isinstance(judged, Field) or (isinstance(judged, Shape) and names is None):
        return rule.not_assessable("这种规则只能写在 quality_checks 里")
    if isinstance(judged, Shape):
        passed, observed = judged.verdict(names or (), rule)
        return rule.result(rows, 0, passed, observed)
    if isinstance(judged, Size):
        looked_at = values.get(f"r{number}|rows", rows) or 0
        passed, observed = judged.verdict(looked_at, rule)
        return rule.result(looked_at, 0, passed, observed)
    if isinstance(judged, Column):
        mine = {key.partition("|")[2]: value for key, value in values.items() if key.startswith(f"r{number}|")}
        passed, observed = judged.verdict(mine, rule)
        return rule.result(rows, mine.get("outside") or 0, passed, observed)
    return rule.share_result(*_counts(rule, number, values))


def failing_rows(table: Table, rules: Sequence[Rule], keys: Sequence[str]) -> Table:
    """The rows that break a rule about rows or about uniqueness: their keys, and `_rules`, the rules' ids, each with a
    comma. One query for the whole suite.
    """
    table, flags = without_nan(table), ibis.literal("")
    for rule in filter(about_rows, rules):
        flags = flags + ibis.ifelse(broken_rows(table, rule), f"{rule.id},", "")
    flagged = table.mutate(_rules=flags)
    return flagged.filter(flagged["_rules"] != "").select(*keys, "_rules")
