"""Files that survive a power cut: copy with a checksum, sync, and put whole folders in place atomically."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shuyang_data.errors import Problem, StorageError


@contextmanager
def storage_errors(where: Path) -> Iterator[None]:
    """Turn the operating system's refusals into one StorageError with a remedy."""
    try:
        yield
    except OSError as error:
        remedy = "腾出磁盘空间后重跑" if error.errno == 28 else "检查该位置的权限和磁盘"
        found = error.strerror or str(error)
        raise StorageError([Problem(str(error.filename or where), found, "可以读写", remedy)]) from error


def file_problems(path: Path) -> list[Problem]:
    """What keeps a path that a person named from being read as a file; empty when nothing does."""
    if path.is_dir():
        return [Problem(str(path), "是文件夹", "一个文件")]
    return [] if path.is_file() else [Problem(str(path), "没有这个文件")]


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def claim(source: Path, target: Path) -> Path:
    """Take a file over by one rename; from another disk by a copy under a hidden name, then the rename."""
    try:
        return source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    waiting = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, waiting)
    sync(waiting)
    waiting.rename(target)
    source.unlink()
    return target


def sync(path: Path) -> None:
    """fsync one file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_folder(staged: Path, final: Path) -> None:
    """Sync every file of `staged`, then move the folder to `final` in one rename; `final` must not exist."""
    with storage_errors(final):
        for path in staged.iterdir():
            sync(path)
        sync(staged)
        final.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(final)
        sync(final.parent)


def free_name(path: Path) -> Path:
    """The path, or the first with a number at its end that nothing has yet."""
    number, free = 0, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return free


def point_link(link: Path, target: str) -> None:
    """Make `link` point to `target` in one step, whatever it pointed to before."""
    with storage_errors(link):
        waiting = link.with_name(f".{link.name}.{os.getpid()}")
        waiting.unlink(missing_ok=True)
        waiting.symlink_to(target)
        waiting.replace(link)
        sync(link.parent)


def write_text(path: Path, text: str) -> None:
    """Replace a small text file in one step."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a small file in one step."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_name(f".{path.name}.{os.getpid()}")
        waiting.write_bytes(content)
        waiting.replace(path)


def fresh_folder(path: Path) -> Path:
    """An empty folder at `path`, whatever was left there by an interrupted run."""
    with storage_errors(path):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    return path
