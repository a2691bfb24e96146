"""The only door to PyIceberg: tables of the lake, replaced or appended to in one snapshot each.

Data files are written by the engine; here they are checked, registered and committed. Files and folders
are synced before the commit, because neither PyIceberg nor the engine does it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, ValidationException
from pyiceberg.io.pyarrow import parquet_files_to_data_files
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IcebergType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
)
from sqlalchemy.exc import IntegrityError

from shuyang_data.errors import Problem, StorageError
from shuyang_data.settings import sqlite_url
from shuyang_data.storage.files import storage_errors, sync
from shuyang_data.storage.lakehouse_files import FOLDER, SCHEME, SyncedFileIO, data_files, location_of, path_of
from shuyang_data.storage.lakehouse_inventory import INDEX, take_stock
from shuyang_data.storage.lakehouse_replace import Replacement

PROPERTIES = {
    "format-version": "2",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "5",
    "commit.manifest-merge.enabled": "true",
}
SIMPLE: dict[str, IcebergType] = {
    "text": StringType(),
    "integer": LongType(),
    "date": DateType(),
    "datetime": TimestampType(),
    "boolean": BooleanType(),
    "double": DoubleType(),
}
Identifier = tuple[str, str]
TRIES = 5


class Lakehouse:
    """Iceberg tables below one folder, listed in a SQL catalog."""

    def __init__(self, folder: Path, catalog_url: str = "") -> None:
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        url = catalog_url or f"{sqlite_url(folder / INDEX)}?timeout=60"
        synced = f"{SyncedFileIO.__module__}.{SyncedFileIO.__name__}"
        properties = {"uri": url, "warehouse": SCHEME, "py-io-impl": synced, FOLDER: str(folder)}
        self._catalog = SqlCatalog("shuyang", **properties)
        self._namespaces: set[str] = {namespace[0] for namespace in self._catalog.list_namespaces()}

    def new_file(self, identifier: Identifier) -> Path:
        """Where the engine may write the next data file of a table."""
        folder = self.folder / identifier[0] / identifier[1] / "data"
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{uuid4().hex}.parquet"

    def prepare(self, identifier: Identifier, columns: Mapping[str, str]) -> dict[str, int]:
        """Create the table, or bring its schema up to the declared columns; column → field id.

        columns: name → `text`, `integer`, `date`, `datetime`, `boolean`, `double` or `decimal(p, s)`.
        A column that left the catalog stays in the table's history; a column of another type is replaced.
        """
        table = self._load(identifier)
        if table is None:
            table = self._create(identifier, columns)
            self._take_stock(identifier, table)
        elif _drifted(table, columns):
            table = self._evolve(table, columns)
            self._take_stock(identifier, table)
        return {name: table.schema().find_field(name).field_id for name in columns}

    def commit(
        self, identifier: Identifier, files: Sequence[Path], properties: Mapping[str, str], *, replace: bool
    ) -> int:
        """Register data files in ONE snapshot, replacing the table's content or adding to it; the snapshot id."""
        for path in files:
            sync(path.parent)
            if replace:
                self._check_columns(identifier, path)
        for attempt in range(TRIES):
            try:
                return self._commit_once(identifier, files, properties, replace=replace)
            except (CommitFailedException, ValidationException):
                if attempt == TRIES - 1:
                    raise
                time.sleep(0.05 * 2**attempt)
        raise AssertionError("unreachable")

    def files(self, identifier: Identifier, snapshot_id: int | None = None) -> list[str]:
        """Paths of the data files of a snapshot, the current one by default; empty when there is no table."""
        table = self._load(identifier)
        if table is None or table.current_snapshot() is None:
            return []
        return sorted(str(path_of(file.file_path, self.folder)) for file in data_files(table, snapshot_id))

    def snapshot_id(self, identifier: Identifier) -> int | None:
        table = self._load(identifier)
        snapshot = table.current_snapshot() if table is not None else None
        return snapshot.snapshot_id if snapshot is not None else None

    def snapshot_properties(self, identifier: Identifier) -> dict[str, str]:
        """What the current snapshot says of itself: run, deliveries, code version."""
        table = self._load(identifier)
        snapshot = table.current_snapshot() if table is not None else None
        return dict(snapshot.summary.additional_properties) if snapshot and snapshot.summary else {}

    def expire(self, identifier: Identifier, keep: int, protected: Collection[int] = ()) -> list[Path]:
        """Keep the newest snapshots and the protected ones; delete the data files that none of them refers to.

        protected: ids of snapshots that a release was made from. Returns the deleted files.
        """
        table = self._load(identifier)
        if table is None:
            return []
        snapshots = sorted(table.metadata.snapshots, key=lambda s: s.timestamp_ms)
        if len(snapshots) > keep:
            with table.maintenance.expire_snapshots() as expire:
                for snapshot in snapshots[:-keep]:
                    if snapshot.snapshot_id not in protected:
                        expire.by_id(snapshot.snapshot_id)
            table = self._catalog.load_table(identifier)
        removed = self._remove_orphans(identifier, table)
        if removed or len(snapshots) > keep:
            self._take_stock(identifier, table)
        return removed

    def verify(self, identifier: Identifier) -> tuple[str, ...]:
        """What is missing or cut short of a table of which no stock was taken, by what its metadata say; then it is."""
        found = []
        try:
            table = self._catalog.load_table(identifier)
            for snapshot in table.metadata.snapshots:
                for file in data_files(table, snapshot.snapshot_id):
                    path = path_of(file.file_path, self.folder)
                    if not path.is_file() or path.stat().st_size != file.file_size_in_bytes:
                        found.append(f"{path} 不见了或不完整")
        except Exception as error:  # whatever the libraries meet in a damaged file
            found.append(f"{'.'.join(identifier)} 的元数据读不出来（{type(error).__name__}）")
        if not found:
            self._take_stock(identifier, table)
        return tuple(dict.fromkeys(found))

    def drop(self, identifier: Identifier) -> None:
        """Forget a table; its files stay where they are."""
        with suppress(NoSuchTableError):
            self._catalog.drop_table(identifier)

    def adopt(self, identifier: Identifier) -> bool:
        """Take a table into the index by its newest metadata; False when there are none that can be read."""
        self._ensure_namespace(identifier[0])
        folder = self.folder / identifier[0] / identifier[1] / "metadata"
        for path in sorted(folder.glob("*.metadata.json"), reverse=True):
            # Whatever the libraries meet in a damaged file: then the one before it.
            with suppress(Exception):
                table = self._catalog.register_table(identifier, location_of(path, self.folder))
                self._take_stock(identifier, table)
                return True
        return False

    def _take_stock(self, identifier: Identifier, table: Table) -> None:
        take_stock(self.folder / identifier[0] / identifier[1], Path(table.metadata_location).name)

    def remove(self, identifier: Identifier, files: Collection[Path], properties: Mapping[str, str]) -> None:
        """Take data files out of the table, in one snapshot."""
        table = self._catalog.load_table(identifier)
        names = {path.name for path in files}
        gone = [file for file in data_files(table) if path_of(file.file_path, self.folder).name in names]
        with table.transaction() as transaction, Replacement(transaction, properties) as snapshot:
            for file in gone:
                snapshot.delete_data_file(file)
        self._take_stock(identifier, table)

    def _remove_orphans(self, identifier: Identifier, table: Table) -> list[Path]:
        """Data files, manifests and lists of them that no snapshot names any more; PyIceberg removes none of them."""
        named: set[str] = set()
        for snapshot in table.metadata.snapshots:
            named.add(Path(snapshot.manifest_list).name)
            named.update(Path(manifest.manifest_path).name for manifest in snapshot.manifests(table.io))
            files = data_files(table, snapshot.snapshot_id)
            named.update(path_of(file.file_path, self.folder).name for file in files)
        folder = self.folder / identifier[0] / identifier[1]
        removed = []
        for path in (*folder.glob("data/*.parquet"), *folder.glob("metadata/*.avro")):
            if path.name not in named:
                path.unlink()
                removed.append(path)
        return removed

    def _check_columns(self, identifier: Identifier, path: Path) -> None:
        """PyIceberg takes a file that lacks columns and reads them as NULL."""
        declared = {field.name for field in self._catalog.load_table(identifier).schema().fields}
        found = set(pq.read_schema(path).names)
        if found != declared:
            problem = Problem(str(path), f"列 {'、'.join(sorted(found ^ declared))} 对不上", "与表相同的列")
            raise StorageError([problem])

    def _commit_once(
        self, identifier: Identifier, files: Sequence[Path], properties: Mapping[str, str], *, replace: bool
    ) -> int:
        table = self._catalog.load_table(identifier)
        old = list(data_files(table)) if replace else []
        with table.transaction() as transaction:
            locations = iter([location_of(file, self.folder) for file in files])
            new = parquet_files_to_data_files(
                io=table.io, table_metadata=transaction.table_metadata, file_paths=locations
            )
            append = transaction.update_snapshot(snapshot_properties=dict(properties)).merge_append
            with Replacement(transaction, properties) if old else append() as snapshot:
                for file in old:
                    snapshot.delete_data_file(file)
                for data_file in new:
                    snapshot.append_data_file(data_file)
        current = table.current_snapshot()
        if current is None:
            raise StorageError([Problem(".".join(identifier), "提交后没有快照", "一个新快照", "检查数据湖文件夹")])
        self._take_stock(identifier, table)
        return int(current.snapshot_id)

    def _load(self, identifier: Identifier) -> Table | None:
        try:
            return self._catalog.load_table(identifier)
        except NoSuchTableError:
            return None
        except OSError as error:
            raise StorageError(
                [Problem(".".join(identifier), f"表的元数据读不出来（{error.strerror or error}）", "完好的数据湖",
                         "恢复 lake 文件夹，或删去整个 lake 后重跑")]
            ) from error  # fmt: skip

    def _ensure_namespace(self, namespace: str) -> None:
        if namespace not in self._namespaces:
            # Of several processes that look at the same moment, all but one find it made between look and insert.
            with suppress(IntegrityError):
                self._catalog.create_namespace_if_not_exists(namespace)
            self._namespaces.add(namespace)

    def _create(self, identifier: Identifier, columns: Mapping[str, str]) -> Table:
        self._ensure_namespace(identifier[0])
        fields = [NestedField(n, name, iceberg_type(kind), required=False) for n, (name, kind) in _numbered(columns)]
        location = location_of(self.folder / identifier[0] / identifier[1], self.folder)
        return self._catalog.create_table(identifier, Schema(*fields), location=location, properties=PROPERTIES)

    def _evolve(self, table: Table, columns: Mapping[str, str]) -> Table:
        """Every content is replaced whole, so a changed column is dropped and added under a new field id."""
        current = {field.name: field.field_type for field in table.schema().fields}
        with table.update_schema(allow_incompatible_changes=True) as update:
            for name, kind in current.items():
                if name not in columns or kind != iceberg_type(columns[name]):
                    update.delete_column(name)
        with table.update_schema(allow_incompatible_changes=True) as update:
            present = {field.name for field in table.schema().fields}
            for name, kind in columns.items():
                if name not in present:
                    update.add_column(name, iceberg_type(kind))
        return table


def iceberg_type(kind: str) -> IcebergType:
    """The Iceberg type of a declared one."""
    if kind.startswith("decimal("):
        precision, scale = kind[8:-1].split(",")
        return DecimalType(int(precision), int(scale))
    return SIMPLE[kind]


def _numbered(columns: Mapping[str, str]) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(columns.items(), start=1))


def _drifted(table: Table, columns: Mapping[str, str]) -> bool:
    current = {field.name: field.field_type for field in table.schema().fields}
    return current != {name: iceberg_type(kind) for name, kind in columns.items()}
