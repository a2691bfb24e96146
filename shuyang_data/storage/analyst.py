"""What analysts open: one small DuckDB file of views over published Parquet, one folder a build, swapped in one step.

The file is called the same in every build, because its name is the name of the catalog inside: a saved query for
`analyst.shared.x` finds it whether the link or the file itself was opened.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from shuyang_data.retention import ANALYST_BUILDS
from shuyang_data.storage.analyst_build import FILE, FOLDER, note_build
from shuyang_data.storage.files import fresh_folder, point_link, put_folder, storage_errors
from shuyang_data.storage.sql_text import quote, quote_name

# Before builds had folders, each was a file of its own name.
OLD_PREFIX = "analyst-"
# Small tables of names and comments fill no block of the usual 256 KB.
OPTIONS = "STORAGE_VERSION 'v1.5.0', BLOCK_SIZE 16384"
CODES = "codes"
CODE_COLUMNS = {"code": ("VARCHAR", "代码"), "name": ("VARCHAR", "名称")}
TEXT = "VARCHAR"


@dataclass(frozen=True)
class Listed:
    """A table whose rows stand in the file itself. columns: name → (SQL type, comment)."""

    schema: str
    name: str
    comment: str
    columns: Mapping[str, tuple[str, str]]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class View:
    """One published table. comments: column → what it is; names: code column → (its code list, the name's column)."""

    schema: str
    name: str
    files: tuple[str, ...]
    comment: str
    comments: Mapping[str, str]
    names: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Contents:
    """Everything that stands in one build; a view finds its code lists among the tables of the schema `codes`."""

    tables: tuple[Listed, ...]
    views: tuple[View, ...]


def publish_build(home: Path, link: Path, contents: Contents, stamp: str) -> Path:
    """Build the file in a folder named `stamp`, point `link` at it, keep the newest builds; the new file's path.

    Stamps sort as the builds do. Who has an older build open keeps it.
    """
    folder = home / FOLDER
    staged = fresh_folder(folder / f".{stamp}")
    _build(staged / FILE, contents)
    # Whoever opened it for writing would lock every reader out.
    (staged / FILE).chmod(0o444)
    note_build(staged, home)
    put_folder(staged, folder / stamp)
    point_link(link, f"{FOLDER}/{stamp}/{FILE}")
    _tidy(folder, stamp)
    return folder / stamp / FILE


def _tidy(folder: Path, current: str) -> None:
    """Remove all but the newest builds, those of the old layout among them, and what an interrupted one left."""
    with storage_errors(folder):
        builds = sorted(folder.iterdir(), key=lambda path: path.name.removeprefix(OLD_PREFIX))
        whole = [path for path in builds if not path.name.startswith(".")]
        for path in builds:
            if path.name == current or path in whole[-ANALYST_BUILDS:]:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _build(path: Path, contents: Contents) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {quote(path)} AS analyst ({OPTIONS})")
        connection.execute("USE analyst")
        connection.execute("BEGIN")
        for table in contents.tables:
            _create_table(connection, table)
        for view in contents.views:
            _create_view(connection, view)
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH analyst")


def _create_table(connection: duckdb.DuckDBPyConnection, table: Listed) -> None:
    name = quote_name(table.schema, table.name)
    columns = ", ".join(f"{quote_name(column)} {kind}" for column, (kind, _) in table.columns.items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_name(table.schema)}")
    connection.execute(f"CREATE TABLE {name} ({columns})")
    if table.rows:
        row = f"({', '.join('?' for _ in table.columns)})"
        values = [value for cells in table.rows for value in cells]
        connection.execute(f"INSERT INTO {name} VALUES {', '.join(row for _ in table.rows)}", values)
    comments = {column: comment for column, (_, comment) in table.columns.items()}
    write_comments(connection, "TABLE", (table.schema, table.name), table.comment, comments)


def _create_view(connection: duckdb.DuckDBPyConnection, view: View) -> None:
    name = quote_name(view.schema, view.name)
    files = f"read_parquet([{', '.join(quote(file) for file in view.files)}])"
    description = connection.execute(f"SELECT * FROM {files} LIMIT 0").description
    found = {column[0]: str(column[1]) for column in description}
    shown = [column for name in found for column in (name, *_named(view, name, found))]
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote_name(view.schema)}")
    connection.execute(f"CREATE VIEW {name} AS {_select(view, files, found)}")
    comments = {column: view.comments[column] for column in shown if column in view.comments}
    write_comments(connection, "VIEW", (view.schema, view.name), view.comment, comments)


def _named(view: View, column: str, found: Mapping[str, str]) -> Sequence[str]:
    """The column with the names of this column's codes, if it has one; what is no text has no code list."""
    if column not in view.names or found[column] != TEXT or view.names[column][1] in found:
        return ()
    return (view.names[column][1],)


def _select(view: View, files: str, found: Mapping[str, str]) -> str:
    """Every column of the files, the name right after its code. A code stands once in its list, so a row stays one."""
    chosen, joins = [], []
    for number, column in enumerate(found):
        chosen.append(quote_name("_rows", column))
        for shown in _named(view, column, found):
            codes, alias = quote_name(CODES, view.names[column][0]), f"_codes_{number}"
            chosen.append(f"{quote_name(alias, 'name')} AS {quote_name(shown)}")
            on = f"{quote_name('_rows', column)} = {quote_name(alias, 'code')}"
            joins.append(f" LEFT JOIN {codes} AS {quote_name(alias)} ON {on}")
    return f"SELECT {', '.join(chosen)} FROM {files} AS _rows{''.join(joins)}"


def write_comments(
    connection: duckdb.DuckDBPyConnection, kind: str, name: tuple[str, str], comment: str, columns: Mapping[str, str]
) -> None:
    """Comments on a `TABLE` or `VIEW` of the database in use, and on its columns."""
    connection.execute(f"COMMENT ON {kind} {quote_name(*name)} IS {quote(comment)}")
    for column, text in columns.items():
        connection.execute(f"COMMENT ON COLUMN {quote_name(*name, column)} IS {quote(text)}")


def code_table(name: str, comment: str, names: Mapping[str, str]) -> Listed:
    """A code list as a table. names: code → name."""
    return Listed(CODES, name, comment, CODE_COLUMNS, tuple(names.items()))


def free_bytes(path: Path) -> int:
    """Bytes free on the disk that holds `path`."""
    return shutil.disk_usage(path).free
