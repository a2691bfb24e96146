"""What analysts open: one small DuckDB file of views over published Parquet, new each night, swapped in one step."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from shuyang_data.errors import Problem, StorageError, UsageError
from shuyang_data.storage.files import point_link, storage_errors
from shuyang_data.storage.sql_text import quote

FOLDER = "analyst"
KEEP = 7


@dataclass(frozen=True)
class View:
    """One published table. comments: column → Chinese title."""

    schema: str
    name: str
    files: tuple[str, ...]
    comment: str
    comments: Mapping[str, str]


def publish_views(home: Path, link: Path, views: Iterable[View], stamp: str) -> Path:
    """Build the dated file, point `link` at it, remove all but the newest files; the new file's path."""
    folder = home / FOLDER
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"analyst-{stamp}.duckdb"
        building = folder / f".{path.name}"
        building.unlink(missing_ok=True)
    _build(building, views)
    building.rename(path)
    point_link(link, f"{FOLDER}/{path.name}")
    for old in sorted(folder.glob("analyst-*.duckdb"))[:-KEEP]:
        old.unlink()
    return path


def _build(path: Path, views: Iterable[View]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {quote(path)} AS analyst (STORAGE_VERSION 'v1.5.0')")
        connection.execute("USE analyst")
        connection.execute("BEGIN")
        for view in views:
            files = ", ".join(quote(file) for file in view.files)
            name = f'"{view.schema}"."{view.name}"'
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.schema}"')
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")
            connection.execute(f"COMMENT ON VIEW {name} IS {quote(view.comment)}")
            for column, title in view.comments.items():
                connection.execute(f'COMMENT ON COLUMN {name}."{column}" IS {quote(title)}')
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH analyst")


def query(link: Path, allowed: Sequence[Path], sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """(column names, rows) of one query on the analysts' file, read-only and confined to the published folders."""
    if not link.exists():
        raise UsageError([Problem(str(link), "还没有分析库", remedy="先运行 shuyang run")])
    folders = ", ".join(quote(f"{folder.resolve()}/") for folder in allowed)
    try:
        with duckdb.connect(str(link.resolve()), read_only=True) as connection:
            connection.execute("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false")
            connection.execute(f"SET allowed_directories=[{folders}]")
            connection.execute("SET enable_external_access=false; SET lock_configuration=true")
            result = connection.execute(sql)
            return [column[0] for column in result.description or []], result.fetchall()
    except duckdb.IOException as error:
        raise StorageError([Problem(str(link), str(error).splitlines()[0], remedy="运行 shuyang run 重建")]) from error
    except duckdb.Error as error:
        raise UsageError([Problem("查询语句", str(error).splitlines()[0], remedy="检查 SQL")]) from error


def free_bytes(path: Path) -> int:
    """Bytes free on the disk that holds `path`."""
    return shutil.disk_usage(path).free
