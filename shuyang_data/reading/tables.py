"""The tables of a grid: where each begins and ends; which of its rows are data says `data_rows`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from shuyang_data.ledger import HEADER, TITLE
from shuyang_data.reading.cells import blank, squash
from shuyang_data.reading.data_rows import BLANK_ROW, NOTE, DataRows
from shuyang_data.reading.grid import Grid, SourceTable, filled, spread
from shuyang_data.reading.headings import Body, Heading, flatten, locate, same_names

SHARED_NAMES = 0.8


@dataclass
class Rows:
    """Row indexes as they were sorted out. rest: where another table begins; None when the grid ends."""

    data: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    rest: int | None = None


def find_tables(grid: Grid, *, first_only: bool = False) -> list[SourceTable]:
    """Every table of the grid, from above and from the left; empty when it holds nothing.

    first_only: just the first one, and a header that comes again ends it; otherwise the rows below it go on with it.
    """
    if first_only:
        return list(islice(_stacked(_trimmed(grid), restart=True), 1))
    return [table for block in _blocks(_trimmed(grid)) for table in _stacked(block, restart=False)]


def _trimmed(grid: Grid) -> Grid:
    """Without the empty columns at both sides and the empty rows below."""
    # A line of signatures may be wider than the table above it.
    rows = [row for row in grid.rows if not _is_note(row)] or grid.rows
    used = [j for j in range(grid.width) if any(not blank(row[j]) for row in rows)]
    if not used:
        return replace(grid, rows=[])
    last = max(i for i, row in enumerate(grid.rows) if filled(row))
    return _cut(replace(grid, rows=grid.rows[: last + 1]), used[0], used[-1] + 1)


def _is_note(row: Sequence[str]) -> bool:
    """Whether everything in a row is a note, a source or a signature."""
    cells = [cell for cell in row if not blank(cell)]
    return bool(cells) and all(NOTE.match(cell) for cell in cells)


def _cut(grid: Grid, left: int, right: int) -> Grid:
    merged = tuple((t, a - left, b, z - left) for t, a, b, z in grid.merged if a >= left and z < right)
    return replace(grid, rows=[row[left:right] for row in grid.rows], merged=merged)


def _blocks(grid: Grid) -> list[Grid]:
    """Tables side by side, parted by an empty column; an empty column inside one table only goes."""
    body = [row for row in grid.rows if filled(row) > 1]
    empty = [j for j in range(1, grid.width - 1) if all(blank(row[j]) for row in body)] if body else []
    bounds = [-1, *empty, grid.width]
    parts = [(a + 1, b) for a, b in zip(bounds, bounds[1:], strict=False) if b > a + 1]
    if len(parts) > 1 and all(b - a >= 2 and _stands_alone(_cut(grid, a, b)) for a, b in parts):
        return [_trimmed(_cut(grid, a, b)) for a, b in parts]
    if not empty:
        return [grid]
    kept = [j for j in range(grid.width) if j not in empty]
    place = {j: n for n, j in enumerate(kept)}
    merged = tuple((t, place[a], b, place[z]) for t, a, b, z in grid.merged if a in place and z in place)
    return [replace(grid, rows=[[row[j] for j in kept] for row in grid.rows], merged=merged)]


def _stands_alone(block: Grid) -> bool:
    heading = locate(block)
    return heading is not None and bool(heading.rows) and sum(filled(row) >= 2 for row in block.rows) >= 3


def _stacked(grid: Grid, *, restart: bool) -> Iterator[SourceTable]:
    """Tables one below the other."""
    rest: Grid | None = grid
    while rest is not None:
        heading = locate(rest)
        if heading is None:
            return
        names = flatten(rest, heading.rows)
        rest = spread(rest, heading.start)
        sorted_rows = sort_rows(rest, heading, names, restart=restart)
        yield _halves(_table(rest, heading, names, sorted_rows))
        rest = _below(rest, sorted_rows.rest)


def _below(grid: Grid, index: int | None) -> Grid | None:
    if index is None:
        return None
    merged = tuple((t - index, a, b - index, z) for t, a, b, z in grid.merged if t >= index)
    return _trimmed(replace(grid, rows=grid.rows[index:], merged=merged, first=grid.first + index))


def sort_rows(grid: Grid, heading: Heading, names: Sequence[str], *, restart: bool) -> Rows:
    """Data, what is not data and why, and where another table begins; restart: at a header that comes again, too."""
    sorted_rows = Rows(
        [], [(i, HEADER if i in heading.rows else TITLE) for i in range(heading.start) if filled(grid.rows[i])]
    )
    body = Body(grid, heading.start)
    headers = [names, *(grid.rows[h] for h in heading.rows)]
    sorter = DataRows(
        headers, body, grid.width, lambda i, why: sorted_rows.skipped.append((i, why)),
        handmade=grid.handmade and bool(heading.rows), spanned=grid.captions, titled=bool(heading.rows),
    )  # fmt: skip
    gap = False
    for i in range(heading.start, len(grid.rows)):
        row = grid.rows[i]
        again = restart and bool(sorted_rows.data) and same_names(row, names)
        if heading.rows and filled(row) and (again or _begins_table(grid, i, names, body, gap=gap)):
            sorted_rows.rest = i
            break
        sorted_rows.data += [number for number, _ in sorter.next(i, row)]
        gap = filled(row) == 0
    sorted_rows.data += [number for number, _ in sorter.end()]
    return sorted_rows


def _begins_table(grid: Grid, i: int, names: Sequence[str], body: Body, *, gap: bool) -> bool:
    """Another header: most of the names again but not all alike, or, after an empty row, words above other data."""
    row = grid.rows[i]
    cells = [squash(cell) for cell in row if not blank(cell)]
    if len(cells) < 2 or same_names(row, names):
        return False
    known = {squash(name) for name in names if name}
    shared = sum(cell in known for cell in cells)
    if shared >= max(2, SHARED_NAMES * max(len(cells), len(known) - 1)):
        return True
    if not gap or not body.typed or body.conforms(row) is not False:
        return False
    below = next((r for r in grid.rows[i + 1 :] if filled(r)), None)
    return below is not None and len(cells) >= 2 and Body(grid, i).conforms(row) is False and filled(below) >= 2


def _table(grid: Grid, heading: Heading, names: list[str], found: Rows) -> SourceTable:
    titles = [c.strip() for i in range(heading.start) if i not in heading.rows for c in grid.rows[i] if not blank(c)]
    faults = {grid.first + i: grid.faults[grid.first + i] for i in found.data if grid.first + i in grid.faults}
    return SourceTable(
        name=grid.name or (titles[0] if titles else ""),
        columns=names if heading.rows else [f"column_{j + 1}" for j in range(grid.width)],
        rows=[grid.rows[i] for i in found.data],
        numbers=[grid.first + i for i in found.data],
        header=tuple(grid.first + i for i in heading.rows),
        skipped=tuple((grid.first + i, why) for i, why in sorted(found.skipped) if why != BLANK_ROW),
        notes=tuple(titles), told=grid.notes,
        encoding=grid.encoding, delimiter=grid.delimiter, member=grid.member, faults=faults,
    )  # fmt: skip


def _halves(table: SourceTable) -> SourceTable:
    """A long table printed in two or more halves side by side under the same header is one table."""
    names = [squash(name) for name in table.columns]
    for parts in (2, 3, 4):
        width = len(names) // parts
        if width >= 2 and len(names) == parts * width and names[:width] * parts == names and len(set(names)) == width:
            cut = [
                (row[p * width : (p + 1) * width], n)
                for p in range(parts)
                for row, n in zip(table.rows, table.numbers, strict=True)
            ]
            kept = [(row, n) for row, n in cut if filled(row)]
            return replace(
                table, columns=table.columns[:width], rows=[r for r, _ in kept], numbers=[n for _, n in kept]
            )
    return table
