"""A delivered file that is no delimited text under its dataset's contract: every part of it that fits, as one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.ledger import HEADER, TITLE, Entry, Fate, Ledger, Tally
from shuyang_data.reading.cells import blank
from shuyang_data.reading.contract import (
    HALF,
    Layout,
    find_header,
    known_headings,
    match_columns,
    names_columns,
    same_heading,
    understand,
    written_columns,
)
from shuyang_data.reading.contract_rows import RawRow, sort_rows
from shuyang_data.reading.data_rows import NARROW
from shuyang_data.reading.grid import Aside, Grid, Part, SourceTable, filled, place_of, spread
from shuyang_data.reading.read import read_parts
from shuyang_data.records import Drift, DriftKind, Refusal

HEAD_LINES = 5
STOP = re.compile("[。；！]")
HEAD_ROWS = 400


@dataclass(frozen=True)
class Delivered:
    """The rows of all parts, placed as the layout says, and what became of every part."""

    layout: Layout
    rows: list[RawRow]
    ledger: Ledger


@dataclass(frozen=True)
class _Read:
    """One part: its layout and rows, its names as values; entry: given the number that its rows are counted on from."""

    layout: Layout
    rows: list[RawRow]
    entry: Entry
    names: dict[str, str]


def read_delivered(path: Path, dataset: Dataset, others: Sequence[Dataset]) -> Delivered:
    """The parts of a file that hold the dataset, united by the names of its columns.

    The rows of a later part are numbered on after those of the first. Raises DeliveryRefusedError when no part holds
    it, or one that should cannot be used and the catalog does not allow parts.
    """
    taken: list[_Read] = []
    taken_names: set[str] = set()
    entries: list[Entry] = []
    refused: list[DeliveryRefusedError] = []
    for part in [piece for whole in read_parts(path) for piece in _pieces(whole, dataset)]:
        if isinstance(part, Aside):
            entries.append(_aside(part))
            continue
        if isinstance(part, SourceTable) and part.inside in taken_names:
            entries.append(Entry(place_of(part), Fate.LEFT_OUT, len(part.rows), why="它所在的记录已按目录读入"))
            continue
        try:
            layout = understand(place_of(part) or path.name, _as_grid(part), dataset, others)
            start = max((row[0] for row in taken[-1].rows), default=0) if taken else 0
            read = _read(part, layout, dataset, start, place_of(part) or path.name)
        except DeliveryRefusedError as error:
            refused.append(error)
            goes_on = any(_goes_on(part, read.layout) for read in taken)
            entries.append(_refused(part, dataset, error, path, goes_on=goes_on))
            continue
        taken.append(read)
        taken_names.add(part.name)
        entries.append(read.entry)
    if not taken:
        raise _none_fits(path, refused, entries)
    _require_all(dataset, entries, path)
    return _united(taken, entries, dataset)


def _pieces(part: Part, dataset: Dataset) -> list[Part]:
    """A sheet in which a header with other columns follows is several tables."""
    if not isinstance(part, Grid):
        return [part]
    known = known_headings(dataset)
    heads = [n for n, row in enumerate(part.rows) if not known.isdisjoint(row) and names_columns(row, dataset)]
    bounds = [0]
    for before, n in zip(heads, heads[1:], strict=False):
        # Two rows that name half of the columns each are one header.
        if n > before + 1 and _named(part.rows[n], dataset) != _named(part.rows[before], dataset):
            bounds.append(n)
    ends = [*bounds[1:], len(part.rows)]
    return [part] if len(bounds) == 1 else [_cut(part, a, b) for a, b in zip(bounds, ends, strict=True)]


def _named(row: Sequence[str], dataset: Dataset) -> set[str]:
    return set(match_columns(row, dataset)[0])


def _cut(grid: Grid, first: int, end: int) -> Grid:
    merged = tuple((t - first, a, b - first, z) for t, a, b, z in grid.merged if t >= first and b < end)
    return replace(grid, rows=grid.rows[first:end], merged=merged, first=grid.first + first)


def _as_grid(part: Grid | SourceTable) -> Grid:
    if isinstance(part, Grid):
        return part
    return Grid([part.columns, *part.rows[:HEAD_ROWS]], part.name, handmade=False)


def _read(part: Grid | SourceTable, layout: Layout, dataset: Dataset, start: int, place: str) -> _Read:
    tally = Tally(place, start)
    if isinstance(part, SourceTable):
        rows: list[RawRow] = [
            (number, row, part.faults.get(number)) for number, row in zip(part.numbers, part.rows, strict=True)
        ]
        for number, why in part.skipped:
            tally.leave_out(number, why)
        tally.notes += part.told
        entry = tally.entry(len(rows), len(rows) + len(part.skipped))
    else:
        grid = spread(part, layout.header + 1)
        rows = _grid_rows(grid, layout, dataset, tally)
        tally.notes += grid.notes
        entry = tally.entry(len(rows), len(grid.rows))
    names = {c.name: part.name if c.part == "sheet" else part.member for c in dataset.columns if c.part is not None}
    return _Read(layout, [(start + number, cells, fault) for number, cells, fault in rows], entry, names)


def _grid_rows(grid: Grid, layout: Layout, dataset: Dataset, tally: Tally) -> list[RawRow]:
    for n in range(layout.header + 1):
        is_title = filled(grid.rows[n]) < 2 and n < layout.header
        tally.leave_out(grid.first + n, TITLE if is_title else HEADER)
    spanned = {grid.first + row for row in grid.captions}
    records = enumerate(grid.rows[layout.header + 1 :], start=grid.first + layout.header + 1)
    rows = sort_rows(
        records, layout, dataset, tally, handmade=grid.handmade, spanned=spanned,
        headers=grid.rows[max(0, layout.header - 1) : layout.header + 1],
    )  # fmt: skip
    return [(number, cells, fault or grid.faults.get(number)) for number, cells, fault in rows]


def _aside(part: Aside) -> Entry:
    fate = Fate.UNUSABLE if part.unusable else Fate.LEFT_OUT
    return Entry(place_of(part), fate, part.rows, why=part.why)


def _goes_on(part: Grid | SourceTable, layout: Layout) -> bool:
    """Whether a sheet without a header has rows like those of one with it, as where a long list was continued."""
    rows = [row for row in part.rows[:HEAD_LINES] if filled(row)]
    named = sum(not blank(heading) for heading in layout.headings)
    if not isinstance(part, Grid) or not rows or named < NARROW:
        return False
    if not layout.body.size:
        return all(filled(row) == named for row in rows)
    alike = (sum(layout.body.resembles(n, cell) for n, cell in enumerate(row) if not blank(cell)) for row in rows)
    return all(like > named / 2 and filled(row) <= named for like, row in zip(alike, rows, strict=True))


def _refused(
    part: Grid | SourceTable, dataset: Dataset, error: DeliveryRefusedError, path: Path, *, goes_on: bool
) -> Entry:
    """A part that names half of the contract's columns should have been data, and one that goes on with another."""
    header, _, columns, _ = find_header(_as_grid(part), dataset)
    heads = [part.columns] if isinstance(part, SourceTable) else part.rows[:HEAD_LINES]
    named = max(len(columns), *(_spoken(row, dataset) for row in heads), 0)
    is_owed = goes_on or error.code != Refusal.EMPTY and named >= HALF * max(1, len(written_columns(dataset)))
    rows = len(part.rows) if isinstance(part, SourceTable) else sum(filled(row) > 0 for row in part.rows[header + 1 :])
    why = "；".join(problem.found for problem in error.problems)
    return Entry(place_of(part) or path.name, Fate.UNUSABLE if is_owed else Fate.LEFT_OUT, rows, why=why)


def _spoken(row: Sequence[str], dataset: Dataset) -> int:
    """How many columns a row names, whatever parts its names; a sentence that speaks of them is no header."""
    said = same_heading("".join(cell for cell in row if not STOP.search(cell)))
    return sum(
        any(len(name) > 1 and same_heading(name) in said for name in (column.title, *column.source))
        for column in written_columns(dataset)
    )


def _none_fits(path: Path, refused: Sequence[DeliveryRefusedError], entries: Sequence[Entry]) -> DeliveryRefusedError:
    """What is wrong with the part that fits best."""
    order = [Refusal.PART, Refusal.MISSING_COLUMNS, Refusal.WRONG_DATASET, Refusal.EMPTY]
    unread = [Problem(entry.place, entry.why) for entry in entries if entry.fate is Fate.UNUSABLE]
    if not refused and unread:
        return DeliveryRefusedError(Refusal.UNREADABLE, unread, tuple(entries))
    empty = DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "文件里没有表", remedy="重新导出后再送")])
    best = min(refused, key=lambda error: order.index(Refusal(error.code)), default=empty)
    return DeliveryRefusedError(best.code, best.problems, tuple(entries))


def _require_all(dataset: Dataset, entries: Sequence[Entry], path: Path) -> None:
    unusable = [entry for entry in entries if entry.fate is Fate.UNUSABLE]
    if unusable and dataset.delivery.parts == "all":
        remedy = "改正后整份再送；或在目录里写 delivery: {parts: any}，只用读得了的部分"
        problems = [
            Problem(
                f"{path.name} {entry.place}",
                f"{entry.why}{f'（{entry.rows:,} 行）' if entry.rows else ''}",
                "每一部分都能用",
                remedy,
            )
            for entry in unusable
        ]
        raise DeliveryRefusedError(Refusal.PART, problems, tuple(entries))


def _united(taken: Sequence[_Read], entries: Sequence[Entry], dataset: Dataset) -> Delivered:
    """The rows of all parts under one layout: a column that only a later part has is empty in the others."""
    drift = tuple(dict.fromkeys(each for read in taken for each in read.layout.drift))
    unusable = (e for e in entries if e.fate is Fate.UNUSABLE)
    drift += tuple(Drift(DriftKind.PART, found=f"{entry.place}（{entry.why}）") for entry in unusable)
    first = taken[0]
    if len(taken) == 1 and not first.names:
        return Delivered(replace(first.layout, drift=drift), first.rows, tuple(entries))
    found = {name for read in taken for name in (*read.layout.columns, *read.names)}
    columns = [column.name for column in dataset.columns if column.name in found]
    written = {name for read in taken for name in read.layout.columns}
    missing = {column.title for column in written_columns(dataset) if column.name not in written}
    drift = tuple(each for each in drift if each.kind is not DriftKind.MISSING or each.column in missing)
    layout = replace(first.layout, columns={name: place for place, name in enumerate(columns)}, drift=drift)
    rows = [row for read in taken for row in map(_placing(read, columns), read.rows)]
    return Delivered(layout, rows, tuple(entries))


def _placing(read: _Read, columns: Sequence[str]) -> Callable[[RawRow], RawRow]:
    places = [read.layout.columns.get(name) for name in columns]
    constant = [read.names.get(name, "") for name in columns]

    def placed(row: RawRow) -> RawRow:
        number, cells, fault = row
        return number, [cells[p] if p is not None else c for p, c in zip(places, constant, strict=True)], fault

    return placed
