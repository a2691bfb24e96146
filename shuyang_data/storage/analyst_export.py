"""The analysts' file with the rows themselves in it: one file for a laptop, which needs nothing of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from shuyang_data.errors import Problem, StorageError, UsageError
from shuyang_data.settings import Settings
from shuyang_data.storage.analyst import CODES, write_comments
from shuyang_data.storage.analyst_query import NO_FILE
from shuyang_data.storage.files import storage_errors, sync
from shuyang_data.storage.sql_text import quote, quote_name

CATALOGUE = ("main", "catalogue")
# What anybody may have: the open tables, what their codes mean, and what there is of them.
PUBLIC = ("open", CODES, CATALOGUE[0])
RELATIONS = """
    SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = 'source' AND NOT internal
    UNION ALL
    SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = 'source' AND NOT internal
    ORDER BY ALL
"""
COLUMNS = """
    SELECT column_name, comment FROM duckdb_columns()
    WHERE database_name = 'source' AND schema_name = ? AND table_name = ? AND comment IS NOT NULL
"""
OnTable = Callable[[str, int, int], object]


@dataclass(frozen=True)
class Exported:
    """What was written: tables, their rows in all, bytes of the file."""

    tables: int
    rows: int
    size: int


def export_tables(settings: Settings, target: Path, *, open_only: bool, on_table: OnTable) -> Exported:
    """Write the analysts' file of this moment to `target`, every view as a table; what stood there is replaced.

    on_table: called with each table's name, its number and how many there are, before it is written.
    """
    link = settings.analyst
    if not link.exists():
        raise UsageError([Problem(str(link), NO_FILE, remedy="先运行 shuyang run")])
    waiting = target.with_name(f".{target.name}.{os.getpid()}")
    log, spill = (waiting.with_name(f"{waiting.name}.{end}") for end in ("wal", "spill"))
    try:
        with storage_errors(target), duckdb.connect(config=_limits(settings, spill)) as connection:
            connection.execute(f"ATTACH {quote(link.resolve())} AS source (READ_ONLY)")
            connection.execute(f"ATTACH {quote(waiting)} AS target (STORAGE_VERSION 'v1.5.0')")
            tables, rows = _copy_all(connection, open_only=open_only, on_table=on_table)
            connection.execute("USE memory")
            connection.execute("DETACH target")
            sync(waiting)
            waiting.replace(target)
            sync(target.parent)
    except duckdb.Error as error:
        remedy = "检查磁盘空间与权限，或运行 shuyang run 重建"
        raise StorageError([Problem(str(target), str(error).splitlines()[0], remedy=remedy)]) from error
    finally:
        waiting.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
        shutil.rmtree(spill, ignore_errors=True)
    return Exported(tables, rows, target.stat().st_size)


def _limits(settings: Settings, spill: Path) -> dict[str, Any]:
    """What the night may take, a copy may take. spill: beside the target, because a night empties its own."""
    limits: dict[str, Any] = {
        "memory_limit": settings.memory_limit, "temp_directory": str(spill),
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip
    return limits | ({"threads": settings.threads} if settings.threads else {})


def _copy_all(connection: duckdb.DuckDBPyConnection, *, open_only: bool, on_table: OnTable) -> tuple[int, int]:
    """(tables, rows) copied from `source` to `target`, comments included."""
    found = connection.execute(RELATIONS).fetchall()
    chosen = [relation for relation in found if relation[0] in PUBLIC or not open_only]
    connection.execute("USE target")
    total = 0
    for number, (schema, name, comment) in enumerate(chosen, start=1):
        on_table(f"{schema}.{name}", number, len(chosen))
        listed = open_only and (schema, name) == CATALOGUE
        where = " WHERE layer = 'open'" if listed else ""
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_name(schema)}")
        rows = connection.execute(
            f"CREATE TABLE {quote_name(schema, name)} AS SELECT * FROM {quote_name('source', schema, name)}{where}"
        ).fetchall()
        total += int(rows[0][0])
        comments = dict(connection.execute(COLUMNS, [schema, name]).fetchall())
        write_comments(connection, "TABLE", (schema, name), comment or "", comments)
    return len(chosen), total
