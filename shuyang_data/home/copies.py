"""What a backup consists of: objects named by their SHA-256, and a manifest that says which file each of them is.

A folder takes many backups and keeps each object once; a file (.tar) is one backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from shuyang_data.errors import Problem, StorageError, UsageError
from shuyang_data.storage.files import storage_errors, sync

OBJECTS, MANIFESTS, SUFFIX = "objects", "manifests", ".tar"
FORMAT = 1
BLOCK = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One thing of a home. path: `home/…`, `catalog/…` or `quality_checks/…`; mode and mtime as they were.

    kind: `file`, `folder` or `link`; sha256 and size: of the object, which for a sealed file is not the file itself;
    target: of a link.
    """

    path: str
    kind: str
    mode: int
    mtime_ns: int
    size: int = 0
    sha256: str = ""
    target: str = ""
    is_sealed: bool = False


@dataclass(frozen=True)
class Manifest:
    """made_at: the moment in the county's zone, ISO 8601. software: its version then. salt: of the seal, in hex.

    registry: `file` when SQLite's own file is among the entries, `export` for the lines of another database.
    """

    made_at: str
    software: str
    registry: str
    salt: str
    entries: tuple[Entry, ...]

    @property
    def files(self) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.kind == "file")

    def text(self) -> str:
        """JSON with a checksum over all of it."""
        body = {"format": FORMAT, **asdict(self)}
        return json.dumps({"sha256": _digest(body), "backup": body}, ensure_ascii=False, indent=0)


def manifest_of(text: str, where: str) -> Manifest:
    """Raise StorageError for a text that is damaged or of another form."""
    try:
        told = json.loads(text)
        body = told["backup"]
        is_whole = told["sha256"] == _digest(body) and body.pop("format") == FORMAT
        entries = tuple(Entry(**fields) for fields in body.pop("entries"))
        manifest = Manifest(**body, entries=entries)
    except (ValueError, TypeError, KeyError, AttributeError):
        is_whole = False
    if not is_whole:
        raise StorageError([Problem(where, "备份清单损坏", "完整的清单", "换一份备份")])
    return manifest


def _digest(body: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def copied(source: BinaryIO, target: Path) -> tuple[str, int]:
    """Write what is read into a file; (its SHA-256, its size in bytes)."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as written:
        while block := source.read(BLOCK):
            digest.update(block)
            size += written.write(block)
    return digest.hexdigest(), size


class Copies(Protocol):
    """Where backups are read from."""

    def names(self) -> list[str]:
        """Of the manifests, the oldest first."""

    def manifest(self, name: str) -> Manifest: ...

    def read(self, sha256: str) -> BinaryIO:
        """One object; raise FileNotFoundError when it is not there."""


class Folder:
    """Backups in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / MANIFESTS).glob("*.json"))

    def manifest(self, name: str) -> Manifest:
        path = self.folder / MANIFESTS / f"{name}.json"
        return manifest_of(path.read_text(encoding="utf-8"), str(path))

    def read(self, sha256: str) -> BinaryIO:
        return self.place(sha256).open("rb")

    def place(self, sha256: str) -> Path:
        return self.folder / OBJECTS / sha256[:2] / sha256

    def put(self, source: BinaryIO) -> tuple[str, int, int]:
        """Keep what is read as an object, once; (its SHA-256, its size, how much of that is new), in bytes."""
        waiting = self.folder / OBJECTS / f".{os.getpid()}"
        waiting.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sha256, size = copied(source, waiting)
        place = self.place(sha256)
        if place.exists() and place.stat().st_size == size:
            waiting.unlink()
            return sha256, size, 0
        sync(waiting)
        place.parent.mkdir(exist_ok=True, mode=0o700)
        waiting.replace(place)
        sync(place.parent)
        return sha256, size, size

    def put_manifest(self, name: str, manifest: Manifest) -> None:
        """Last of all: a backup without it is none."""
        path = self.folder / MANIFESTS / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        waiting = path.with_suffix(".part")
        waiting.write_text(manifest.text(), encoding="utf-8")
        sync(waiting)
        waiting.replace(path)
        sync(path.parent)

    def keep(self, newest: int) -> None:
        """Remove all but the newest backups, and the objects that none of them needs."""
        names = self.names()
        for name in names[:-newest]:
            (self.folder / MANIFESTS / f"{name}.json").unlink()
        needed = {entry.sha256 for name in names[-newest:] for entry in self.manifest(name).files}
        for path in (self.folder / OBJECTS).glob("*/*"):
            if path.name not in needed:
                path.unlink()


class Archive:
    """One backup in a tar file."""

    def __init__(self, path: Path, archive: tarfile.TarFile) -> None:
        self._path, self._archive = path, archive
        self._members = {member.name: member for member in archive}

    def names(self) -> list[str]:
        return sorted(Path(name).stem for name in self._members if name.startswith(f"{MANIFESTS}/"))

    def manifest(self, name: str) -> Manifest:
        with self._open(f"{MANIFESTS}/{name}.json") as source:
            return manifest_of(source.read().decode(), str(self._path))

    def read(self, sha256: str) -> BinaryIO:
        return self._open(f"{OBJECTS}/{sha256[:2]}/{sha256}")

    def _open(self, name: str) -> BinaryIO:
        member = self._archive.extractfile(self._members[name]) if name in self._members else None
        if member is None:
            raise FileNotFoundError(name)
        return member  # type: ignore[return-value]


@contextmanager
def copies_at(place: Path) -> Iterator[Copies]:
    """The backups in a folder or file; raise UsageError where there are none."""
    with storage_errors(place):
        if place.is_dir():
            yield Folder(place)
            return
        if not place.is_file() or not tarfile.is_tarfile(place):
            raise UsageError([Problem(str(place), "不是备份", "shuyang backup 写的文件夹或 .tar 文件")])
        with tarfile.open(place) as archive:
            yield Archive(place, archive)


def pack(folder: Path, target: Path, names: Iterable[str] = (OBJECTS, MANIFESTS)) -> None:
    """A folder of backups as one file, which appears whole."""
    waiting = target.with_name(f".{target.name}.part")
    with storage_errors(target):
        with tarfile.open(waiting, "w") as archive:
            for name in names:
                archive.add(folder / name, arcname=name)
        waiting.chmod(0o600)
        sync(waiting)
        waiting.replace(target)
        sync(target.parent)
        shutil.rmtree(folder)
