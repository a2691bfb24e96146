"""One number in several columns: which columns have the lengths that together make a resident ID."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

from ibis.expr.types import StringValue, Table, Value

from shuyang_data.catalog.model import Column
from shuyang_data.catalog.terms import Type

# The pieces that people part a number into: area, day of birth, counter with the check digit.
PIECES = ((6, 12), (14, 4), (17, 1), (10, 8), (6, 8, 4), (6, 8, 3, 1), (6, 4, 4, 4))
MOST = 24
SHORTEST, LONGEST = "shortest:", "longest:"


def as_digits(table: Table, column: Column) -> StringValue:
    """The column as the digits that a number might be put together from."""
    value = table[column.name]
    return value.strftime("%Y%m%d") if column.type is Type.DATE else value.cast("string").strip().upper()


def length_counts(table: Table, columns: Sequence[Column]) -> dict[str, Value]:
    """What is counted in one pass: the lengths of every column that may hold a piece."""
    counts: dict[str, Value] = {}
    for column in columns:
        length = as_digits(table, column).length()
        counts[f"{SHORTEST}{column.name}"], counts[f"{LONGEST}{column.name}"] = length.min(), length.max()
    return counts


def splits(counted: Mapping[str, int | None], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The columns, in the order of the pieces, that together have the length of a resident ID."""
    lengths: dict[int, list[str]] = {}
    for name in columns:
        shortest, longest = counted.get(f"{SHORTEST}{name}"), counted.get(f"{LONGEST}{name}")
        if shortest and shortest == longest:
            lengths.setdefault(shortest, []).append(name)
    found: list[tuple[str, ...]] = []
    for pieces in PIECES:
        likely = [name for length in set(pieces) for name in lengths.get(length, ())]
        if not all(length in lengths for length in pieces) or len(likely) > MOST // 2:
            continue
        by_name = {name: length for length in set(pieces) for name in lengths[length]}
        found += [p for p in permutations(likely, len(pieces)) if tuple(by_name[name] for name in p) == pieces]
    return found[:MOST]
