"""Looks at what is really published: every file of every current release, now, not what a record claims."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq

from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import PublishedFile, Release
from shuyang_data.settings import Settings
from shuyang_data.storage.files import sha256_of
from shuyang_data.storage.registry import Registry
from shuyang_data.targets.measures import Facts, Found


def release_problems(release: Release, published: Path) -> tuple[str, ...]:
    """Why this release cannot be relied on; empty when every file is there, opens and has its rows."""
    folder = published / release.folder
    problems = [p for file in release.files if (p := _file_problem(folder / file.name, file))]
    link = folder.parent / "current"
    if not problems and (not link.is_symlink() or link.readlink().name != folder.name):
        problems.append(f"{link} 没有指向当前版本")
    return tuple(problems)


def _file_problem(path: Path, expected: PublishedFile) -> str | None:
    try:
        stat = path.stat()
    except OSError:
        return f"{path} 不见了"
    if stat.st_size != expected.size:
        return f"{path} 应为 {expected.size} 字节，实为 {stat.st_size}"
    if stat.st_mtime_ns != expected.mtime_ns and sha256_of(path) != expected.sha256:
        return f"{path} 的内容被改动"
    if path.suffix == ".parquet":
        return _row_problem(path, expected)
    return None


def _row_problem(path: Path, expected: PublishedFile) -> str | None:
    try:
        rows = pq.read_metadata(path).num_rows
    except (OSError, ValueError) as error:
        return f"{path} 打不开（{str(error).splitlines()[0]}）"
    return None if rows == expected.rows else f"{path} 应有 {expected.rows} 行，实有 {rows}"


def look(release: Release, published: Path) -> Found:
    """What stands in the release's folder. A file put back from an old copy makes the data as old as the file."""
    dates = [release.data_on]
    for file in release.files:
        path = published / release.folder / file.name
        if path.exists():
            dates.append(_written_on(path))
    return Found(min(dates), release.rows, release_problems(release, published))


def _written_on(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()


def gather_facts(settings: Settings, registry: Registry) -> Facts:
    """Everything the targets are measured on, looked up at this moment."""
    releases = registry.releases()
    outcomes = registry.outcomes()
    return Facts(
        shared=_found(settings, (r for r in releases if r.layer is Layer.SHARED)),
        opened=_found(settings, (r for r in releases if r.layer is Layer.OPEN)),
        supplied=frozenset(supply.demand_id for supply in registry.supplies()),
        blocked={identity: outcome.blocked_by for identity, outcome in outcomes.items() if outcome.blocked_by},
        tickets=registry.open_tickets(),
    )


def _found(settings: Settings, releases: Iterable[Release]) -> dict[DatasetId, Found]:
    return {release.dataset: look(release, settings.published) for release in releases}
