"""The only door to a Spark Connect server (Apache Spark 4, Sail): the same expressions as on one machine's engine."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ibis
from ibis.expr.types import Table

from shuyang_data.errors import Problem, QueryError, StorageError

PORT, TIMEOUT = 15002, 5.0
EXTRA = "pip install 'shuyang-data[spark]'"


def _reach(remote: str) -> None:
    """Spark's client would try for minutes to reach a server that is not there."""
    place = urlsplit(remote)
    try:
        socket.create_connection((place.hostname or "", place.port or PORT), TIMEOUT).close()
    except OSError as error:
        raise StorageError([Problem(remote, "没有应答", "Spark Connect 服务", "检查地址与服务")]) from error


class SparkEngine:
    """Reads Parquet files that the server sees under the same paths; every answer comes back as Python values."""

    def __init__(self, remote: str) -> None:
        """remote: `sc://host:port`. Raises StorageError when nothing answers there."""
        _reach(remote)
        try:
            from pyspark.errors import AnalysisException, PySparkException
            from pyspark.sql import SparkSession
        except ImportError:
            raise StorageError([Problem("Spark", "没有装 pyspark-client", EXTRA)]) from None
        self._refused, self._failed = AnalysisException, PySparkException
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self._session = SparkSession.builder.remote(remote).create()
        self._ibis = ibis.pyspark.connect(self._session)

    def parquet(self, paths: Sequence[str | Path]) -> Table:
        """A lazy table over Parquet files of one schema."""
        with self._answers():
            frame = self._session.read.parquet(*(Path(path).as_uri() for path in paths))
            # Sail answers with an empty table for a file that it does not see.
            if not frame.columns:
                raise StorageError([Problem(str(paths[0]), "Spark 服务看不到这个文件", "同一路径下的共享存储")])
            return self._named(frame)

    def rows(self, rows: Sequence[Mapping[str, Any]], schema: Mapping[str, str]) -> Table:
        """A small table from Python values; schema: name → Ibis type."""
        kinds = self._ibis.compiler.type_mapper
        types = ", ".join(f"`{n}` {kinds.to_string(ibis.dtype(kind))}" for n, kind in schema.items())
        values = [tuple(row[name] for name in schema) for row in rows]
        return self._named(self._session.createDataFrame(values, types))

    def _named(self, frame: Any) -> Table:
        name = f"table_{id(frame)}"
        frame.createOrReplaceTempView(name)
        return self._ibis.table(name)

    def fetch(self, table: Table) -> list[dict[str, Any]]:
        """Every row as Python values; for small results. Raises QueryError for a query that cannot run."""
        with self._answers():
            return [row.asDict() for row in self._session.sql(str(self._ibis.compile(table))).collect()]

    @contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except self._failed as error:
            kind = QueryError if isinstance(error, self._refused) else StorageError
            raise kind([Problem("Spark", str(error).splitlines()[0])]) from error

    def close(self) -> None:
        self._session.stop()
