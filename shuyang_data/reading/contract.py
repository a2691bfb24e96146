"""What a delivery holds, seen from what the catalog declares: header, columns, data rows, and how far the file has
drifted from the contract.

A value leaves here exactly as it stood; typing is standard's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.names import DatasetId
from shuyang_data.reading.cells import Kind, kind_of
from shuyang_data.reading.formats.dialect import Dialect
from shuyang_data.reading.grid import Grid
from shuyang_data.reading.headings import flatten, locate
from shuyang_data.reading.tables import NOTE, NOTE_STARTS, TOTAL
from shuyang_data.records import Drift, DriftKind, Refusal

HEADER_SEARCH = 20
ENOUGH = 0.6
RETYPED_SHARE = 0.8
SAMPLE = 200
UNIT = re.compile(r"[(（\[【].*?[)）\]】]")
NUMERIC, DATED = (Type.INTEGER, Type.DECIMAL), (Type.DATE, Type.DATETIME)
RawRow = tuple[int, Sequence[str], str | None]


@dataclass(frozen=True)
class Layout:
    """What was understood of a file. columns: declared name → position; header: its 0-based record, -1 without one.

    first_line: the 0-based line where the data of a text begin.
    """

    headings: tuple[str, ...]
    columns: dict[str, int]
    header: int = -1
    drift: tuple[Drift, ...] = ()
    encoding: str = ""
    dialect: Dialect = field(default_factory=Dialect)
    first_line: int = 0
    regular: bool = False


def same_heading(text: str) -> str:
    """A heading without blanks, line breaks, brackets' width and case."""
    return re.sub(r"\s+", "", text).translate(str.maketrans("（）／：", "()/:")).lower()


def _last_word(heading: str) -> str:
    return same_heading(heading.split(" ")[-1].split(".")[-1]) if re.search(r"[ .]", heading) else ""


def _without_unit(heading: str) -> str:
    return same_heading(UNIT.sub("", heading))


# How a heading may name a column, the surest way first: as declared, by its last word under a group, without its unit.
WAYS: tuple[Callable[[str], str], ...] = (same_heading, _last_word, _without_unit)


def match_columns(headings: Sequence[str], dataset: Dataset) -> tuple[dict[str, int], tuple[Drift, ...]]:
    """(declared name → position, columns that were found only under a changed heading)."""
    found: dict[str, int] = {}
    renamed: list[Drift] = []
    for way in WAYS:
        positions: dict[str, int] = {}
        for position, heading in enumerate(headings):
            if position not in found.values() and way(heading):
                positions.setdefault(way(heading), position)
        for column in dataset.columns:
            known = [same_heading(name) for name in (column.title, column.name, *column.source)]
            position = next((positions[name] for name in known if name in positions), -1)
            if column.name not in found and position >= 0 and position not in found.values():
                found[column.name] = position
                if way is not WAYS[0]:
                    renamed.append(Drift(DriftKind.RENAMED, column.title, headings[position]))
    return found, tuple(renamed)


def find_header(grid: Grid, dataset: Dataset) -> tuple[int, Sequence[str], dict[str, int], tuple[Drift, ...]]:
    """(row, headings, columns, drift) of what names the most declared columns among the first rows.

    One row is tried after the other, ties go to the lower one; then the header of several rows, joined.
    """
    best: tuple[int, Sequence[str], dict[str, int], tuple[Drift, ...]] = (-1, (), {}, ())
    for number, row in enumerate(grid.rows[:HEADER_SEARCH]):
        columns, drift = match_columns(row, dataset)
        if (len(columns), -len(drift)) >= (len(best[2]), -len(best[3])):
            best = (number, row, columns, drift)
    if len(best[2]) == len(dataset.columns):
        return best
    head = replace(grid, rows=grid.rows[: 2 * SAMPLE])
    heading = locate(head)
    if heading is not None and len(heading.rows) > 1:
        names = flatten(head, heading.rows)
        columns, drift = match_columns(names, dataset)
        if len(columns) > len(best[2]):
            return heading.start - 1, names, columns, drift
    return best


def understand(path: Path, grid: Grid, dataset: Dataset, others: Iterable[Dataset]) -> Layout:
    """The layout of a sheet or of a text's first rows.

    Raises DeliveryRefusedError when it is empty, another dataset, or lacks what is required.
    """
    if not any(cell.strip() for row in grid.rows for cell in row):
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "文件里没有内容", remedy="重新导出后再送")])
    header, headings, columns, renamed = find_header(grid, dataset)
    if len(columns) < ENOUGH * len(dataset.columns):
        raise _wrong_dataset(path, grid, dataset, others, len(columns))
    lacking = [c.title for c in dataset.columns if c.required and c.name not in columns]
    if lacking:
        problem = Problem(path.name, f"没有列 {'、'.join(lacking)}", "目录声明的必填列", "按目录补齐后再送")
        raise DeliveryRefusedError(Refusal.MISSING_COLUMNS, [problem])
    sample = grid.rows[header + 1 : header + 1 + SAMPLE]
    drift = (*renamed, *_drift(headings, columns, dataset), *_retyped(sample, columns, dataset))
    return Layout(tuple(headings), columns, header, drift)


def _drift(headings: Sequence[str], columns: dict[str, int], dataset: Dataset) -> Iterator[Drift]:
    for column in dataset.columns:
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
    path: Path, grid: Grid, dataset: Dataset, others: Iterable[Dataset], matched: int
) -> DeliveryRefusedError:
    likely = likely_dataset(grid, others)
    found = f"表头只对上 {matched}/{len(dataset.columns)} 列" + (f"，像是 {likely}" if likely else "")
    problem = Problem(path.name, found, f"{dataset.id}（{dataset.title}）的列", "核对文件后再送")
    return DeliveryRefusedError(Refusal.WRONG_DATASET, [problem])


def fit(grid: Grid, dataset: Dataset) -> float:
    """The share of the declared columns that the first rows name."""
    return len(find_header(grid, dataset)[2]) / len(dataset.columns)


def likely_dataset(grid: Grid, datasets: Iterable[Dataset]) -> DatasetId | None:
    """The dataset whose columns the grid names best; None when no one fits."""
    best = max(((fit(grid, dataset), dataset.id) for dataset in datasets), key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= ENOUGH else None


def sort_rows(records: Iterable[tuple[int, Sequence[str]]], layout: Layout, skipped: Counter[str]) -> Iterator[RawRow]:
    """The records that are data: (number from 1, cells, fault); what is none is counted by its reason.

    A row of another width is kept with a fault.
    """
    width = len(layout.headings)
    unlikely = {*NOTE_STARTS, *layout.headings[0][:1]}
    for number, row in records:
        first = row[0] if row else ""
        if len(row) == width and first and first[0] not in unlikely and not first[0].isspace():
            yield number, row, None
            continue
        if not first or first.isspace():
            first = next((cell for cell in row if cell and not cell.isspace()), "")
        if not first:
            skipped["空行"] += 1
        elif (NOTE.match(first) or TOTAL.match(first)) and len({c for c in row if c.strip()}) <= max(2, width // 3):
            skipped["合计或备注"] += 1
        elif list(row) == list(layout.headings):
            skipped["重复表头"] += 1
        elif len(row) != width:
            yield number, [*row, *[""] * width][:width], f"{len(row)} 列，表头 {width} 列"
        else:
            yield number, row, None
