"""What every night does first with the home it finds: leftovers go, and a lake of an older form becomes this one's."""

from __future__ import annotations

import shutil

from shuyang_data.settings import Settings
from shuyang_data.storage.lakehouse_move import make_movable


def settle(settings: Settings) -> None:
    """Only for who holds the night's lock; raise StorageError when the lake cannot be rewritten."""
    shutil.rmtree(settings.lake / "spill", ignore_errors=True)
    make_movable(settings.lake)
