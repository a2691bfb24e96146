"""Pull a table or a query out of a department's database into one CSV file, exactly as the database writes its values.

One read-only transaction a pull: what comes out is one consistent state, however long it takes. Rows stream; memory
stays flat. A pull that breaks off leaves no file, and the next one starts from the same watermark.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from shuyang_data.catalog.sources import DatabasePull
from shuyang_data.errors import Problem, SourceError

ROWS_AT_ONCE = 10_000
REMEDY = "核对环境变量里的地址、账号与网络后重试"
SNAPSHOT = {
    "postgresql": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    "mysql": (
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
    "mssql": ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT",),
    "oracle": ("SET TRANSACTION READ ONLY",),
    "dm": ("SET TRANSACTION READ ONLY",),
}


@dataclass(frozen=True)
class Pulled:
    """rows: written to the file. watermark: the largest value among them, the old one when there is none."""

    rows: int
    watermark: str


def pull_table(url: str, pull: DatabasePull, since: str, target: Path) -> Pulled:
    """Write what is new since a watermark (empty: everything) to `target`; raise SourceError when the source fails."""
    with _engine(url, pull.source) as engine, engine.connect() as connection:
        for statement in SNAPSHOT.get(engine.dialect.name, ()):
            connection.exec_driver_sql(statement)
        query = _query(engine, pull, since)
        watermark = since
        if pull.watermark:
            column = engine.dialect.identifier_preparer.quote(pull.watermark)
            newest = connection.execute(text(f"SELECT MAX({column}) FROM ({query}) newest")).scalar()
            watermark = since if newest is None else _as_text(newest)
        return Pulled(_write(connection, query, target), watermark)


@contextmanager
def _engine(url: str, source: str) -> Iterator[Engine]:
    """The database's engine; its errors, which may hold the password, are told without the address."""
    engine: Engine | None = None
    try:
        engine = create_engine(url)
        yield engine
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise SourceError(
            [Problem(source, f"没有这种数据库的驱动（{error}）", "SQLAlchemy 的地址与驱动", REMEDY)]
        ) from error
    except Exception as error:
        drivers = () if engine is None else (engine.dialect.loaded_dbapi.Error,)
        if not isinstance(error, (SQLAlchemyError, *drivers)):
            raise
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SourceError([Problem(source, f"数据库没有答复：{cause}", "能连通、能读", REMEDY)]) from error
    finally:
        if engine is not None:
            engine.dispose()


def _query(engine: Engine, pull: DatabasePull, since: str) -> str:
    quote = engine.dialect.identifier_preparer.quote
    base = pull.query or "SELECT * FROM " + ".".join(quote(part) for part in str(pull.table).split("."))
    if not pull.watermark or not since:
        return base
    start = less_overlap(since, pull.overlap).replace("'", "''")
    return f"SELECT * FROM ({base}) pulled WHERE {quote(pull.watermark)} >= '{start}'"


def less_overlap(watermark: str, overlap: int) -> str:
    """The watermark less so many seconds of a time, or units of a number; other texts have no overlap."""
    try:
        return str(int(watermark) - overlap)
    except ValueError:
        pass
    try:
        return (datetime.fromisoformat(watermark) - timedelta(seconds=overlap)).isoformat(sep=" ")
    except ValueError:
        return watermark


def _write(connection: Connection, query: str, target: Path) -> int:
    if connection.dialect.name == "postgresql" and connection.dialect.driver == "psycopg2":
        return _copy(connection, query, target)
    streamed = connection.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE)
    result = streamed.execute(text(query.replace(":", "\\:")))
    rows = 0
    with target.open("w", encoding="utf-8", newline="") as output:
        output.write(_line(list(result.keys())))
        for part in result.partitions(ROWS_AT_ONCE):
            output.writelines(_line(row) for row in part)
            rows += len(part)
    return rows


def _copy(connection: Connection, query: str, target: Path) -> int:
    """PostgreSQL's own COPY: the server writes the text, no value passes through Python."""
    driver: Any = connection.connection.cursor()
    with target.open("wb") as output, driver as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER true, ENCODING 'UTF8')", output)
        return int(cursor.rowcount)


def _line(values: Sequence[Any]) -> str:
    """Nothing stays empty, everything else is quoted: an empty text is told from a missing value."""
    cells = ("" if value is None else '"' + _as_text(value).replace('"', '""') + '"' for value in values)
    return ",".join(cells) + "\n"


def _as_text(value: Any) -> str:
    writer: Callable[[Any], str] = WRITERS.get(type(value), str)
    return writer(value)


WRITERS: dict[type[Any], Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    datetime: lambda value: value.isoformat(sep=" "),
    bytes: lambda value: codecs.encode(value, "hex").decode(),
    memoryview: lambda value: codecs.encode(bytes(value), "hex").decode(),
    Decimal: lambda value: format(value, "f"),
    float: repr,
}
