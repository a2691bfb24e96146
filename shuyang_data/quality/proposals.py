"""Proposed rules: what one is, and those between columns: orders of dates, orders of numbers, sums."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from ibis.expr.types import BooleanValue, Table

from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.quality.kinds import Fetch
from shuyang_data.quality.rows import AGREE

ENOUGH = 20
SUPPORT = 0.99
SUM_COLUMNS = 8
LONGEST_ID = 62
NUMBERS = (Type.INTEGER, Type.DECIMAL)
TIMES = (Type.DATE, Type.DATETIME)


@dataclass(frozen=True)
class Suggestion:
    """A declared check with its support: `held` of `looked_at` rows keep it."""

    check: DeclaredCheck
    held: int
    looked_at: int


def propose(
    name: str, kind: str, kwargs: Mapping[str, Any], indicator: str, title: str, held: int, looked_at: int,
    severity: str = "rectify",
) -> Suggestion:  # fmt: skip
    """A rule that `held` of `looked_at` rows keep: with that share as its `mostly`, rounded down, unless all do."""
    share = {} if held == looked_at else {"mostly": math.floor(1000 * held / looked_at) / 1000}
    check = DeclaredCheck.model_validate(
        {
            "id": name[:LONGEST_ID], "type": kind, "kwargs": {**kwargs, **share}, "indicator": indicator,
            "title": title, "severity": severity,
        }
    )  # fmt: skip
    return Suggestion(check, held, looked_at)


def kept(held: int, looked_at: int) -> bool:
    """Whether enough rows keep a rule to propose it."""
    return looked_at >= ENOUGH and held >= SUPPORT * looked_at


@dataclass(frozen=True)
class Candidate:
    """A rule that may be proposed. looked_at, held: which rows count, and which of them keep it."""

    name: str
    kind: str
    kwargs: Mapping[str, Any]
    title: str
    looked_at: BooleanValue
    held: BooleanValue


def of_pairs(
    table: Table, dataset: Dataset, counted: Mapping[str, Mapping[str, Any]], fetch: Fetch
) -> list[Suggestion]:
    """What columns say of each other, counted in one query. counted: column → filled, low, high."""
    enough = [column for column in dataset.columns if counted[column.name]["filled"] >= ENOUGH]
    times = [column for column in enough if column.type in TIMES]
    numbers = [column for column in enough if column.type in NUMBERS]
    wanted = [*_orders(table, times), *_least(table, numbers, counted), *_sums(table, numbers[:SUM_COLUMNS])]
    if not wanted:
        return []
    scalars = {f"n{n}": table.count(where=candidate.looked_at) for n, candidate in enumerate(wanted)}
    scalars |= {f"h{n}": table.count(where=candidate.held) for n, candidate in enumerate(wanted)}
    values = fetch(table.aggregate(**scalars))[0]
    found = []
    for n, candidate in enumerate(wanted):
        looked_at, held = values[f"n{n}"], values[f"h{n}"]
        if kept(held, looked_at):
            c = candidate
            found.append(propose(c.name, c.kind, c.kwargs, "0401", c.title, held, looked_at))
    return found


def of_references(
    table: Table, dataset: Dataset, parents: Mapping[str, tuple[Dataset, Table]], fetch: Fetch
) -> list[Suggestion]:
    """What another dataset says of the same key: columns of one name that agree. parents: reference → it, its rows."""
    found = []
    for column in dataset.columns:
        if column.references is None or column.references not in parents:
            continue
        parent, theirs = parents[column.references]
        key = column.references.partition(".")[2]
        if parent.key != (key,):
            continue
        for other in parent.columns:
            mine = next((c for c in dataset.columns if c.name == other.name and c.type is other.type), None)
            if mine is None or other.name in (key, column.name):
                continue
            said = theirs.select(_key=theirs[key], _said=theirs[other.name])
            joined = table.inner_join(said, table[column.name] == said["_key"])
            both = joined.filter(joined[mine.name].notnull() & joined["_said"].notnull())
            agree = both.count(where=both[mine.name] == both["_said"])
            counted = fetch(both.aggregate(looked_at=both.count(), held=agree))[0]
            if kept(**counted):
                kwargs = {"column": column.name, "column_list": [mine.name], "reference": column.references}
                name, title = f"{mine.name}_agrees", f"{mine.title}与{parent.title}一致"
                found.append(propose(name, AGREE, kwargs, "0401", title, **counted))
    return found


def _filled(table: Table, *columns: Column) -> BooleanValue:
    found: BooleanValue = table[columns[0].name].notnull()
    for column in columns[1:]:
        found = found & table[column.name].notnull()
    return found


def _orders(table: Table, times: Sequence[Column]) -> Iterator[Candidate]:
    for a, b in permutations(times, 2):
        if a.type is b.type:
            both, kwargs = _filled(table, a, b), {"column_list": [a.name, b.name]}
            held = both & (table[a.name] <= table[b.name])
            name, title = f"{a.name}_before_{b.name}", f"{a.title}不晚于{b.title}"
            yield Candidate(name, "expect_columns_to_be_in_order", kwargs, title, both, held)


def _least(table: Table, numbers: Sequence[Column], counted: Mapping[str, Mapping[str, Any]]) -> Iterator[Candidate]:
    """Ranges that do not meet are ordered by themselves: such an order says nothing."""
    for a, b in permutations(numbers, 2):
        one, other = counted[a.name], counted[b.name]
        if one["low"] < other["high"] and other["low"] < one["high"]:
            both, held = _filled(table, a, b), table[a.name] >= table[b.name]
            kwargs = {"column_A": a.name, "column_B": b.name, "or_equal": True}
            kwargs |= {"ignore_row_if": "either_value_is_missing"}
            kind, name = "expect_column_pair_values_a_to_be_greater_than_b", f"{a.name}_least_{b.name}"
            yield Candidate(name, kind, kwargs, f"{a.title}不小于{b.title}", both, both & held)


def _sums(table: Table, numbers: Sequence[Column]) -> Iterator[Candidate]:
    for a, b in combinations(numbers, 2):
        for c in numbers:
            if c not in (a, b):
                filled = _filled(table, a, b, c)
                held = filled & (table[a.name] + table[b.name] == table[c.name])
                kwargs = {"column_list": [a.name, b.name], "total_column": c.name}
                title = f"{a.title}＋{b.title}＝{c.title}"
                yield Candidate(f"{c.name}_sum", "expect_columns_to_add_up", kwargs, title, filled, held)
