"""What every night does first with the home it finds: leftovers go, and a lake of an older form becomes this one's."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from shuyang_data.home.heal import ASIDE
from shuyang_data.home.withdrawn import FOLDER
from shuyang_data.retention import DAMAGED_DAYS, UPLOAD_DAYS, WITHDRAWN_DAYS
from shuyang_data.settings import Settings
from shuyang_data.storage.lakehouse_move import make_movable


def settle(settings: Settings) -> None:
    """Only for who holds the night's lock; raise StorageError when the lake cannot be rewritten."""
    shutil.rmtree(settings.lake / "spill", ignore_errors=True)
    make_movable(settings.lake)


def clear(settings: Settings, now: datetime) -> None:
    """Remove what nobody will come back for: unfinished uploads, what is long healed, what was withdrawn long ago."""
    uploads = (settings.home / "uploads").glob("*/*"), UPLOAD_DAYS
    damaged = (settings.lake / ASIDE).glob("*"), DAMAGED_DAYS
    withdrawn = (settings.home / FOLDER).glob("*"), WITHDRAWN_DAYS
    for paths, days in (uploads, damaged, withdrawn):
        limit = (now - timedelta(days=days)).timestamp()
        for path in list(paths):
            if path.lstat().st_mtime < limit:
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
