"""Where the lake's files are: written down below the lake's own folder, so that a copy of it is a lake of its own.

A location is `lake:///<namespace>/<table>/…`, as it is, not percent-encoded, because PyIceberg never decodes. It means
a file only together with the folder that the lake lies in when it is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from shuyang_data.errors import Problem, StorageError
from shuyang_data.storage.files import sync

SCHEME = "lake://"
# The catalog's property that says where the lake lies now.
FOLDER = "shuyang.lake"


def location_of(path: Path, lake: Path) -> str:
    """How the lake in this folder writes a path down."""
    return f"{SCHEME}/{path.relative_to(lake).as_posix()}" if path != lake else SCHEME


def path_of(location: str, lake: Path) -> Path:
    """The path of a location; raise StorageError for one that leads out of the lake, or was written before 2026-12."""
    place = PurePosixPath(location.removeprefix(SCHEME).lstrip("/"))
    if location.startswith(f"{SCHEME}/") and ".." not in place.parts:
        return lake / place
    remedy = "运行 shuyang run：它会把旧版数据湖改成可以搬动的" if location.startswith("file:") else "从备份恢复"
    raise StorageError([Problem(str(lake), f"位置 {location} 不在这个数据湖里", f"{SCHEME}/…", remedy)])


def data_files(table: Table, snapshot_id: int | None = None) -> Iterator[DataFile]:
    """The data files of a snapshot, the current one by default; also those without a row, which a scan leaves out."""
    snapshot = table.current_snapshot() if snapshot_id is None else table.snapshot_by_id(snapshot_id)
    for manifest in snapshot.manifests(table.io) if snapshot is not None else ():
        for entry in manifest.fetch_manifest_entry(table.io):
            yield entry.data_file


class SyncedFile(PyArrowFile):  # type: ignore[misc]
    """A metadata file or manifest that is on the disk, with its folder, once it is closed."""

    def create(self, overwrite: bool = False) -> Any:
        path = Path(self._path)
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} already exists")
        path.parent.mkdir(parents=True, exist_ok=True)
        return _SyncedStream(path)


class _SyncedStream(FileIO):
    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(path, "w")

    def close(self) -> None:
        if not self.closed:
            os.fsync(self.fileno())
            super().close()
            sync(self._path.parent)


class SyncedFileIO(PyArrowFileIO):  # type: ignore[misc]
    """PyIceberg's own file access, except that nothing is committed before it has reached the disk.

    Overrides the public `parse_location`, which every reading, writing and deleting asks where a location is.
    """

    @staticmethod
    def parse_location(location: str, properties: Mapping[str, str] = MappingProxyType({})) -> tuple[str, str, str]:
        return "file", "", str(path_of(location, Path(properties[FOLDER])))

    def new_output(self, location: str) -> SyncedFile:
        plain = super().new_output(location)
        return SyncedFile(location=location, path=plain._path, fs=plain._filesystem)
