"""`shuyang backup`: everything of a home at one moment between two nights, while readers and the server go on."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from shuyang_data.catalog.load import CHECKS
from shuyang_data.home.copies import SUFFIX, Entry, Folder, Manifest, pack
from shuyang_data.home.seal import Seal, make_seal
from shuyang_data.settings import Settings, sqlite_url
from shuyang_data.storage.files import fresh_folder, storage_errors
from shuyang_data.storage.lock import hold_night
from shuyang_data.storage.registry_copy import copy_database, export_registry

HOME, KEYS, EXPORT = "home", "keys", "registry.jsonl"
# Made anew wherever the home is, or of the moment only.
LEFT_OUT = ("analyst", "analyst.duckdb", "night.lock", "lake/spill", "dagster/alive", "published/.staging")
DATABASE, LOGS = ".db", ("-wal", "-shm", "-journal", ".db.lock")
FILE, EXPORTED = "file", "export"


@dataclass(frozen=True)
class Made:
    """name: of the backup in its folder. size: of all its files, in bytes; added: bytes that were not there yet."""

    name: str
    files: int
    size: int
    added: int


def tops_of(settings: Settings) -> dict[str, Path]:
    """What is backed up: how a path begins in the manifest → the folder that it means."""
    return {HOME: settings.home, "catalog": settings.catalog, CHECKS: settings.catalog.parent / CHECKS}


def make_backup(settings: Settings, place: Path, now: datetime, keep: int = 0) -> Made:
    """Back a home up into a folder, or a file that ends in `.tar`; between two nights, for which it does not wait.

    keep: how many backups stay in the folder, 0 for all. Raises BusyError while a night runs, UsageError without a
    passphrase when there are keys, StorageError.
    """
    local = now.astimezone(settings.zone)
    with hold_night(settings.home), storage_errors(place):
        seal = _seal(settings)
        folder = Folder(place if place.suffix != SUFFIX else fresh_folder(place.with_name(f".{place.name}.folder")))
        folder.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{local:%Y%m%dT%H%M%S}"
        made = _write(settings, folder, name, local, seal)
        if keep:
            folder.keep(keep)
        if place.suffix == SUFFIX:
            pack(folder.folder, place)
    return made


def _seal(settings: Settings) -> Seal | None:
    has_keys = any(path.is_file() for path in (settings.home / KEYS).glob("*"))
    return make_seal(settings.backup_passphrase) if has_keys else None


def _write(settings: Settings, folder: Folder, name: str, now: datetime, seal: Seal | None) -> Made:
    """The registry first: what comes in meanwhile then stands in landing and is registered by the next night."""
    copied = _Copied(folder, _known(folder), seal)
    is_file = settings.registry == sqlite_url(settings.home / "registry.db")
    entries = [copied.registry(settings.registry)] if not is_file else []
    for root, top in tops_of(settings).items():
        entries += [entry for path in _walk(top) if (entry := copied.entry(path, f"{root}/{path.relative_to(top)}"))]
    salt = seal.salt.hex() if seal else ""
    registry = FILE if is_file else EXPORTED
    manifest = Manifest(now.isoformat(), version("shuyang-data"), registry, salt, tuple(entries))
    folder.put_manifest(name, manifest)
    sizes = [entry.size for entry in manifest.files]
    return Made(name, len(sizes), sum(sizes), copied.added)


def _known(folder: Folder) -> dict[tuple[str, int, int], Entry]:
    """(path, size, mtime) → what the last backup kept: a file that has not changed is not read again."""
    names = folder.names()
    files = folder.manifest(names[-1]).files if names else ()
    return {(entry.path, entry.size, entry.mtime_ns): entry for entry in files if not entry.is_sealed}


def _walk(top: Path) -> Iterator[Path]:
    """Files, links and folders below a folder, databases first, without what is left out."""
    if not top.is_dir():
        return
    for place, folders, files in os.walk(top):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _is_left_out(here / name, top))
        linked = [name for name in folders if (here / name).is_symlink()]
        for name in sorted(files, key=lambda name: (not name.endswith(DATABASE), name)):
            if not _is_left_out(here / name, top) and not name.endswith(LOGS):
                yield here / name
        yield from (here / name for name in folders)
        folders[:] = [name for name in folders if name not in linked]


def _is_left_out(path: Path, top: Path) -> bool:
    return str(path.relative_to(top)) in LEFT_OUT


class _Copied:
    """Puts what it is shown into a folder of backups. added: bytes that were not there yet."""

    def __init__(self, folder: Folder, known: dict[tuple[str, int, int], Entry], seal: Seal | None) -> None:
        self._folder, self._known, self._seal = folder, known, seal
        self.added = 0

    def registry(self, url: str) -> Entry:
        """The export of a registry that is no file of the home."""
        with TemporaryDirectory() as place:
            export_registry(url, Path(place) / EXPORT)
            return self._object(Path(place) / EXPORT, EXPORT)

    def entry(self, path: Path, name: str) -> Entry | None:
        """None for what went away since it was listed, as an upload does that has become a delivery."""
        try:
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                return Entry(name, "link", 0o777, status.st_mtime_ns, target=str(path.readlink()))
            if stat.S_ISDIR(status.st_mode):
                return Entry(name, "folder", status.st_mode & 0o777, status.st_mtime_ns)
            if not stat.S_ISREG(status.st_mode):
                return None
            return self._file(path, name, status)
        except FileNotFoundError:
            return None

    def _file(self, path: Path, name: str, status: os.stat_result) -> Entry:
        if name.startswith(f"{HOME}/{KEYS}/") and self._seal is not None:
            sealed = self._seal.close(path.read_bytes(), name)
            sha256, size, new = self._folder.put(io.BytesIO(sealed))
            self.added += new
            return Entry(name, "file", status.st_mode & 0o777, status.st_mtime_ns, size, sha256, is_sealed=True)
        if path.suffix == DATABASE:
            with TemporaryDirectory() as place:
                copy_database(path, Path(place) / path.name)
                return replace(self._object(Path(place) / path.name, name), mode=status.st_mode & 0o777)
        last = self._known.get((name, status.st_size, status.st_mtime_ns))
        if last is not None and self._folder.place(last.sha256).exists():
            return replace(last, mode=status.st_mode & 0o777)
        return self._object(path, name)

    def _object(self, path: Path, name: str) -> Entry:
        with path.open("rb") as source:
            status = os.fstat(source.fileno())
            sha256, size, new = self._folder.put(source)
        self.added += new
        return Entry(name, "file", status.st_mode & 0o777, status.st_mtime_ns, size, sha256)
