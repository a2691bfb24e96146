"""A sheet or a text file as a grid of text, before anybody knows where its tables are; and a table once found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shuyang_data.reading.cells import blank

Range = tuple[int, int, int, int]


@dataclass(frozen=True)
class Grid:
    """rows: cells of text, all rows equally long. merged: (top, left, bottom, right), 0-based, both ends included.

    handmade: made by a person in a workbook, where a row with a single cell is a caption; in an export it is data.
    first: the number, from 1, that people give to the first row.
    """

    rows: list[list[str]]
    name: str = ""
    merged: tuple[Range, ...] = ()
    handmade: bool = True
    first: int = 1

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True)
class SourceTable:
    """A table as it was found. numbers: each data row's number in the file, from 1.

    header: numbers of the header rows, empty when the table has none. skipped: (row number, why) of every row of the
    grid that is not data. columns: one name per column, flattened when the header has several rows.
    encoding, delimiter: of the delimited text that it stands in.
    """

    name: str
    columns: list[str]
    rows: list[list[str]]
    numbers: list[int]
    header: tuple[int, ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = field(default=())
    encoding: str = ""
    delimiter: str = ""


def make_grid(
    rows: Sequence[list[str]], name: str = "", merged: Sequence[Range] = (), *, handmade: bool = True
) -> Grid:
    """A grid of equally long rows."""
    width = max((len(row) for row in rows), default=0)
    padded = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows]
    return Grid(padded, name, tuple(merged), handmade)


def filled(row: Sequence[str]) -> int:
    """How many cells of a row hold something."""
    # Most rows of a sheet with something far away are empty, and each is looked at several times.
    return sum(not blank(cell) for cell in row) if any(row) else 0
