"""What was understood of a file, for the person who has to decide whether it is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.ledger import Ledger
from shuyang_data.reading.cells import DATA_KINDS, Kind, kind_of, plain_number
from shuyang_data.reading.content import Content, recognise
from shuyang_data.reading.contract import ENOUGH, find_header, fit, written_columns
from shuyang_data.reading.damage import Damage, damaged_cells
from shuyang_data.reading.delivered import read_delivered
from shuyang_data.reading.delivered_text import is_text, text_entry
from shuyang_data.reading.grid import Aside, Grid, SourceTable
from shuyang_data.reading.read import read_whole, text_tables
from shuyang_data.records import Drift, Refusal

EXAMPLES = 5
LOOK = 8 << 20
MAJORITY = 0.9
FORMATS = {
    Content.DELIMITED: "分隔文本", Content.WORKBOOK: "工作簿", Content.JSON: "JSON", Content.XML: "XML",
    Content.HTML: "网页表格", Content.DBF: "DBF", Content.SQL: "SQL 导出", Content.ARCHIVE: "压缩包",
}  # fmt: skip


@dataclass(frozen=True)
class ColumnView:
    """likely: what most values look like; damage: kind → (how many cells, numbers of the first rows)."""

    name: str
    likely: str
    filled: int
    damage: dict[Damage, tuple[int, tuple[int, ...]]]


@dataclass(frozen=True)
class Candidate:
    """A dataset of the catalog that the table may be. matched, declared: numbers of columns."""

    dataset: str
    title: str
    matched: int
    declared: int
    drift: tuple[Drift, ...]


@dataclass(frozen=True)
class TableView:
    table: SourceTable
    columns: tuple[ColumnView, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class ReadingView:
    """What the chain will do with the file under the dataset that it fits best. refusal: why it would be refused."""

    dataset: str
    title: str
    ledger: Ledger
    refusal: str = ""


@dataclass(frozen=True)
class FileView:
    """asides: parts without a table."""

    path: Path
    size: int
    format: str
    tables: tuple[TableView, ...]
    asides: tuple[Aside, ...] = ()
    reading: ReadingView | None = None


def inspect_file(path: Path, datasets: Iterable[Dataset]) -> FileView:
    """Read the file, of a very large text the beginning; raise DeliveryRefusedError when it cannot be read right."""
    known = list(datasets)
    size, content = path.stat().st_size, recognise(path)
    part = content is Content.DELIMITED and size > LOOK
    parts = text_tables(path, LOOK) if part else read_whole(path)
    tables = [table for table in parts if isinstance(table, SourceTable)]
    if part:
        tables = [replace(table, notes=(*table.notes, f"文件大，只看了前 {LOOK >> 20} MB")) for table in tables]
    views = tuple(_table(table, known) for table in tables)
    asides = tuple(each for each in parts if isinstance(each, Aside))
    reading = None if part else _reading(path, views, known)
    return FileView(path, size, FORMATS.get(content, "未知"), views, asides, reading)


def _reading(path: Path, views: Sequence[TableView], datasets: Sequence[Dataset]) -> ReadingView | None:
    """The file as the chain reads it, row for row, for the dataset that one of its tables fits best."""
    candidates = [candidate for view in views for candidate in view.candidates]
    best = max(candidates, key=lambda c: (c.matched / c.declared, c.matched), default=None)
    if best is None:
        return None
    dataset = next(d for d in datasets if str(d.id) == best.dataset)
    others = [d for d in datasets if d is not dataset]
    try:
        ledger = (text_entry(path, dataset, others),) if is_text(path) else read_delivered(path, dataset, others).ledger
    except DeliveryRefusedError as error:
        why = "；".join(map(str, error.problems))
        return ReadingView(best.dataset, best.title, error.ledger, f"{Refusal(error.code).label}：{why}")
    return ReadingView(best.dataset, best.title, ledger)


def _table(table: SourceTable, datasets: Sequence[Dataset]) -> TableView:
    columns = tuple(
        _column(name, [row[position] for row in table.rows], table.numbers)
        for position, name in enumerate(table.columns)
    )
    return TableView(table, columns, tuple(_candidates(table, datasets)))


def _column(name: str, values: Sequence[str], numbers: Sequence[int]) -> ColumnView:
    damage: dict[Damage, list[int]] = {}
    for index, kind in damaged_cells(name, values):
        damage.setdefault(kind, []).append(numbers[index])
    seen = {kind: (len(rows), tuple(rows[:EXAMPLES])) for kind, rows in damage.items()}
    return ColumnView(name, likely_type(values), sum(bool(value.strip()) for value in values), seen)


def likely_type(values: Sequence[str]) -> str:
    """integer, decimal, date, datetime, time, code or text: what nearly all values look like; empty without values."""
    kinds = Counter(kind for value in values if (kind := kind_of(value)) is not Kind.BLANK)
    total = sum(kinds.values())
    if not total:
        return ""
    kind, count = kinds.most_common(1)[0]
    if count < MAJORITY * total or kind not in DATA_KINDS:
        return "text"
    if kind is Kind.NUMBER:
        texts = [value.strip() for value in values if value.strip()]
        if any(text.isdigit() and ((len(text) > 1 and text[0] == "0") or len(text) > 15) for text in texts):
            return "code"
        return "integer" if all((plain_number(text) or "0").lstrip("+-").isdigit() for text in texts) else "decimal"
    if kind is Kind.DATE and any(":" in value for value in values):
        return "datetime"
    return str(kind)


def _candidates(table: SourceTable, datasets: Sequence[Dataset]) -> Iterable[Candidate]:
    """The datasets whose columns the table names, the best first."""
    grid = Grid([table.columns, *table.rows[:20]], handmade=False)
    ranked = sorted(((fit(grid, dataset), dataset) for dataset in datasets), key=lambda pair: -pair[0])
    for share, dataset in ranked[:3]:
        if share >= ENOUGH:
            _, _, columns, drift = find_header(grid, dataset)
            yield Candidate(str(dataset.id), dataset.title, len(columns), len(written_columns(dataset)), drift)
