"""One night at a time on one home folder, also across processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from shuyang_data.errors import BusyError, Problem
from shuyang_data.storage.files import storage_errors


def take_night(home: Path, wait_seconds: float = 0) -> FileLock:
    """Take the home folder until the lock is released or forgotten; raise BusyError when somebody else keeps it.

    Nobody takes it twice, in this process or another; any thread may release it.
    """
    with storage_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "night.lock", thread_local=False)
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout as error:
            problem = Problem(str(home / "night.lock"), "另一次运行还没有结束", remedy="等它结束后再试")
            raise BusyError([problem]) from error
    return lock


@contextmanager
def hold_night(home: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Take the home folder for the length of a block; raise BusyError when somebody else keeps it."""
    lock = take_night(home, wait_seconds)
    try:
        yield
    finally:
        lock.release()
