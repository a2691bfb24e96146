"""One night at a time on one home folder, also across processes."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from shuyang_data.errors import BusyError, Problem
from shuyang_data.storage.files import storage_errors

_held: dict[Path, FileLock] = {}


def hold_night(home: Path, wait_seconds: float = 0) -> FileLock:
    """Take the home folder for this process; raise BusyError when another one keeps it. Taking it twice is fine."""
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        lock = _held.setdefault(home, FileLock(home / "night.lock"))
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            problem = Problem(str(home / "night.lock"), "另一次运行还没有结束", remedy="等它结束后再试")
            raise BusyError([problem]) from error
    return lock
