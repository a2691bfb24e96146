"""MariaDB, where this machine runs one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

MARIADB = "mysql+pymysql://root@127.0.0.1:3306/"


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """A database of this process's own on the machine's server: two workers that share one drop each other's tables."""
    server = create_engine(MARIADB)
    name = f"shuyang_test_{os.getpid()}"
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    except OperationalError:
        pytest.skip("no MariaDB answers on 127.0.0.1:3306")
    yield f"{MARIADB}{name}?charset=utf8mb4"
    with server.begin() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()
