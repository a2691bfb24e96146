"""A registry out and in again: a SQLite file by its own backup, PostgreSQL's tables as lines of JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, inspect

from shuyang_data.errors import Problem, StorageError
from shuyang_data.storage.files import storage_errors
from shuyang_data.storage.registry import HEAD, revision_of, upgrade
from shuyang_data.storage.registry_connection import place_of, registry_errors
from shuyang_data.storage.registry_model import Base

ROWS_AT_ONCE = 1000


def copy_database(source: Path, target: Path) -> None:
    """A SQLite file as it is at one moment, whoever writes to it meanwhile; raise StorageError for one that is none."""
    reader, writer = sqlite3.connect(source, timeout=60), sqlite3.connect(target)
    try:
        with storage_errors(source), closing(reader) as reading, closing(writer) as writing:
            reading.backup(writing)
            # A copy has no log beside it: what is in the file is all there is.
            writing.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        problem = Problem(str(source), f"读不出来（{error}）", "完好的数据库文件", "从上一份备份恢复")
        raise StorageError([problem]) from error


def export_registry(url: str, target: Path) -> None:
    """Every row of our own tables, in one transaction; the first line names the revision. Raises StorageError."""
    engine = create_engine(url)
    with storage_errors(target), registry_errors(url), target.open("w", encoding="utf-8") as lines:
        isolation = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        with engine.connect().execution_options(**isolation) as connection, connection.begin():
            _write(lines, {"revision": revision_of(connection)})
            for table in Base.metadata.sorted_tables:
                for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(table.select()).mappings():
                    _write(lines, {"table": table.name, "row": dict(row)})
    engine.dispose()


def import_registry(source: Path, url: str) -> int:
    """The rows of an export into a registry that has none; how many. Raises StorageError for one that has."""
    engine = create_engine(url)
    with storage_errors(source), registry_errors(url), source.open(encoding="utf-8") as lines:
        revision = json.loads(next(lines))["revision"]
        with engine.begin() as connection:
            if revision_of(connection) is not None:
                raise StorageError([Problem(place_of(url), "已经有登记库", "一个空的数据库", "换一个数据库")])
            upgrade(connection, revision)
            tables = MetaData()
            # As they were then, not as this software has them.
            tables.reflect(connection)
            rows = sum(_insert(connection, batch) for batch in _batches(lines, tables))
            upgrade(connection, HEAD)
    engine.dispose()
    return rows


def is_empty(url: str) -> bool:
    """Whether no registry has ever been made there."""
    engine = create_engine(url)
    with registry_errors(url), engine.connect() as connection:
        empty = not inspect(connection).get_table_names()
    engine.dispose()
    return empty


def _write(lines: Any, value: dict[str, Any]) -> None:
    lines.write(json.dumps(value, ensure_ascii=False, default=_iso) + "\n")


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"a registry holds no {type(value).__name__}")


def _batches(lines: Iterator[str], tables: MetaData) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """(table, some of its rows), as they follow each other."""
    table, rows = None, []
    for told in map(json.loads, lines):
        if table is not None and (told["table"] != table.name or len(rows) == ROWS_AT_ONCE):
            yield table, rows
            rows = []
        table = tables.tables[told["table"]]
        rows.append({name: _value(table, name, value) for name, value in told["row"].items()})
    if table is not None and rows:
        yield table, rows


def _value(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type.python_type
    is_moment = kind in (date, datetime) and value is not None
    return kind.fromisoformat(value) if is_moment else value


def _insert(connection: Connection, batch: tuple[Table, list[dict[str, Any]]]) -> int:
    table, rows = batch
    connection.execute(table.insert(), rows)
    return len(rows)
