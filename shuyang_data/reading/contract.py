"""What a delivery holds, seen from what the catalog declares: header, columns, data rows, and how far the file has
drifted from the contract.

A value leaves here exactly as it stood; typing is standard's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.characters import half_width
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.names import DatasetId
from shuyang_data.reading.cells import Kind, blank, kind_of, squash
from shuyang_data.reading.data_rows import NOTE
from shuyang_data.reading.formats.dialect import Dialect
from shuyang_data.reading.grid import Grid, filled
from shuyang_data.reading.headings import Body, flatten, goes_on_below, locate
from shuyang_data.records import Drift, DriftKind, Refusal

HEADER_SEARCH = 20
ENOUGH, HALF = 0.6, 0.5
RETYPED_SHARE = 0.8
SAMPLE = 200
UNIT = re.compile(r"[(（\[【].*?[)）\]】]")
# What templates mark a column with that has to be filled.
REQUIRED = "*★☆"
NUMERIC, DATED = (Type.INTEGER, Type.DECIMAL), (Type.DATE, Type.DATETIME)


@dataclass(frozen=True)
class Layout:
    """What was understood of a file. columns: declared name → position; header: its 0-based record, -1 without one.

    first_line: the 0-based line where the data of a text begin. body: what the rows look like. beneath: rows
    of the header below the names, which number the columns or say their units.
    """

    headings: tuple[str, ...]
    columns: dict[str, int]
    header: int = -1
    drift: tuple[Drift, ...] = ()
    encoding: str = ""
    dialect: Dialect = field(default_factory=Dialect)
    first_line: int = 0
    regular: bool = False
    body: Body = field(default_factory=lambda: Body(Grid([]), 0))
    beneath: int = 0

    @property
    def unnamed(self) -> tuple[int, ...]:
        """Positions without a heading: what stands there is no column's."""
        return tuple(n for n, name in enumerate(self.headings) if blank(name) and n not in self.columns.values())


def same_heading(text: str) -> str:
    """A heading without blanks, line breaks, width and case."""
    return half_width(squash(text)).lower()


def _last_word(heading: str) -> str:
    return same_heading(heading.split(" ")[-1].split(".")[-1]) if re.search(r"[ .]", heading) else ""


def _without_unit(heading: str) -> str:
    return same_heading(UNIT.sub("", heading)).strip(REQUIRED)


# How a heading may name a column, the surest way first: as declared, by its last word under a group, without its unit.
WAYS: tuple[Callable[[str], str], ...] = (same_heading, _last_word, _without_unit)


def match_columns(headings: Sequence[str], dataset: Dataset) -> tuple[dict[str, int], tuple[Drift, ...]]:
    """(declared name → position, columns that were found only under a changed heading)."""
    matched: dict[str, int] = {}
    renamed: list[Drift] = []
    for way in WAYS:
        positions: dict[str, int] = {}
        for position, heading in enumerate(headings):
            if position not in matched.values() and way(heading):
                positions.setdefault(way(heading), position)
        for column in written_columns(dataset):
            known = [same_heading(name) for name in (column.title, column.name, *column.source)]
            position = next((positions[name] for name in known if name in positions), -1)
            if column.name not in matched and position >= 0 and position not in matched.values():
                matched[column.name] = position
                if way is not WAYS[0]:
                    renamed.append(Drift(DriftKind.RENAMED, column.title, headings[position]))
    return matched, tuple(renamed)


def written_columns(dataset: Dataset) -> list[Column]:
    """The columns that stand in the rows; the others are the name of the sheet or member that the rows are in."""
    return [column for column in dataset.columns if column.part is None]


def names_columns(row: Sequence[str], dataset: Dataset) -> bool:
    """Whether a row is a header: it names half of what the contract declares, and hardly anything else."""
    named = match_columns(row, dataset)[0]
    return len(named) >= max(2, HALF * len(written_columns(dataset)), HALF * sum(not blank(cell) for cell in row))


def known_headings(dataset: Dataset) -> frozenset[str]:
    """Every spelling under which the contract knows a column."""
    return frozenset(name for c in written_columns(dataset) for name in (c.title, c.name, *c.source))


def find_header(grid: Grid, dataset: Dataset) -> tuple[int, Sequence[str], dict[str, int], tuple[Drift, ...]]:
    """(row, headings, columns, drift) of what names the most declared columns among the first rows.

    One row is tried after the other, of equal ones the first is taken; then the header of several rows, joined.
    """
    best: tuple[int, Sequence[str], dict[str, int], tuple[Drift, ...]] = (-1, (), {}, ())
    for number, row in enumerate(grid.rows[:HEADER_SEARCH]):
        columns, drift = match_columns(row, dataset)
        better = (len(columns), -len(drift)) > (len(best[2]), -len(best[3]))
        if better or (best[0] == number - 1 and columns == best[2] and list(row) == list(best[1])):
            best = (number, row, columns, drift)
    if len(best[2]) == len(written_columns(dataset)):
        return best
    head = replace(grid, rows=grid.rows[: 2 * SAMPLE])
    heading = locate(head)
    if heading is not None and len(heading.rows) > 1:
        names = flatten(head, heading.rows)
        columns, drift = match_columns(names, dataset)
        if len(columns) > len(best[2]):
            return heading.start - 1, names, columns, drift
    return best


def understand(place: str, grid: Grid, dataset: Dataset, others: Iterable[Dataset]) -> Layout:
    """The layout of a sheet or of a text's first rows. place: its name, for messages.

    Raises DeliveryRefusedError when it is empty, another dataset, lacks what is required, or names half of the
    contract's columns and still cannot be used.
    """
    if not any(cell.strip() for row in grid.rows for cell in row):
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(place, "文件里没有内容", remedy="重新导出后再送")])
    header, headings, columns, renamed = find_header(grid, dataset)
    if len(columns) < ENOUGH * len(written_columns(dataset)):
        raise _wrong_dataset(place, grid, dataset, others, len(columns))
    lacking = [c.title for c in written_columns(dataset) if c.required and c.name not in columns]
    if lacking:
        problem = Problem(place, f"没有列 {'、'.join(lacking)}", "目录声明的必填列", "按目录补齐后再送")
        raise DeliveryRefusedError(Refusal.MISSING_COLUMNS, [problem])
    _refuse_doubles(place, grid, header, headings, columns, dataset)
    beneath = sum(1 for _ in takewhile(lambda n: goes_on_below(grid, n), range(header + 1, len(grid.rows))))
    header += beneath
    body = Body(_above_gap(replace(grid, rows=grid.rows[: header + 1 + 2 * SAMPLE]), header + 1), header + 1)
    _refuse_data_above(place, grid, header, body)
    sample = grid.rows[header + 1 : header + 1 + SAMPLE]
    drift = (*renamed, *_drift(headings, columns, dataset), *_retyped(sample, columns, dataset))
    return Layout(tuple(headings), columns, header, drift, body=body, beneath=beneath)


def _above_gap(grid: Grid, start: int) -> Grid:
    """The grid to its first empty row below some rows of data: what stands below may be another table."""
    first = next((n for n in range(start, len(grid.rows)) if filled(grid.rows[n])), start)
    gap = next((n for n in range(first, len(grid.rows)) if not filled(grid.rows[n])), len(grid.rows))
    return replace(grid, rows=grid.rows[:gap])


def _refuse_doubles(
    place: str, grid: Grid, header: int, headings: Sequence[str], columns: dict[str, int], dataset: Dataset
) -> None:
    """Raise DeliveryRefusedError where the header names the contract's columns once more beside themselves, or a column
    has several under it: which of them is meant nobody knows.
    """
    others = ["" if n in columns.values() else heading for n, heading in enumerate(headings)]
    again = match_columns(others, dataset)[0]
    doubled = [column for column in dataset.columns if column.name in again]
    exact = [c for c in doubled if _is_sure(others[again[c.name]], c)]
    is_half = len(exact) >= max(2, HALF * len(columns))
    unclear = [c for c in doubled if not _is_sure(headings[columns[c.name]], c)]
    is_one_row = header >= 0 and list(grid.rows[header]) == list(headings)
    wide = [c for c in dataset.columns if is_one_row and c.name in columns and _is_wide(grid, header, columns[c.name])]
    named = "、".join(column.title for column in (exact if is_half else [*unclear, *wide]))
    if named:
        found = f"表头里 {named} 有两列或者下面还分几列，不知道取哪一列"
        problem = Problem(place, found, "每个信息项一列", "并排的两半接成上下一张表；分开的列按目录合成一列，或改目录")
        raise DeliveryRefusedError(Refusal.PART, [problem])


def _is_sure(heading: str, column: Column) -> bool:
    """Whether the heading is one that the catalog declares, and not only its last word or without its unit."""
    return same_heading(heading) in {same_heading(name) for name in (column.title, column.name, *column.source)}


def _is_wide(grid: Grid, header: int, place: int) -> bool:
    """Whether a heading is merged over several columns that hold something below it."""
    below = grid.rows[header + 1 :]
    return any(
        top <= header <= bottom and left <= place < right
        and any(not blank(row[n]) for row in below for n in range(left, right + 1) if n != place)
        for top, left, bottom, right in grid.merged
    )  # fmt: skip


def _refuse_data_above(place: str, grid: Grid, header: int, body: Body) -> None:
    rows = {n: grid.rows[n] for n in range(header) if not any(map(NOTE.match, grid.rows[n]))}
    above = [n for n, row in rows.items() if filled(row) > grid.width / 2 and body.conforms(row)]
    if above:
        found = f"表头在第 {grid.first + header} 行，它上面的第 {grid.first + above[0]} 行像是数据"
        raise DeliveryRefusedError(Refusal.PART, [Problem(place, found, "表头在数据上面", "把表头移到最上面再送")])


def _drift(headings: Sequence[str], columns: dict[str, int], dataset: Dataset) -> Iterator[Drift]:
    for column in written_columns(dataset):
        if column.name not in columns:
            yield Drift(DriftKind.MISSING, column.title)
    for position, heading in enumerate(headings):
        if heading.strip() and position not in columns.values():
            yield Drift(DriftKind.NEW, found=heading.strip())
    positions = [columns[column.name] for column in dataset.columns if column.name in columns]
    if positions != sorted(positions):
        names = [headings[position].strip() for position in sorted(positions)]
        yield Drift(DriftKind.REORDERED, found="、".join(names))


def _retyped(sample: Sequence[Sequence[str]], columns: dict[str, int], dataset: Dataset) -> Iterator[Drift]:
    """Columns of numbers or dates in which hardly any value is one."""
    for column in dataset.columns:
        if column.name not in columns or column.type not in (*NUMERIC, *DATED):
            continue
        kinds = [kind_of(row[columns[column.name]]) for row in sample if len(row) > columns[column.name]]
        kinds = [kind for kind in kinds if kind is not Kind.BLANK]
        unlike = (Kind.TEXT, Kind.DATE) if column.type in NUMERIC else (Kind.TEXT,)
        if len(kinds) > 1 and sum(kind in unlike for kind in kinds) >= RETYPED_SHARE * len(kinds):
            yield Drift(
                DriftKind.RETYPED,
                column.title,
                {Kind.TEXT: "文字", Kind.DATE: "日期"}[kinds[0]] if kinds[0] in unlike else "",
            )


def _wrong_dataset(
    place: str, grid: Grid, dataset: Dataset, others: Iterable[Dataset], matched: int
) -> DeliveryRefusedError:
    likely = likely_dataset(grid, others)
    found = f"表头只对上 {matched}/{len(written_columns(dataset))} 列" + (f"，像是 {likely}" if likely else "")
    problem = Problem(place, found, f"{dataset.id}（{dataset.title}）的列", "核对文件后再送")
    return DeliveryRefusedError(Refusal.WRONG_DATASET, [problem])


def fit(grid: Grid, dataset: Dataset) -> float:
    """The share of the declared columns that the first rows name."""
    return len(find_header(grid, dataset)[2]) / max(1, len(written_columns(dataset)))


def likely_dataset(grid: Grid, datasets: Iterable[Dataset]) -> DatasetId | None:
    """The dataset whose columns the grid names best; None when no one fits."""
    best = max(((fit(grid, dataset), dataset.id) for dataset in datasets), key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= ENOUGH else None
