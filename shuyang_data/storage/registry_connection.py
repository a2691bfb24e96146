"""How the registry is connected to, and what its faults are to a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from sqlalchemy.exc import DatabaseError, OperationalError

from shuyang_data.errors import Problem, RegistryBusyError, StorageError

# SQLite: `database is locked`; PostgreSQL: `could not obtain lock`, `canceling statement due to lock timeout`.
LOCKED = re.compile(r"\block(ed)?\b")
# Milliseconds that SQLite waits for another writer.
BUSY_MILLISECONDS = 60_000


def tune_sqlite(connection: Any, _: Any) -> None:
    """Readers beside a writer, and patience with another writer."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.close()


def place_of(url: str) -> str:
    """Where a registry is, as people read it: a file's path, or host and database without the password."""
    return unquote(url.split("@")[-1]).removeprefix("sqlite:///")


@contextmanager
def registry_errors(url: str) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        if isinstance(error, OperationalError) and LOCKED.search(str(error.orig)):
            busy = Problem(place_of(url), f"登记库被别的程序占用（{error.orig}）", "空闲的登记库", "关掉占用它的程序")
            raise RegistryBusyError([busy]) from error
        problem = Problem(place_of(url), f"登记库用不了（{error.orig}）", "可读写的登记库", "检查权限、磁盘和地址")
        raise StorageError([problem]) from error
