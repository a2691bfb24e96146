"""Dagster's own store, below our home folder whoever starts it, its event log with one kept connection per file.

As shipped, each event opens, syncs and closes the file; and a store that follows DAGSTER_HOME is another one for
everybody who starts Dagster without it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, StaticPool, create_engine, delete, event, false, func, not_, select, update

from shuyang_data.settings import Settings, sqlite_url


def _database_url(base_dir: str, name: str) -> str:
    return sqlite_url(Path(base_dir).absolute() / f"{name}.db")


# Dagster writes a path into SQLAlchemy's URL as it is, and there `%20` in a folder's name is a blank.
for _module in (sqlite_run_storage, sqlite_schedule_storage, sqlite_event_log):
    _module.create_db_conn_string = _database_url  # type: ignore[attr-defined]


class HomeStorage(DagsterSqliteStorage):
    """Runs, events and ticks in `SHUYANG_HOME/dagster`. Takes no configuration."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = PooledSqliteEventLogStorage(base_dir)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "HomeStorage":
        return cls.from_local(str(Settings().dagster_home), inst_data)

    @property
    def event_storage_data(self) -> ConfigurableClassData | None:
        """Where the event log is, for the processes that Dagster starts."""
        pooled = PooledSqliteEventLogStorage
        return ConfigurableClassData(pooled.__module__, pooled.__name__, yaml.dump({"base_dir": self.base_dir}))


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

    def newest(self) -> tuple[int, int]:
        """The last event and the last execution of a check that are written down, by number; 0 for none."""
        with self.index_connection() as connection:
            event_id = connection.execute(select(func.max(SqlEventLogStorageTable.c.id))).scalar()
            check_id = connection.execute(select(func.max(AssetCheckExecutionsTable.c.id))).scalar()
        return event_id or 0, check_id or 0

    def forget(self, keys: Collection[dg.AssetKey], until: tuple[int, int], unused: Collection[dg.AssetKey]) -> None:
        """Delete what is written down of these keys up to `until`, as `newest` gave it, and the keys no longer in use.

        A wipe would hide for ever what happened before it, also what is written down later under an old moment.
        """
        names, (events, checks) = [key.to_string() for key in keys], until
        log, tags, executions = SqlEventLogStorageTable.c, AssetEventTagsTable.c, AssetCheckExecutionsTable.c
        with self.index_connection() as connection:
            gone = select(log.id).where(log.asset_key.in_(names), log.id <= events)
            connection.execute(delete(AssetEventTagsTable).where(tags.event_id.in_(gone)))
            connection.execute(delete(SqlEventLogStorageTable).where(log.asset_key.in_(names), log.id <= events))
            connection.execute(
                delete(AssetCheckExecutionsTable).where(executions.asset_key.in_(names), executions.id <= checks)
            )
            left = [key.to_string() for key in unused]
            connection.execute(delete(AssetKeyTable).where(AssetKeyTable.c.asset_key.in_(left)))

    def unwipe(self, keys: Collection[dg.AssetKey]) -> None:
        """Delete what a wipe hides of these keys, and its mark."""
        log, known = SqlEventLogStorageTable.c, AssetKeyTable.c
        with self.index_connection() as connection:
            for name in (key.to_string() for key in keys):
                wiped = select(known.wipe_timestamp).where(known.asset_key == name).scalar_subquery()
                hidden = delete(SqlEventLogStorageTable).where(log.asset_key == name, log.timestamp <= wiped)
                connection.execute(hidden)
                bare = {"wipe_timestamp": None, "asset_details": None}
                connection.execute(update(AssetKeyTable).where(known.asset_key == name).values(bare))

    def last_words(self) -> set[str]:
        """Runs that made an asset or evaluated a check last."""
        executions, known = AssetCheckExecutionsTable.c, AssetKeyTable.c
        newest = select(func.max(executions.id)).group_by(executions.asset_key, executions.check_name)
        with self.index_connection() as connection:
            runs = connection.execute(select(known.last_run_id)).scalars().all()
            checked = connection.execute(select(executions.run_id).where(executions.id.in_(newest))).scalars().all()
        return {run_id for run_id in (*runs, *checked) if run_id}

    def forget_run(self, run_id: str, lasting: Collection[dg.AssetKey]) -> None:
        """Delete a run's log, and of its events all but materializations of the lasting assets."""
        log, tags, executions = SqlEventLogStorageTable.c, AssetEventTagsTable.c, AssetCheckExecutionsTable.c
        stays = (log.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value) & log.asset_key.in_(
            [key.to_string() for key in lasting]
        )
        with self.index_connection() as connection:
            gone = (log.run_id == run_id) & not_(func.coalesce(stays, false()))
            connection.execute(delete(AssetEventTagsTable).where(tags.event_id.in_(select(log.id).where(gone))))
            connection.execute(delete(SqlEventLogStorageTable).where(gone))
            connection.execute(delete(AssetCheckExecutionsTable).where(executions.run_id == run_id))
        self._close(run_id)
        for path in Path(self._base_dir).glob(f"{run_id}.db*"):
            path.unlink()

    def forget_history(self, before: datetime) -> None:
        """Delete what is older, but for the last word on each asset."""
        log, known = SqlEventLogStorageTable.c, AssetKeyTable.c
        last = select(known.last_run_id).where(known.last_run_id.is_not(None))
        is_old = (log.timestamp < before.replace(tzinfo=None)) & log.run_id.not_in(last)
        with self.index_connection() as connection:
            connection.execute(delete(SqlEventLogStorageTable).where(is_old))

    def dispose(self) -> None:
        """Close every file, so that SQLite puts what its log holds into it and removes the log."""
        super().dispose()
        with self._db_lock:
            for shard in list(self._engines):
                self._close(shard)

    def _close(self, shard: str) -> None:
        engine = self._engines.pop(shard, None)
        if engine is not None:
            engine.dispose()

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
