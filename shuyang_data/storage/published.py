"""Whether a release stands as it was published: its files are looked at, now, not what a record claims of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from shuyang_data.exchange.records import Supply
from shuyang_data.records import PublishedFile, Release
from shuyang_data.storage.files import sha256_of


def release_problems(release: Release, published: Path, *, deep: bool = False) -> tuple[str, ...]:
    """Why this release cannot be relied on; empty when every file is there, opens and has its rows.

    deep: by SHA-256 also where a file's length and moment are as they were.
    """
    folder = published / release.folder
    problems = [p for file in release.files if (p := _file_problem(folder / file.name, file, deep=deep))]
    link = folder.parent / "current"
    if not problems and (not link.is_symlink() or link.readlink().name != folder.name):
        problems.append(f"{link} 没有指向当前版本")
    return tuple(problems)


def supply_problem(supply: Supply, published: Path, *, deep: bool = False) -> str | None:
    """Why what was delivered to a department no longer stands as it was; None when it does."""
    path = published / supply.path
    if not path.exists():
        return f"{path} 不见了"
    if deep and sha256_of(path) != supply.sha256:
        return f"{path} 的内容被改动"
    return _row_problem(path, supply.rows)


def _file_problem(path: Path, expected: PublishedFile, *, deep: bool) -> str | None:
    try:
        stat = path.stat()
    except OSError:
        return f"{path} 不见了"
    if stat.st_size != expected.size:
        return f"{path} 应为 {expected.size} 字节，实为 {stat.st_size}"
    is_suspect = deep or stat.st_mtime_ns != expected.mtime_ns
    if is_suspect and sha256_of(path) != expected.sha256:
        return f"{path} 的内容被改动"
    if path.suffix == ".parquet":
        return _row_problem(path, expected.rows)
    return None


def _row_problem(path: Path, expected: int | None) -> str | None:
    try:
        rows = pq.read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        return f"{path} 打不开（{str(error).splitlines()[0]}）"
    return None if rows == expected else f"{path} 应有 {expected} 行，实有 {rows}"
