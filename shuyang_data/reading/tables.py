"""The tables of a grid: where each begins and ends, and which of its rows are data.

Rows that are not data — titles, notes, sources, totals, captions between the rows, repeated headers — are left out with
a reason, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from shuyang_data.reading.cells import blank, squash
from shuyang_data.reading.grid import Grid, SourceTable, filled
from shuyang_data.reading.headings import Body, Heading, flatten, is_section, locate, same_names

NOTE = re.compile(
    r"^\s*(?:[（(]?\s*)?(?:注|备\s*注|说\s*明|附\s*注|数据来源|资料来源|来\s*源|填表说明|制表人?|制表日期|填表人?|填报人|填报单位|填报日期|报出日期|审核人?|复核人?|负责人|联系电话|统计负责人|"
    r"单位负责人|Notes?|Sources?|a\)|更多数据)\s*(?:[:：,，].*|\d*[.、].*|)$",
    re.DOTALL | re.IGNORECASE,
)
# The characters that a note or a total begins with: to look for them in many rows at little cost.
NOTE_STARTS = "（(注备说附数资来填制报审复负联统单NnSsaA更合总小本累"
TOTAL = re.compile(r"^\s*(?:合\s*计|总\s*计|小\s*计|本页小计|累\s*计)\s*[:：]?\s*$")
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
    found = Rows(
        [], [(i, "表头" if i in heading.rows else "标题") for i in range(heading.start) if filled(grid.rows[i])]
    )
    body = Body(grid, heading.start) if heading.rows else None
    gap = False
    for i in range(heading.start, len(grid.rows)):
        if filled(grid.rows[i]) == 0:
            gap = True
            continue
        again = restart and bool(found.data) and same_names(grid.rows[i], names)
        if heading.rows and (again or _begins_table(grid, i, names, body, gap=gap)):
            found.rest = i
            break
        reason = _why_not_data(grid, i, heading, names, after=bool(found.data))
        if reason:
            found.skipped.append((i, reason))
        else:
            found.data.append(i)
        gap = False
    _set_tail_apart(grid, heading, found)
    return found


def _why_not_data(grid: Grid, i: int, heading: Heading, names: Sequence[str], *, after: bool) -> str | None:
    row = grid.rows[i]
    cells = [cell for cell in row if not blank(cell)]
    if heading.rows and (same_names(row, names) or any(same_names(row, grid.rows[h]) for h in heading.rows)):
        return "重复表头"
    if _is_note(row) or (NOTE.match(cells[0]) and len(set(cells)) <= max(1, grid.width // 3)):
        return "备注或来源"
    if after and TOTAL.match(cells[0]):
        return "合计"
    if grid.handmade and heading.rows and is_section(grid, i):
        return "分节标题"
    return None


def _begins_table(grid: Grid, i: int, names: Sequence[str], body: Body | None, *, gap: bool) -> bool:
    """Another header: most of the names again but not all alike, or, after an empty row, words above other data."""
    row = grid.rows[i]
    cells = [squash(cell) for cell in row if not blank(cell)]
    if len(cells) < 2 or same_names(row, names):
        return False
    known = {squash(name) for name in names if name}
    shared = sum(cell in known for cell in cells)
    if shared >= max(2, SHARED_NAMES * max(len(cells), len(known) - 1)):
        return True
    if not gap or body is None or not body.typed or body.conforms(row) is not False:
        return False
    below = next((r for r in grid.rows[i + 1 :] if filled(r)), None)
    return below is not None and len(cells) >= 2 and Body(grid, i).conforms(row) is False and filled(below) >= 2


def _set_tail_apart(grid: Grid, heading: Heading, found: Rows) -> None:
    """Single cells below the last row that looks like data are notes that go on, advertisements, signatures."""
    body = Body(grid, heading.start)
    noted = bool(found.skipped) and found.skipped[-1][1] == "备注或来源"
    while found.data and grid.width >= 2 and body.typed and (grid.handmade or noted):
        last = found.data[-1]
        if filled(grid.rows[last]) > 1 or body.conforms(grid.rows[last]):
            return
        found.skipped.append((found.data.pop(), "备注或来源"))


def _table(grid: Grid, heading: Heading, names: list[str], found: Rows) -> SourceTable:
    titles = [c.strip() for i in range(heading.start) if i not in heading.rows for c in grid.rows[i] if not blank(c)]
    return SourceTable(
        name=grid.name or (titles[0] if titles else ""),
        columns=names if heading.rows else [f"column_{j + 1}" for j in range(grid.width)],
        rows=[grid.rows[i] for i in found.data],
        numbers=[grid.first + i for i in found.data],
        header=tuple(grid.first + i for i in heading.rows),
        skipped=tuple((grid.first + i, why) for i, why in sorted(found.skipped)),
        notes=tuple(titles),
    )


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
