"""A delimited text under its dataset's contract: its layout, and its rows one by one with their numbers."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.ledger import HEADER, TITLE, Entry, Tally
from shuyang_data.reading.content import Content, recognise
from shuyang_data.reading.contract import HALF, HEADER_SEARCH, Layout, fit, known_headings, understand, written_columns
from shuyang_data.reading.contract_rows import RawRow, sort_rows
from shuyang_data.reading.formats.chunks import ASCII_LIKE, LONGEST_LINE, stream_records
from shuyang_data.reading.formats.delimited import CONFLICT, detect_encoding, ends_whole, split_lines
from shuyang_data.reading.formats.dialect import DELIMITERS, Dialect, detect_dialect, dialect_with
from shuyang_data.reading.formats.lines import read_rows
from shuyang_data.reading.grid import Grid, make_grid
from shuyang_data.records import Refusal

HEAD = 1 << 20
HEAD_ROWS = 400
# Carriage returns alone, and zero bytes: not for the engine's own reader.
UNUSUAL = re.compile("\r(?!\n)|\x00")


def is_text(path: Path) -> bool:
    """Whether the file is delimited text, by its content; an empty file is one too."""
    return recognise(path) in (Content.DELIMITED, Content.EMPTY)


def text_layout(path: Path, dataset: Dataset, others: Iterable[Dataset]) -> Layout:
    """The layout of a delimited text, from its first rows; raise DeliveryRefusedError as `understand` does."""
    if recognise(path) is Content.EMPTY:
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "文件里没有内容", remedy="重新导出后再送")])
    encoding = detect_encoding(path, quick=True)
    text = _head(path, encoding)
    lines = split_lines(text)[: HEAD_ROWS * 2]
    dialect = _dialect(lines, dataset)
    _refuse_aligned(path, text, dialect)
    records, grid = _records(lines, dialect)
    width = dialect.width
    layout = understand(path.name, grid, dataset, others)
    first_line = records[layout.header + 1][0] if layout.header + 1 < len(records) else len(lines)
    layout = _with_its_own_width(layout, [cells for _, cells in records])
    plain = dialect.quote == '"' and not dialect.padded and not dialect.escaped
    regular = (
        plain
        and not layout.unnamed
        and encoding in ASCII_LIKE
        and width > 1
        and dialect.delimiter.isascii()
        and "\n" in text
        and not UNUSUAL.search(text)
    )
    return replace(layout, encoding=encoding, dialect=dialect, first_line=first_line, regular=regular)


def _dialect(lines: Sequence[str], dataset: Dataset) -> Dialect:
    """The dialect in which the lines agree best, unless another delimiter makes the header name more columns."""
    found = detect_dialect(lines)
    if fit(_records(lines, found)[1], dataset) == 1:
        return found
    others = [dialect_with(lines, mark) for mark in (*DELIMITERS, *_between_headings(lines, dataset))]
    return max([found, *others], key=lambda dialect: fit(_records(lines, dialect)[1], dataset))


def _between_headings(lines: Sequence[str], dataset: Dataset) -> list[str]:
    """What stands between the contract's headings in a line that names half of them: that parts its columns."""
    known = sorted(known_headings(dataset), key=len, reverse=True)
    headings = re.compile("|".join(map(re.escape, known)))
    marks: list[str] = []
    for line in lines[:HEADER_SEARCH]:
        between = headings.split(line)[1:-1]
        if len(between) >= HALF * len(written_columns(dataset)) - 1:
            marks += [gap.strip()[0] for gap in between if gap.strip() and not gap.strip()[0].isalnum()]
    return list(dict.fromkeys(marks))


def _refuse_aligned(path: Path, text: str, dialect: Dialect) -> None:
    """Blanks that align the columns part them in no one place."""
    rows = [line for line in text.splitlines() if line.strip()]
    if dialect.delimiter == " " and sum("  " in row.strip() for row in rows) > len(rows) / 2:
        problem = Problem(path.name, "列是用多个空格对齐的（定宽文本）", "用一个分隔符分列的文本", "另存为 CSV 再送")
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])


def _records(lines: Sequence[str], dialect: Dialect) -> tuple[list[tuple[int, list[str]]], Grid]:
    """The first records with the lines that they begin on, and as a grid of the dialect's width."""
    records = list(islice(read_rows(lines, dialect), HEAD_ROWS))
    rows = [(cells + [""] * dialect.width)[: dialect.width] for _, cells in records]
    return records, make_grid(rows, handmade=False)


def _head(path: Path, encoding: str) -> str:
    """The first lines; raise DeliveryRefusedError for a line without an end, or marks of an unfinished merge."""
    with path.open("rb") as source:
        content = source.read(HEAD)
        text = codecs.getincrementaldecoder(encoding)("replace").decode(content)
        while not ("\n" in text or "\r" in text) and len(content) == HEAD:
            if len(text) > LONGEST_LINE:
                problem = Problem(path.name, f"有一行超过 {LONGEST_LINE >> 20} MB", "分行的文本", "重新导出后再送")
                raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])
            content = source.read(HEAD)
            text += codecs.getincrementaldecoder(encoding)("replace").decode(content)
        whole = not source.peek(1)
    if CONFLICT.search(text):
        problem = Problem(
            path.name, "文件里有版本冲突标记（<<<<<<< ======= >>>>>>>）", "合并完成的文件", "重新导出后再送"
        )
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])
    cut = max(text.rfind("\n"), text.rfind("\r"))
    return text if whole or cut < 0 else text[: cut + 1]


def _with_its_own_width(layout: Layout, records: Sequence[Sequence[str]]) -> Layout:
    """A header with more or fewer cells than the rows stays so: then the rows do not fit it, and are told."""
    if layout.header < 0 or layout.header >= len(records):
        return layout
    row, width = records[layout.header], len(layout.headings)
    named = [cell for cell in row if cell.strip()]
    if len(row) == width or len(named) == width:
        return layout
    return replace(layout, headings=tuple(row)) if list(layout.headings) == [*row, *[""] * width][:width] else layout


@dataclass
class Counted:
    """How many records went by."""

    records: int = 0


def head_tally(path: Path, layout: Layout) -> Tally:
    """A tally of the text in which what stands above its data is counted already."""
    tally = Tally(path.name)
    for n in range(layout.header + 1):
        tally.leave_out(n + 1, HEADER if n >= layout.header - layout.beneath else TITLE)
    return tally


def text_rows(
    path: Path, layout: Layout, dataset: Dataset, tally: Tally, counted: Counted | None = None
) -> Iterator[RawRow]:
    """Every data row of a delimited text, row by row; raise DeliveryRefusedError when the last one is cut short."""
    # Whatever led here, a byte that is no character of the encoding refuses the file instead of turning into a mark.
    detect_encoding(path)
    records = stream_records(path, layout.encoding, layout.dialect, layout.first_line)
    numbered = _numbered(records, layout.header + 2, counted or Counted())
    return whole_rows(sort_rows(numbered, layout, dataset, tally), path)


def text_entry(path: Path, dataset: Dataset, others: Iterable[Dataset]) -> Entry:
    """The ledger's entry of a delimited text, without keeping its rows; raise DeliveryRefusedError as reading does."""
    layout = text_layout(path, dataset, others)
    tally, counted = head_tally(path, layout), Counted()
    rows = sum(1 for _ in text_rows(path, layout, dataset, tally, counted))
    return tally.entry(rows, layout.header + 1 + counted.records)


def _numbered(records: Iterable[list[str]], start: int, counted: Counted) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(records, start=start):
        counted.records += 1
        yield number, cells


def whole_rows(rows: Iterator[RawRow], path: Path) -> Iterator[RawRow]:
    """The same rows; a last row of another width in a file without a last line end was cut off."""
    last: RawRow | None = None
    for last in rows:
        yield last
    if last is not None and last[2] and not ends_whole(path):
        problem = Problem(f"{path.name} 第 {last[0]} 行", f"最后一行只有 {last[2]}", "完整的文件", "重新导出后再送")
        raise DeliveryRefusedError(Refusal.TRUNCATED, [problem])
