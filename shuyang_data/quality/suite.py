"""A whole suite as one aggregate query, one more for keys that do repeat, and one for the rows that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
from ibis.common.exceptions import IbisError
from ibis.expr.types import BooleanValue, IntegerScalar, Table, Value

from shuyang_data.errors import QueryError
from shuyang_data.quality.aggregates import COLUMNS, TABLES
from shuyang_data.quality.compile import NULL_KINDS, UNIQUE
from shuyang_data.quality.derive import AGREE, Rule
from shuyang_data.quality.maps import IN_PERIOD, ROWS, conditions, looked_at_by, unique_values
from shuyang_data.quality.values import without_nan
from shuyang_data.records import RuleResult

IS_NULL = "expect_column_values_to_be_null"
COMPILED = frozenset({*ROWS, *COLUMNS, *TABLES, *UNIQUE, IN_PERIOD})


# How a rule shows that it does not fit its column: an operation that the type lacks, an argument that is none, a query
# that the engine refuses.
MISFITS = (IbisError, QueryError, AttributeError, KeyError, TypeError, ValueError)


def aggregate(table: Table, rules: Sequence[Rule]) -> dict[str, Value]:
    """name → scalar, together one aggregate over the table; `r<n>|…` is of the n-th rule, `filled|…` of a column."""
    scalars: dict[str, Value] = {"rows": table.count()}
    for number, rule in enumerate(rules):
        if rule.type in TABLES:
            continue
        if rule.type in COLUMNS:
            measured = COLUMNS[rule.type][0](table, rule, conditions(table, rule))
            scalars |= {f"r{number}|{name}": scalar for name, scalar in measured.items()}
        elif _plain(rule) and "column" in rule.kwargs:
            scalars[f"filled|{rule.kwargs['column']}"] = table[rule.kwargs["column"]].count()
            if rule.type in UNIQUE:
                scalars[f"r{number}|different"] = _different(table, rule, None)
            elif rule.type not in NULL_KINDS:
                scalars[f"r{number}|broken"] = table.count(
                    where=looked_at_by(table, rule) & ROWS[rule.type].broken(table, rule)
                )
        else:
            looked_at = looked_at_by(table, rule)
            scalars[f"r{number}|looked_at"] = table.count(where=looked_at)
            if rule.type in ROWS:
                scalars[f"r{number}|broken"] = table.count(where=looked_at & ROWS[rule.type].broken(table, rule))
            else:
                scalars[f"r{number}|different"] = _different(table, rule, looked_at)
    return scalars


def _plain(rule: Rule) -> bool:
    """Whether a rule about one column looks at every row, or at every one in which it is filled."""
    return not rule.conditions and not rule.where and rule.type != AGREE


def _counts(rule: Rule, number: int, values: Mapping[str, Any]) -> tuple[int, int]:
    """(rows that a rule about rows or uniqueness looks at, those that break it), from the aggregate."""
    broken = values.get(f"r{number}|broken") or 0
    if not _plain(rule) or "column" not in rule.kwargs:
        return values[f"r{number}|looked_at"] or 0, broken
    rows, filled = values["rows"], values[f"filled|{rule.kwargs['column']}"] or 0
    if rule.type in NULL_KINDS:
        return rows, filled if rule.type == IS_NULL else rows - filled
    return filled, broken


def _different(table: Table, rule: Rule, looked_at: Value | None) -> IntegerScalar:
    """How many different values, or combinations of them, the rows have that the rule looks at."""
    values = unique_values(table, rule)
    value = next(iter(values.values())) if len(values) == 1 else ibis.struct(dict(values))
    found: IntegerScalar = (value if looked_at is None else ibis.ifelse(looked_at, value, None)).nunique()
    return found


def repeats(table: Table, rules: Sequence[Rule], values: Mapping[str, Any]) -> Table | None:
    """(name, value) of the uniqueness rules that the aggregate shows to be broken: how many rows have what another row
    has, as values for `read`; None when there is no such rule.
    """
    found: list[Table] = []
    for number, rule in enumerate(rules):
        different = values.get(f"r{number}|different")
        if different is not None and different != _counts(rule, number, values)[0]:
            kept = table.filter(looked_at_by(table, rule))
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
            results.append(rule.result(values["rows"] or 0, 0, passed, observed))
        elif rule.type in COLUMNS:
            passed, observed = COLUMNS[rule.type][1](mine, rule)
            results.append(rule.result(values["rows"] or 0, mine.get("outside") or 0, passed, observed))
        else:
            looked_at, broken = _counts(rule, number, values)
            share = 1.0 if looked_at == 0 else (looked_at - broken) / looked_at
            results.append(rule.result(looked_at, broken, share >= rule.kwargs.get("mostly", 1.0)))
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


def about_rows(rule: Rule) -> bool:
    """Whether a rule is about single rows, so that those that break it can be named."""
    return rule.type in ROWS or rule.type in (*UNIQUE, IN_PERIOD)


def broken_rows(table: Table, rule: Rule) -> BooleanValue | None:
    """Which rows break the rule, never NULL; None for a rule about the table as a whole."""
    if rule.type in ROWS:
        found: BooleanValue = looked_at_by(table, rule) & ROWS[rule.type].broken(table, rule)
        return found.fill_null(False)
    values = unique_values(table, rule)
    if not values:
        return None
    looked_at = looked_at_by(table, rule)
    alike = ibis.window(group_by=[looked_at, *values.values()])
    return looked_at & (table.count().over(alike) > 1)
