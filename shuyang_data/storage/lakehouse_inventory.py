"""What every table of the lake consists of, written down after each commit, so that damage is seen without reading it.

All files of a table have a name of their own for ever and are never changed: what is there under the same name with the
same length is the same, unless a disk says otherwise, and that a look by checksum finds.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath

from shuyang_data.errors import Problem, StorageError
from shuyang_data.storage.files import sha256_of, storage_errors, write_text

INDEX = "catalog.db"
INVENTORY = "inventory.json"
PARTS = ("metadata", "data")
LISTED = "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables"
Identifier = tuple[str, str]
# Of one file: its length in bytes, its SHA-256.
Kept = tuple[int, str]


def tables(lake: Path) -> dict[Identifier, str]:
    """Every table of the lake's index → the name of its metadata file; raise StorageError for an index that is none."""
    index = lake / INDEX
    if not index.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{index.as_uri()}?mode=ro", uri=True, timeout=60)) as connection:
            has_tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'iceberg_tables'").fetchone()
            rows = connection.execute(LISTED).fetchall() if has_tables else []
    except sqlite3.DatabaseError as error:
        raise StorageError([Problem(str(index), f"数据湖的索引读不出来（{error}）", "完好的索引")]) from error
    return {(namespace, table): PurePosixPath(location).name for namespace, table, location in rows}


def is_readable(lake: Path) -> bool:
    """Whether the lake has an index that names its tables."""
    try:
        return bool(tables(lake))
    except StorageError:
        return False


def take_stock(folder: Path, metadata: str) -> None:
    """Write down what a table consists of. metadata: the name of its current metadata file."""
    _, before = _inventory(folder)
    with storage_errors(folder):
        # A name that was counted before is not looked at again: a file that was cut short must not pass as whole.
        listed = {name: before.get(name) or _measured(path) for name, path in _files(folder)}
    write_text(folder / INVENTORY, json.dumps({"metadata": metadata, "files": listed}, indent=0))


def is_counted(folder: Path, metadata: str) -> bool:
    """Whether stock was taken since the last commit."""
    return _inventory(folder)[0] == metadata


def damage(folder: Path, *, deep: bool = False) -> tuple[str, ...]:
    """What is missing or changed of a table, file by file. deep: by SHA-256, not by length alone."""
    found = []
    for name, (size, sha256) in sorted(_inventory(folder)[1].items()):
        path = folder / name
        try:
            length = path.stat().st_size
        except OSError:
            found.append(f"{path} 不见了")
            continue
        if length != size:
            found.append(f"{path} 应为 {size:,} 字节，实为 {length:,}")
        elif deep and sha256_of(path) != sha256:
            found.append(f"{path} 的内容被改动")
    return tuple(found)


def _inventory(folder: Path) -> tuple[str, dict[str, Kept]]:
    """(name of the metadata file, what was counted); nothing when it was never written, or cannot be read."""
    try:
        told = json.loads((folder / INVENTORY).read_text(encoding="utf-8"))
        return told["metadata"], told["files"]
    except (OSError, ValueError, TypeError, KeyError):
        return "", {}


def _files(folder: Path) -> list[tuple[str, Path]]:
    paths = (path for part in PARTS for path in sorted((folder / part).glob("*")) if path.is_file())
    return [(str(path.relative_to(folder)), path) for path in paths]


def _measured(path: Path) -> Kept:
    return path.stat().st_size, sha256_of(path)
