"""The doors to reading: whatever a department sends → the tables in it, as text.

To add a format: one module in `formats`, one line in `READERS`, one test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.apart import read_apart
from shuyang_data.reading.cells import blank, canonical
from shuyang_data.reading.content import Content, recognise, refuse_too_large
from shuyang_data.reading.formats import archive, dbf, delimited, html_text, json_text, sql_dump, workbook, xml_text
from shuyang_data.reading.grid import Grid, SourceTable, make_grid
from shuyang_data.reading.tables import find_tables
from shuyang_data.records import Refusal

Reader = Callable[[Path], list[SourceTable]]


def read_source(path: Path) -> list[SourceTable]:
    """Every table of a file, each value exactly as it stands there; raise DeliveryRefusedError with a reason code."""
    if recognise(path) in (Content.DELIMITED, Content.EMPTY):
        return tables_here(path)
    tables: list[SourceTable] = read_apart("tables", path)
    return tables


def read_sheets(path: Path) -> list[Grid]:
    """Every visible sheet of a workbook as it stands there; raise DeliveryRefusedError with a reason code."""
    grids: list[Grid] = read_apart("sheets", path)
    return grids


def tables_here(path: Path) -> list[SourceTable]:
    """What `read_source` finds, in this process."""
    content = recognise(path)
    if content is Content.EMPTY:
        raise DeliveryRefusedError(Refusal.EMPTY, [Problem(path.name, "文件里没有内容", remedy="重新导出后再送")])
    refuse_too_large(path)
    reader = READERS.get(content)
    if reader is None:
        problem = Problem(
            path.name, "不是能读的格式", "CSV、Excel、JSON、XML、DBF、SQL 或它们的压缩包", "换一种格式再送"
        )
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
    text = delimited.read_delimited(path, most)
    tables = find_tables(make_grid([text.fitted(row) for row in text.rows], handmade=False))
    delimiter = text.dialect.delimiter if text.dialect.width > 1 else ""
    return [replace(t, name=t.name or path.stem, encoding=text.encoding, delimiter=delimiter) for t in tables]


def _workbook_tables(path: Path) -> list[SourceTable]:
    return [table for grid in workbook.read_sheets(path) for table in find_tables(grid)]


READERS: dict[Content, Reader] = {
    Content.DELIMITED: text_tables,
    Content.WORKBOOK: _workbook_tables,
    Content.JSON: json_text.read_json,
    Content.XML: xml_text.read_xml,
    Content.HTML: html_text.read_html,
    Content.DBF: dbf.read_dbf,
    Content.SQL: sql_dump.read_dump,
    Content.ARCHIVE: lambda path: archive.read_archive(path, tables_here),
}
