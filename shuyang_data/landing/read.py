"""A delivered file → what it holds: where the header stands, which column is which, which rows are data.

A value leaves here exactly as it stood; typing is standard's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.landing.formats import csv_text, workbook
from shuyang_data.names import DatasetId
from shuyang_data.records import Refusal

HEADER_SEARCH = 20
ENOUGH = 0.6
NOTE = re.compile(r"^\s*(合\s*计|总\s*计|小\s*计|备\s*注|说\s*明|注|数据来源|来源|制表|填表|审核)\s*[:：]?")


@dataclass(frozen=True)
class Layout:
    """What was understood of a file. columns: declared name → position; header: its 0-based row."""

    encoding: str
    delimiter: str
    header: int
    headings: tuple[str, ...]
    columns: dict[str, int]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class TextRows:
    """Data rows: (physical row number from 1, cells, fault). skipped: (row number, why) of rows that are not data."""

    rows: list[tuple[int, list[str], str | None]]
    skipped: list[tuple[int, str]]


def same_heading(text: str) -> str:
    """A heading without blanks, line breaks, brackets' width and case."""
    return re.sub(r"\s+", "", text).translate(str.maketrans("（）／", "()/")).lower()


def match_columns(headings: Sequence[str], dataset: Dataset) -> dict[str, int]:
    """declared name → position of the first heading that is its title, its name or another known heading."""
    positions: dict[str, int] = {}
    for position, heading in enumerate(headings):
        positions.setdefault(same_heading(heading), position)
    found = {}
    for column in dataset.columns:
        for known in (column.title, column.name, *column.source):
            if same_heading(known) in positions:
                found[column.name] = positions[same_heading(known)]
                break
    return found


def find_header(rows: Sequence[Sequence[str]], dataset: Dataset) -> tuple[int, dict[str, int]]:
    """The row, among the first ones, whose cells match the most declared columns; ties go to the lower row."""
    best = (0, -1, dict[str, int]())
    for number, row in enumerate(rows[:HEADER_SEARCH]):
        columns = match_columns(row, dataset)
        if len(columns) >= best[0]:
            best = (len(columns), number, columns)
    return best[1], best[2]


def understand(
    path: Path, rows: Sequence[Sequence[str]], dataset: Dataset, others: Iterable[Dataset], encoding: str = "",
    delimiter: str = "",
) -> Layout:  # fmt: skip
    """The file's layout; raise DeliveryRefusedError when it is empty, another dataset, or lacks what is required."""
    if not any(cell.strip() for row in rows for cell in row):
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "文件里没有内容", remedy="重新导出后再送")])
    header, columns = find_header(rows, dataset)
    if len(columns) < ENOUGH * len(dataset.columns):
        raise _wrong_dataset(path, rows, dataset, others, len(columns))
    lacking = [c.title for c in dataset.columns if c.required and c.name not in columns]
    if lacking:
        problem = Problem(path.name, f"没有列 {'、'.join(lacking)}", "目录声明的必填列", "按目录补齐后再送")
        raise DeliveryRefusedError(Refusal.MISSING_COLUMNS, [problem])
    headings = tuple(rows[header])
    unknown = tuple(h for n, h in enumerate(headings) if h.strip() and n not in columns.values())
    return Layout(encoding, delimiter, header, headings, columns, unknown)


def _wrong_dataset(
    path: Path, rows: Sequence[Sequence[str]], dataset: Dataset, others: Iterable[Dataset], matched: int
) -> DeliveryRefusedError:
    def fit(other: Dataset) -> float:
        return len(find_header(rows, other)[1]) / len(other.columns)

    likely: DatasetId | None = None
    ranked = sorted(others, key=fit, reverse=True)
    if ranked and fit(ranked[0]) >= ENOUGH:
        likely = ranked[0].id
    found = f"表头只对上 {matched}/{len(dataset.columns)} 列" + (f"，像是 {likely}" if likely else "")
    problem = Problem(path.name, found, f"{dataset.id}（{dataset.title}）的列", "核对文件后再送")
    return DeliveryRefusedError(Refusal.WRONG_DATASET, [problem])


def data_rows(rows: Sequence[Sequence[str]], layout: Layout, path: Path, *, whole: bool) -> TextRows:
    """The rows below the header that are data. whole: the file ends with a line end.

    A row of another width is kept with a fault; a last row cut short means that the file was truncated.
    """
    width = len(layout.headings)
    data: list[tuple[int, list[str], str | None]] = []
    skipped = [(number + 1, "标题或表头") for number in range(layout.header + 1)]
    for number, row in enumerate(rows[layout.header + 1 :], start=layout.header + 2):
        filled = [cell for cell in row if cell.strip()]
        if not filled:
            skipped.append((number, "空行"))
        elif NOTE.match(filled[0]) and len(set(filled)) <= max(2, width // 3):
            skipped.append((number, "合计或备注"))
        elif len(row) != width:
            data.append((number, [*row, *[""] * width][:width], f"{len(row)} 列，表头 {width} 列"))
        else:
            data.append((number, list(row), None))
    if data and data[-1][2] and not whole:
        problem = Problem(
            f"{path.name} 第 {data[-1][0]} 行", f"最后一行只有 {data[-1][2]}", "完整的文件", "重新导出后再送"
        )
        raise DeliveryRefusedError(Refusal.TRUNCATED, [problem])
    return TextRows(data, skipped)


def read_workbook(path: Path, dataset: Dataset, others: Iterable[Dataset]) -> tuple[Layout, TextRows]:
    """The sheet of a workbook that fits the dataset best, and its data rows."""
    sheets = [rows for _, rows in workbook.read_sheets(path)]
    best = max(sheets, key=lambda rows: len(find_header(rows, dataset)[1]), default=[])
    layout = understand(path, best, dataset, others)
    return layout, data_rows(best, layout, path, whole=True)


def csv_layout(path: Path, dataset: Dataset, others: Iterable[Dataset]) -> Layout:
    """The layout of a delimited text file, from its first rows."""
    if path.stat().st_size == 0:
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "0 字节", remedy="重新导出后再送")])
    encoding = csv_text.detect_encoding(path)
    head, delimiter = csv_text.read_head(path, encoding, HEADER_SEARCH * 5)
    return understand(path, head, dataset, others, encoding, delimiter)


def csv_rows(path: Path, layout: Layout) -> TextRows:
    """Every data row of a delimited text file, one by one: for files that are not regular."""
    rows = csv_text.read_rows(path, layout.encoding, layout.delimiter)
    return data_rows(rows, layout, path, whole=csv_text.ends_whole(path))


def is_workbook(path: Path) -> bool:
    """By content, not by name: a zip or OLE container."""
    with path.open("rb") as source:
        return source.read(4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
