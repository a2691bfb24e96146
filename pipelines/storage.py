"""Dagster's event log on SQLite with one kept connection per file; as shipped each event opens, syncs and closes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """The same files and tables. Overrides the private `_connect`; a test fails if an upgrade renames it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "PooledSqliteEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                engine = self._engines[shard] = self._open(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _open(self, shard: str) -> Engine:
        arguments = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
        engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args=arguments)
        event.listen(engine, "connect", _relax)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine


def _relax(connection: Any, _: Any) -> None:
    """WAL with `synchronous=NORMAL`: a power cut may lose the last events, never the file."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
