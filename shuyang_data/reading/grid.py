"""What a reader hands over: a sheet or text as a grid of text before anybody knows where its tables are, a table once
found, and what is neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from shuyang_data.reading.cells import blank

Range = tuple[int, int, int, int]
Place = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """rows: cells of text, all rows equally long. merged: (top, left, bottom, right), 0-based, both ends included.

    handmade: made by a person in a workbook, where a row with a single cell is a caption; in an export it is data.
    first: the number, from 1, that people give to the first row. member: of which archive's member it is a part.
    faults: number of a row → why it does not fit. notes: what was done to its cells.
    encoding, delimiter: of a delimited text.
    """

    rows: list[list[str]]
    name: str = ""
    merged: tuple[Range, ...] = ()
    handmade: bool = True
    first: int = 1
    member: str = ""
    faults: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    @cached_property
    def captions(self) -> frozenset[int]:
        """Indexes of the rows that are one cell merged over the whole width."""
        return frozenset(t for t, a, b, z in self.merged if t == b and z - a + 1 >= self.width)


@dataclass(frozen=True)
class SourceTable:
    """A table as it was found. numbers: each data row's number in the file, from 1.

    header: numbers of the header rows, empty when the table has none. skipped: (row number, why) of every row of the
    grid that is not data. columns: one name per column, flattened when the header has several rows.
    member: of which archive's member it is a part. faults: number → why the row does not fit. notes: what stands around
    it; told: what the reader has to say of it, without any value.
    encoding, delimiter: of the delimited text that it stands in. inside: the table whose records it stands in.
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
    member: str = ""
    faults: Mapping[int, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    inside: str = ""


@dataclass(frozen=True)
class Aside:
    """A part without a table to read. unusable: it should have held one; rows: that stand in it, as far as known."""

    name: str
    why: str
    unusable: bool = False
    rows: int = 0
    member: str = ""


Part = Grid | SourceTable | Aside


def place_of(part: Part) -> str:
    """The names of a part from the outside in."""
    return "/".join(name for name in (part.member, part.name) if name)


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


def spread(grid: Grid, start: int) -> Grid:
    """The grid with the value of each cell merged over several rows on every one of them, from a row on.

    What is merged over the whole width is a caption and stays one.
    """
    rows = list(grid.rows)
    cells = 0
    for top, left, bottom, right in grid.merged:
        value = grid.rows[top][left]
        if bottom == top or top < start or blank(value) or right - left + 1 >= grid.width:
            continue
        for i in range(top + 1, bottom + 1):
            if blank(rows[i][left]):
                rows[i] = [*rows[i][:left], value, *rows[i][left + 1 :]]
                cells += 1
    note = (f"合并单元格的值写进它盖住的 {cells} 格",) if cells else ()
    return replace(grid, rows=rows, notes=(*grid.notes, *note)) if cells else grid
