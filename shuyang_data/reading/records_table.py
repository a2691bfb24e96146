"""Records with named fields → one table: the columns are all names that occur, in the order in which they first do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shuyang_data.reading.grid import SourceTable


def table_of(records: Iterable[Mapping[str, str]], name: str, notes: tuple[str, ...] = ()) -> SourceTable:
    """A table without header rows; a field that a record lacks is empty there."""
    kept = list(records)
    columns = list(dict.fromkeys(field for record in kept for field in record))
    rows = [[record.get(column, "") for column in columns] for record in kept]
    return SourceTable(name, columns, rows, list(range(1, len(rows) + 1)), notes=notes)
