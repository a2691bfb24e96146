"""The doors to reading: whatever a department sends → the tables in it, as text.

To add a format: one module in `formats`, one line in `READERS`, one test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.apart import read_apart
from shuyang_data.reading.cells import blank, canonical
from shuyang_data.reading.content import Content, recognise, refuse_too_large
from shuyang_data.reading.formats import archive, dbf, delimited, html_text, json_text, sql_dump, workbook, xml_text
from shuyang_data.reading.grid import Aside, Grid, Part, SourceTable, make_grid, place_of
from shuyang_data.reading.tables import find_tables
from shuyang_data.records import Refusal

NOT_READ = {
    Content.DOCUMENT: "是文档或图片，不是数据",
    Content.OLD_WORKBOOK: "是 Excel 5.0 及更早的工作簿，请另存为 .xlsx",
}
Reader = Callable[[Path], Sequence[Part]]


def read_source(path: Path) -> list[SourceTable]:
    """Every table of a file, each value exactly as it stands there; raise DeliveryRefusedError with a reason code."""
    return [part for part in read_whole(path) if isinstance(part, SourceTable)]


def read_whole(path: Path) -> list[SourceTable | Aside]:
    """Every table of a file, and every part that holds none."""
    if recognise(path) in (Content.DELIMITED, Content.EMPTY):
        return tables_here(path)
    found: list[SourceTable | Aside] = read_apart("tables", path)
    return found


def read_parts(path: Path) -> list[Part]:
    """Every part of a file that is no delimited text: sheets as grids, records as tables, and what holds no table."""
    parts: list[Part] = read_apart("parts", path)
    return parts


def read_sheets(path: Path) -> list[Grid]:
    """Every visible sheet of a workbook as it stands there; raise DeliveryRefusedError with a reason code."""
    return [part for part in read_parts(path) if isinstance(part, Grid)]


def tables_here(path: Path) -> list[SourceTable | Aside]:
    """What `read_whole` finds, in this process."""
    found: list[SourceTable | Aside] = []
    for part in parts_here(path):
        found += find_tables(part) if isinstance(part, Grid) else [part]
    tables = [part for part in found if isinstance(part, SourceTable)]
    if not tables:
        asides = [part for part in found if isinstance(part, Aside)]
        problems = [Problem(place_of(part), part.why) for part in asides] or [Problem(path.name, "文件里没有表")]
        raise DeliveryRefusedError(Refusal.UNREADABLE, problems)
    return [replace(t, name=place_of(t)) if isinstance(t, SourceTable) else t for t in found]


def parts_here(path: Path) -> Sequence[Part]:
    """What `read_parts` finds, in this process; raise DeliveryRefusedError for whatever a reader meets."""
    content = recognise(path)
    if content is Content.EMPTY:
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "文件里没有内容", remedy="重新导出后再送")])
    refuse_too_large(path)
    reader = READERS.get(content)
    if reader is None:
        found = NOT_READ.get(content, "不是能读的格式（例如 7z、RAR）")
        problem = Problem(path.name, found, "CSV、Excel、JSON、XML、DBF、SQL 或它们的压缩包", "换一种格式再送")
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])
    return reader(path)


def read_tables(path: str | Path) -> list[dict[str, Any]]:
    """Every table of a file as `{"name", "columns", "rows"}`.

    rows: lists of text as long as columns. A column of numbers or of dates is in canonical notation (`1 702` → `1702`,
    `2023年9月11日` → `2023-09-11`); every other value stands as it was delivered.
    """
    return [
        {"name": table.name, "columns": table.columns, "rows": _canonical_rows(table)}
        for table in read_source(Path(path))
    ]


def _canonical_rows(table: SourceTable) -> list[list[str]]:
    columns = [canonical([row[j] for row in table.rows]) for j in range(len(table.columns))]
    return [list(row) for row in zip(*columns, strict=True)]


def read_csv_rows(path: str | Path) -> list[list[str]]:
    """Every row of the first table of a delimited text, the header first where it has one; rows as long as they are."""
    if recognise(Path(path)) is Content.EMPTY:
        return []
    text = delimited.read_delimited(Path(path))
    tables = find_tables(make_grid(text.rows, handmade=False), first_only=True)
    if not tables:
        return []
    table = tables[0]
    rows = [text.rows[number - 1] for number in table.numbers]
    if len(table.header) == 1:
        return [text.rows[table.header[0] - 1], *rows]
    names = list(table.columns)
    while names and blank(names[-1]):
        names.pop()
    return [names, *rows] if table.header else rows


def text_tables(path: Path, most: int | None = None) -> list[SourceTable]:
    """The tables of a delimited text, or of its first bytes only."""
    return [replace(table, name=table.name or path.stem) for table in find_tables(_text_grid(path, most))]


def _text_grid(path: Path, most: int | None = None) -> Grid:
    """A delimited text as a grid; rows of another width than the others keep all they hold, with a fault."""
    text = delimited.read_delimited(path, most)
    delimiter = text.dialect.delimiter if text.dialect.width > 1 else ""
    grid = make_grid([text.fitted(row) for row in text.rows], handmade=False)
    width = text.dialect.width
    odd = {n: f"{len(row)} 列，表头 {width} 列" for n, row in enumerate(text.rows, start=1) if len(row) != width}
    return replace(grid, encoding=text.encoding, delimiter=delimiter, faults=odd)


def _text_part(path: Path) -> list[Part]:
    return [replace(_text_grid(path), name=path.stem)]


READERS: dict[Content, Reader] = {
    Content.DELIMITED: _text_part,
    Content.WORKBOOK: workbook.read_workbook,
    Content.JSON: json_text.read_json,
    Content.XML: xml_text.read_xml,
    Content.HTML: html_text.read_html,
    Content.DBF: dbf.read_dbf,
    Content.SQL: sql_dump.read_dump,
    Content.ARCHIVE: lambda path: archive.read_archive(path, parts_here),
}
