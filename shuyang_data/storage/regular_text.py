"""A delimited text that the engine reads by itself, and the look whether all of its rows are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shuyang_data.characters import BLANKS
from shuyang_data.storage.sql_text import quote, quote_name

BLANK = r"[\s\p{Z}]*"
# The columns in which a total can stand.
LEADING = 3


@dataclass(frozen=True)
class RegularText:
    """A delimited text for the engine's own reader. columns: declared name → position; width: cells in a line.

    skip: lines before the data; start: number of the first data row. notes: what the first cell of a row matches that
    is no data; likely: with which characters such a cell begins; end: with which others end. headings: words by which a
    header is known again.
    """

    path: Path
    delimiter: str
    width: int
    columns: Mapping[str, int]
    skip: int
    start: int
    notes: tuple[str, ...] = ()
    likely: str = ""
    end: str = ""
    headings: tuple[str, ...] = ()


class CsvMismatchError(Exception):
    """The file is not a regular CSV of the expected columns; read it row by row instead."""


def has_other_rows(cursor: duckdb.DuckDBPyConnection, text: RegularText, target: Path) -> bool:
    """Whether a row of the written file may be a note, a total, a header or empty; a caption stands beside a header.

    The file's own statistics answer most of it at no cost.
    """
    names = sorted(text.columns, key=text.columns.__getitem__)
    first, nulls = names[0], _nulls(cursor, target)
    tests = [f"{quote_name(first)} IN ({', '.join(map(quote, text.headings))})"] if text.headings else []
    every = f"coalesce({', '.join(map(quote_name, names))})"
    lead = every if nulls.get(first) != 0 else quote_name(first)
    if text.notes and (nulls.get(first) != 0 or _may_begin(cursor, first, target, text.likely)):
        matches = " OR ".join(f"regexp_full_match({lead}, {quote(pattern)})" for pattern in text.notes)
        tests.append(f"contains({quote(text.likely)}, substr(ltrim({lead}), 1, 1)) AND ({matches})")
    if all(nulls.get(name) != 0 or _may_begin(cursor, name, target, BLANKS) for name in names):
        tests.append(f"regexp_full_match(concat({', '.join(map(quote_name, names))}), {quote(BLANK)})")
    if len(names) > 1 and all(nulls.get(name) != 0 for name in names[1:]):
        tests.append(f"coalesce({', '.join(map(quote_name, names[1:]))}) IS NULL")
    tests += [f"ends_with({quote_name(name)}, {quote(text.end)})" for name in names[:LEADING] if text.end]
    query = f"SELECT 1 FROM read_parquet({quote(target)}) WHERE {' OR '.join(f'({t})' for t in tests)} LIMIT 1"
    return bool(tests) and cursor.execute(query).fetchone() is not None


def _nulls(cursor: duckdb.DuckDBPyConnection, target: Path) -> dict[str, int]:
    """column → its empty values, where the file says how many."""
    query = (
        "SELECT path_in_schema, CASE WHEN count(*) = count(stats_null_count) THEN sum(stats_null_count) END "
        f"FROM parquet_metadata({quote(target)}) GROUP BY ALL"
    )
    return {name: int(count) for name, count in cursor.execute(query).fetchall() if count is not None}


def _may_begin(cursor: duckdb.DuckDBPyConnection, column: str, target: Path, characters: str) -> bool:
    """Whether a value may begin with one of the characters, by the file's own statistics: a look that costs nothing."""
    query = (
        "SELECT min(stats_min_value), max(stats_max_value), count(*) = count(stats_min_value) "
        f"FROM parquet_metadata({quote(target)}) WHERE path_in_schema = {quote(column)}"
    )
    low, high, known = cursor.execute(query).fetchall()[0]
    if low is None or not known:
        return not known
    return any(low[:1] <= character <= high[:1] for character in f" {characters}")
