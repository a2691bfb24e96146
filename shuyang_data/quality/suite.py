"""A whole suite as one aggregate query, one more for keys that do repeat, and one for the rows that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
from ibis.common.exceptions import IbisError
from ibis.expr.types import BooleanValue, IntegerScalar, Table, Value

from shuyang_data.errors import QueryError
from shuyang_data.quality.aggregates import COLUMNS, TABLES
from shuyang_data.quality.compile import UNIQUE
from shuyang_data.quality.derive import Rule
from shuyang_data.quality.maps import IN_PERIOD, ROWS, conditions, unique_looked_at, unique_values
from shuyang_data.quality.values import without_nan
from shuyang_data.records import RuleResult

COMPILED = frozenset({*ROWS, *COLUMNS, *TABLES, *UNIQUE, IN_PERIOD})


# How a rule shows that it does not fit its column: an operation that the type lacks, an argument that is none, a query
# that the engine refuses.
MISFITS = (IbisError, QueryError, AttributeError, KeyError, TypeError, ValueError)


def aggregate(table: Table, rules: Sequence[Rule]) -> dict[str, Value]:
    """name → scalar, together one aggregate over the table; `r<n>|…` belongs to the n-th rule."""
    scalars: dict[str, Value] = {"rows": table.count()}
    for number, rule in enumerate(rules):
        where = conditions(table, rule)
        if rule.type in ROWS:
            expectation = ROWS[rule.type]
            looked_at = where & expectation.looked_at(table, rule)
            broken = looked_at & expectation.broken(table, rule).fill_null(False)
            scalars[f"r{number}|looked_at"] = table.count(where=looked_at)
            scalars[f"r{number}|broken"] = table.count(where=broken)
        elif rule.type in COLUMNS:
            for name, scalar in COLUMNS[rule.type][0](table, rule, where).items():
                scalars[f"r{number}|{name}"] = scalar
        elif values := unique_values(table, rule):
            looked_at = where & unique_looked_at(table, rule)
            scalars[f"r{number}|looked_at"] = table.count(where=looked_at)
            scalars[f"r{number}|different"] = _different(values, looked_at)
    return scalars


def _different(values: Mapping[str, Value], looked_at: Value) -> IntegerScalar:
    """How many different values, or combinations of them, the rows have that the rule looks at."""
    value = next(iter(values.values())) if len(values) == 1 else ibis.struct(dict(values))
    found: IntegerScalar = ibis.ifelse(looked_at, value, None).nunique()
    return found


def repeats(table: Table, rules: Sequence[Rule], values: Mapping[str, Any]) -> Table | None:
    """(name, value) of the uniqueness rules that the aggregate shows to be broken: how many rows have what another row
    has, as values for `read`; None when there is no such rule.
    """
    found: list[Table] = []
    for number, rule in enumerate(rules):
        if f"r{number}|different" in values and values[f"r{number}|different"] != (values[f"r{number}|looked_at"] or 0):
            kept = table.filter(conditions(table, rule) & unique_looked_at(table, rule))
            groups = kept.group_by(**unique_values(kept, rule)).aggregate(times=kept.count())
            repeated = groups.filter(groups["times"] > 1).aggregate(value=groups["times"].sum())
            found.append(repeated.mutate(name=ibis.literal(f"r{number}|broken")))
    return ibis.union(*found) if len(found) > 1 else found[0] if found else None


def run(table: Table, rules: Sequence[Rule], fetch: Callable[[Table], list[dict[str, Any]]]) -> list[RuleResult]:
    """The results of a suite over a table. fetch: every row of a small query as values."""
    table = without_nan(table)
    values = fetch(table.aggregate(**aggregate(table, rules)))[0]
    more = repeats(table, rules, values)
    if more is not None:
        values |= {row["name"]: row["value"] for row in fetch(more)}
    return read(rules, values, table.columns)


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


def read(rules: Sequence[Rule], values: Mapping[str, Any], names: Sequence[str]) -> list[RuleResult]:
    """Results per rule. values: of `aggregate` and `repeats`; names: the table's columns."""
    results = []
    for number, rule in enumerate(rules):
        mine = {key.partition("|")[2]: value for key, value in values.items() if key.startswith(f"r{number}|")}
        if rule.type in TABLES:
            passed, observed = TABLES[rule.type](values["rows"], names, rule.kwargs)
            results.append(_result(rule, values["rows"], 0, passed, observed))
        elif rule.type in COLUMNS:
            passed, observed = COLUMNS[rule.type][1](mine, rule)
            results.append(_result(rule, values["rows"], mine.get("outside") or 0, passed, observed))
        else:
            looked_at, broken = mine["looked_at"] or 0, mine.get("broken") or 0
            share = 1.0 if looked_at == 0 else (looked_at - broken) / looked_at
            results.append(_result(rule, looked_at, broken, share >= rule.kwargs.get("mostly", 1.0), None))
    return results


def failing_rows(table: Table, rules: Sequence[Rule], keys: Sequence[str]) -> Table:
    """The rows that break a rule about rows or about uniqueness: their keys, and `_rules`, the rules' ids, each with a
    comma. One query for the whole suite.
    """
    table, flags = without_nan(table), ibis.literal("")
    for rule in rules:
        broken = broken_rows(table, rule)
        if broken is not None:
            flags = flags + ibis.ifelse(broken, f"{rule.id},", "")
    flagged = table.mutate(_rules=flags)
    return flagged.filter(flagged["_rules"] != "").select(*keys, "_rules")


def broken_rows(table: Table, rule: Rule) -> BooleanValue | None:
    """Which rows break the rule, never NULL; None for a rule about the table as a whole."""
    where = conditions(table, rule)
    if rule.type in ROWS:
        expectation = ROWS[rule.type]
        found: BooleanValue = where & expectation.looked_at(table, rule) & expectation.broken(table, rule)
        return found.fill_null(False)
    values = unique_values(table, rule)
    if not values:
        return None
    looked_at = where & unique_looked_at(table, rule)
    alike = ibis.window(group_by=[looked_at, *values.values()])
    return looked_at & (table.count().over(alike) > 1)


def _result(rule: Rule, evaluated: int, broken: int, passed: bool, observed: Any) -> RuleResult:
    number = float(observed) if isinstance(observed, int | float) and not isinstance(observed, bool) else None
    return RuleResult(
        rule_id=rule.id, expectation=rule.type, column=rule.column, title=rule.title, severity=rule.severity,
        indicator=rule.indicator, evaluated=evaluated or 0, unexpected=broken, passed=bool(passed), observed=number,
    )  # fmt: skip
