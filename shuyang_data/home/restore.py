"""`shuyang restore`: a home as it was at a backup, every object checked before any of it is put in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shuyang_data.errors import Problem, StorageError, UsageError
from shuyang_data.home.backup import EXPORT, EXPORTED, HOME, KEYS, tops_of
from shuyang_data.home.copies import Copies, Entry, Manifest, copied, copies_at
from shuyang_data.home.seal import Seal, make_seal
from shuyang_data.settings import Settings
from shuyang_data.storage.files import fresh_folder, storage_errors, sync
from shuyang_data.storage.lock import hold_night
from shuyang_data.storage.registry_connection import place_of
from shuyang_data.storage.registry_copy import import_registry, is_empty

REGISTRY = f"{HOME}/registry.db"
# Where the catalog of the backup goes when another one lies where it was.
BESIDE = "restored_catalog"


@dataclass(frozen=True)
class Restored:
    """name and made_at: of the backup. catalog: where its catalog lies, None where the standing one is equal."""

    name: str
    made_at: str
    files: int
    catalog: Path | None


def restore(settings: Settings, place: Path, name: str = "", *, registry_only: bool = False) -> Restored:
    """Restore the newest backup, or the named one, into a home that is empty; nothing is put in place before all of it
    was read and is right.

    registry_only: just the registry, and the keys, into a home that has lost its registry. Raises UsageError for a home
    that is in use or another passphrase, StorageError with every object that is missing or damaged.
    """
    with copies_at(place) as copies:
        name = _named(copies, name, place)
        manifest = copies.manifest(name)
        _require_room(settings, manifest, registry_only=registry_only)
        seal = make_seal(settings.backup_passphrase, bytes.fromhex(manifest.salt)) if manifest.salt else None
        wanted = [entry for entry in manifest.entries if not registry_only or _is_registry(entry)]
        waiting = fresh_folder(settings.home.with_name(f".{settings.home.name}.restoring"))
        try:
            _write(copies, wanted, waiting, seal)
            if registry_only:
                _put_registry(settings, waiting)
                catalog = None
            else:
                catalog = _put_home(settings, waiting)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
    return Restored(name, manifest.made_at, sum(entry.kind == "file" for entry in wanted), catalog)


def _named(copies: Copies, name: str, place: Path) -> str:
    names = copies.names()
    if not names or (name and name not in names):
        raise UsageError([Problem(str(place), f"没有备份 {name}".strip(), "、".join(names) or "至少一份备份")])
    return name or names[-1]


def _require_room(settings: Settings, manifest: Manifest, *, registry_only: bool) -> None:
    home, problems = settings.home, []
    is_export = manifest.registry == EXPORTED
    if registry_only and not is_export and (home / "registry.db").exists():
        problems.append(Problem(str(home / "registry.db"), "已经有登记库", remedy="先把它移到别处"))
    if not registry_only and home.exists() and any(home.iterdir()):
        remedy = "先把它移到别处，或换一个 SHUYANG_HOME"
        problems.append(Problem(str(home), "不是空文件夹", "一个空的、还没有的文件夹", remedy))
    if is_export and not settings.registry_url:
        problems.append(Problem("SHUYANG_REGISTRY_URL", "没有设", "备份时用的是数据库里的登记库，要一个空的数据库"))
    elif is_export and not is_empty(settings.registry):
        problems.append(Problem(place_of(settings.registry), "已经有登记库", "一个空的数据库"))
    elif not is_export and settings.registry_url:
        problems.append(Problem("SHUYANG_REGISTRY_URL", "设了数据库，而备份里是文件", remedy="去掉这个设置"))
    if problems:
        raise UsageError(problems)


def _is_registry(entry: Entry) -> bool:
    return entry.path in (REGISTRY, EXPORT) or entry.path.startswith(f"{HOME}/{KEYS}/")


def _write(copies: Copies, entries: list[Entry], waiting: Path, seal: Seal | None) -> None:
    """Everything below one folder; raise StorageError with all that is missing or damaged."""
    problems = []
    for entry in entries:
        path = waiting / entry.path
        if not path.resolve().is_relative_to(waiting.resolve()):
            problems.append(Problem(entry.path, "指向备份之外", "home、catalog 里的路径", "换一份备份"))
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind == "file":
            problems += _write_file(copies, entry, path, seal)
        elif entry.kind == "folder":
            path.mkdir(exist_ok=True)
    if problems:
        raise StorageError(problems)
    # Links last, so that nothing is written through one; folders' modes and times after what lies in them.
    for entry in entries:
        if entry.kind == "link":
            (waiting / entry.path).symlink_to(entry.target)
    for entry in reversed(entries):
        if entry.kind == "folder":
            (waiting / entry.path).chmod(entry.mode)
            os.utime(waiting / entry.path, ns=(entry.mtime_ns, entry.mtime_ns))


def _write_file(copies: Copies, entry: Entry, path: Path, seal: Seal | None) -> Iterator[Problem]:
    try:
        with copies.read(entry.sha256) as source:
            sha256, _ = copied(source, path)
    except FileNotFoundError:
        yield Problem(entry.path, "备份里没有它的内容", entry.sha256, "换一份备份")
        return
    if sha256 != entry.sha256:
        yield Problem(entry.path, "内容与清单不符", entry.sha256, "换一份备份")
        return
    if entry.is_sealed and seal is not None:
        path.write_bytes(seal.open(path.read_bytes(), entry.path))
    path.chmod(entry.mode)
    os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))
    sync(path)


def _put_home(settings: Settings, waiting: Path) -> Path | None:
    """The home in one rename, then the registry of a database, then the catalog where there is none."""
    export = waiting / EXPORT
    if export.exists():
        import_registry(export, settings.registry)
    home = settings.home
    with storage_errors(home):
        if home.exists():
            home.rmdir()
        home.parent.mkdir(parents=True, exist_ok=True)
        (waiting / HOME).rename(home)
        sync(home.parent)
        return _put_catalog(settings, waiting)


def _put_catalog(settings: Settings, waiting: Path) -> Path | None:
    tops = {waiting / name: standing for name, standing in tops_of(settings).items() if name != HOME}
    backed_up = {kept: standing for kept, standing in tops.items() if kept.is_dir()}
    if all(_contents(kept) == _contents(standing) for kept, standing in backed_up.items()):
        return None
    if not any(standing.exists() for standing in backed_up.values()):
        for kept, standing in backed_up.items():
            standing.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(kept, standing)
        return settings.catalog
    for kept in backed_up:
        shutil.copytree(kept, settings.home / BESIDE / kept.name)
    return settings.home / BESIDE / "catalog"


def _contents(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


def _put_registry(settings: Settings, waiting: Path) -> None:
    with hold_night(settings.home), storage_errors(settings.home):
        if (waiting / EXPORT).exists():
            import_registry(waiting / EXPORT, settings.registry)
        for path in sorted((waiting / HOME).rglob("*")):
            target = settings.home / path.relative_to(waiting / HOME)
            if path.is_file() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.rename(target)
                sync(target.parent)
