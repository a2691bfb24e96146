"""Files of withdrawn releases leave the published folders for one of the service's account alone.

What the registry says decides, so whatever a dead night left behind is taken away by the next one.
"""

from __future__ import annotations

from pathlib import Path

from shuyang_data.names import Layer
from shuyang_data.records import Release
from shuyang_data.settings import Settings
from shuyang_data.storage.files import free_name, storage_errors
from shuyang_data.storage.registry import Registry

FOLDER = "withdrawn"
MOMENT = "%Y%m%dT%H%M%S%f"


def to_put_away(settings: Settings, registry: Registry) -> list[Release]:
    """Withdrawn releases of which nothing current took the place, and whose files can still be read where they were."""
    standing = {(release.dataset, release.layer) for release in registry.releases()}
    # The newest of each: an earlier one's files went when it was withdrawn.
    withdrawn = {(release.dataset, release.layer): release for release in registry.withdrawn()}
    left = [release for place, release in withdrawn.items() if place not in standing]
    return [release for release in left if _places(settings, registry, release)]


def put_away(settings: Settings, registry: Registry) -> list[Release]:
    """Take the link that readers follow away, then every version, and what was supplied from them; what was moved."""
    moved = to_put_away(settings, registry)
    for release in moved:
        assert release.withdrawn_at is not None
        room = settings.home / FOLDER / release.withdrawn_at.strftime(MOMENT)
        for path in _places(settings, registry, release):
            _move(path, room / path.relative_to(settings.published))
        if release.layer is Layer.SHARED:
            registry.withdraw_supplies(release.dataset, release.withdrawn_at)
    return moved


def _places(settings: Settings, registry: Registry, release: Release) -> list[Path]:
    """The folder of all versions, and for a shared one the files that were supplied from it."""
    folder = settings.published / release.layer / release.dataset.department / release.dataset.dataset
    supplied = []
    if release.layer is Layer.SHARED:
        supplied = [settings.published / s.path for s in registry.supplies() if s.dataset == release.dataset]
    return [path for path in (folder, *supplied) if path.exists()]


def _move(path: Path, target: Path) -> None:
    with storage_errors(path):
        if path.is_dir():
            (path / "current").unlink(missing_ok=True)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(free_name(target))
