"""Files of withdrawn releases leave the published folders for one of the service's account alone.

What the registry says decides, so whatever a dead night left behind is taken away by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shuyang_data.exchange.records import Supply
from shuyang_data.names import Layer
from shuyang_data.records import Release
from shuyang_data.settings import Settings
from shuyang_data.storage.files import free_name, storage_errors
from shuyang_data.storage.registry import Registry

FOLDER = "withdrawn"
MOMENT = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Leaving:
    """A withdrawn release and what can still be read of it: the folder of all versions, and what was supplied."""

    release: Release
    paths: tuple[Path, ...]


def to_put_away(settings: Settings, registry: Registry) -> list[Leaving]:
    """Withdrawn releases of which nothing current took the place, and whose files can still be read where they were."""
    standing = {(release.dataset, release.layer) for release in registry.releases()}
    # The newest of each: an earlier one's files went when it was withdrawn.
    withdrawn = {(release.dataset, release.layer): release for release in registry.withdrawn()}
    left = [release for place, release in withdrawn.items() if place not in standing]
    supplies = registry.supplies() if left else []
    leaving = [Leaving(release, _paths(settings.published, release, supplies)) for release in left]
    return [gone for gone in leaving if gone.paths]


def put_away(settings: Settings, registry: Registry, leaving: Iterable[Leaving]) -> None:
    """Take the link that readers follow away, then every version, and what was supplied from them."""
    for gone in leaving:
        release = gone.release
        assert release.withdrawn_at is not None
        room = settings.home / FOLDER / release.withdrawn_at.strftime(MOMENT)
        for path in gone.paths:
            _move(path, room / path.relative_to(settings.published))
        if release.layer is Layer.SHARED:
            registry.withdraw_supplies(release.dataset, release.withdrawn_at)


def _paths(published: Path, release: Release, supplies: Iterable[Supply]) -> tuple[Path, ...]:
    """The folder of all versions, and for a shared one the files that were supplied from it."""
    folder = published / release.layer / release.dataset.department / release.dataset.dataset
    mine = (supply for supply in supplies if supply.dataset == release.dataset)
    supplied = [published / supply.path for supply in mine] if release.layer is Layer.SHARED else []
    return tuple(path for path in (folder, *supplied) if path.exists())


def _move(path: Path, target: Path) -> None:
    with storage_errors(path):
        if path.is_dir():
            (path / "current").unlink(missing_ok=True)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(free_name(target))
