"""The only door to the engine: one in-memory DuckDB behind Ibis, for one process. DuckDB's own SQL stands here only."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import Table, Value

from shuyang_data.errors import Problem, QueryError, StorageError
from shuyang_data.release.neutral import NUMBER
from shuyang_data.settings import Settings
from shuyang_data.storage.files import sync
from shuyang_data.storage.regular_text import CsvMismatchError, RegularText, has_other_rows
from shuyang_data.storage.sql_text import quote, quote_name

APOSTROPHE = "'"
LONGEST_LINE = 2_000_000
READER_MEMORY = "512MB"
RAW_PARQUET = "FORMAT parquet, COMPRESSION zstd"
PARQUET = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 40960"


class Engine:
    """Reads and writes tables; every method streams unless it says otherwise."""

    def __init__(self, settings: Settings) -> None:
        # Two processes must not share a folder: the engine's names for its spill files are always the same.
        spill = settings.lake / "spill" / str(os.getpid())
        spill.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {
            "memory_limit": settings.memory_limit,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
        if settings.threads:
            options["threads"] = settings.threads
        # Rows are numbered by one thread; two texts read side by side on one thread each beat two threads on one.
        self._one_thread = options | {"threads": 1, "memory_limit": READER_MEMORY}
        # Fused projections would write a column's expression out once for every rule that looks at it.
        ibis.options.sql.fuse_selects = False
        self._hold_rows = settings.hold_rows
        self._ibis = ibis.duckdb.connect(**options)
        self._held: list[str] = []
        self._compiled: dict[str, str] = {}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        connection: duckdb.DuckDBPyConnection = self._ibis.con
        return connection

    def parquet(self, paths: Sequence[str | Path], *, united: bool = False) -> Table:
        """A lazy table over Parquet files of one schema; united: files that may lack columns, which are empty there."""
        more = {"union_by_name": True} if united and len(paths) > 1 else {}
        return self._ibis.read_parquet([str(path) for path in paths], **more)

    def rows(self, rows: Sequence[Mapping[str, Any]], schema: Mapping[str, str]) -> Table:
        """A small table from Python values, kept until `release`; schema: name → Ibis type."""
        arrow = pa.Table.from_pylist(list(rows), schema=ibis.schema(schema).to_pyarrow())
        name = self._hold_name()
        self.connection.register("incoming", arrow)
        self._run(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM incoming")
        self.connection.unregister("incoming")
        return self._ibis.table(name, database="temp.main")

    def holds(self, rows: int) -> bool:
        """Whether a table of so many rows is kept in memory; computing a larger one again beats writing it down."""
        return rows <= self._hold_rows

    def hold(self, table: Table, rows: int) -> Table:
        """The table computed once and kept until `release` when it is small enough, else as it is."""
        return self.keep(table) if self.holds(rows) else table

    def keep(self, table: Table) -> Table:
        """The table computed once and kept in memory until `release`."""
        name = self._hold_name()
        self._run(f"CREATE OR REPLACE TEMP TABLE {name} AS {self.sql(table)}")
        return self._ibis.table(name, database="temp.main")

    def keep_as(self, name: str, table: Table) -> None:
        """The table computed once and kept under this name, in place of what was kept under it."""
        self._run(f"CREATE OR REPLACE TEMP TABLE {name} AS {self.sql(table)}")

    def fetch_again(self, key: str, build: Callable[[], Table]) -> list[dict[str, Any]]:
        """As `fetch`, for a query that differs from call to call only in what `keep_as` kept: compiled once a key."""
        if key not in self._compiled:
            self._compiled[key] = self.sql(build())
        return self._fetch_sql(self._compiled[key])

    def _hold_name(self) -> str:
        name = f"held_{len(self._held)}"
        self._held.append(name)
        return name

    def release(self) -> None:
        """Forget every held table."""
        for name in self._held:
            self.connection.execute(f"DROP TABLE IF EXISTS temp.main.{name}")
        self._held.clear()

    def sql(self, table: Table | Value) -> str:
        return str(self._ibis.compile(table, pretty=False))

    def fetch(self, table: Table) -> list[dict[str, Any]]:
        """Every row as Python values; for small results."""
        return self._fetch_sql(self.sql(table))

    def frame(self, table: Table) -> Any:
        """Every row as a pandas frame; for what no query can judge."""
        return self._run(self.sql(table)).df()

    def _fetch_sql(self, statement: str) -> list[dict[str, Any]]:
        cursor = self._run(statement)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def measure(self, table: Table, scalars: Mapping[str, Value]) -> dict[str, Any]:
        """One aggregate over the table, as name → value."""
        return self.fetch(table.aggregate(**scalars))[0]

    def write_parquet(self, table: Table, path: Path, field_ids: Mapping[str, int] | None = None) -> int:
        """COPY to one synced Parquet file; the number of rows written."""
        ids = ""
        if field_ids:
            ids = ", FIELD_IDS {" + ", ".join(f'"{name}": {number}' for name, number in field_ids.items()) + "}"
        rows = self._copy(self.sql(table), path, PARQUET + ids)
        sync(path)
        return rows

    def text_sum(self, paths: Sequence[str | Path], column: str) -> Decimal:
        """The sum of a column of text over Parquet files; thousands separators count for nothing, words for zero."""
        files = "[" + ", ".join(quote(path) for path in paths) + "]"
        number = f"TRY_CAST(replace(trim(\"{column}\"), ',', '') AS DECIMAL(30, 6))"
        found = self._run(f"SELECT coalesce(sum({number}), 0) FROM read_parquet({files})").fetchone()[0]
        return Decimal(found).normalize()

    def write_csv(self, source: Path, columns: Mapping[str, str], path: Path, texts: Collection[str] = ()) -> int:
        """A Parquet file as CSV with the given headings (column → heading).

        texts: columns in which what a spreadsheet would run as a formula is made harmless, as `release.neutral` says.
        """
        shown = {name: _neutral(name) if name in texts else quote_name(name) for name in columns}
        chosen = ", ".join(f"{shown[name]} AS {quote_name(heading)}" for name, heading in columns.items())
        return self._copy(f"SELECT {chosen} FROM read_parquet({quote(source)})", path, "FORMAT csv, HEADER true")

    def write_json(self, source: Path, columns: Mapping[str, str], path: Path) -> int:
        """A Parquet file as one JSON array of records."""
        return self._copy(_select(source, columns), path, "FORMAT json, ARRAY true")

    def csv_to_raw(self, text: RegularText, delivery_id: str, target: Path, field_ids: Mapping[str, int]) -> int:
        """A regular UTF-8 text as a raw Parquet file, every value as text, without sniffing; safe to call from threads.

        Raises CsvMismatchError when a line does not fit, or a row is none of data: a total, a note.
        """
        types = "{" + ", ".join(f"'c{n}': 'VARCHAR'" for n in range(text.width)) + "}"
        chosen = ", ".join(f'c{position} AS "{name}"' for name, position in text.columns.items())
        query = (
            f"SELECT '{delivery_id}' AS _delivery_id, {text.start - 1} + row_number() OVER () AS _row_number, "
            f"CAST(NULL AS VARCHAR) AS _read_fault, {chosen} FROM read_csv({quote(text.path)}, auto_detect=false, "
            f"header=false, skip={text.skip}, delim={quote(text.delimiter)}, quote='\"', escape='\"', "
            f"columns={types}, all_varchar=true, null_padding=false, strict_mode=true, max_line_size={LONGEST_LINE})"
        )
        ids = ", FIELD_IDS {" + ", ".join(f'"{name}": {number}' for name, number in field_ids.items()) + "}"
        try:
            with duckdb.connect(config=self._one_thread) as reader:
                rows = reader.execute(f"COPY ({query}) TO {quote(target)} ({RAW_PARQUET}{ids})").fetchall()[0][0]
                if has_other_rows(reader, text, target):
                    raise CsvMismatchError("notes or totals between the rows")
        except duckdb.InvalidInputException as error:
            raise CsvMismatchError(str(error).splitlines()[0]) from error
        except duckdb.Error as error:
            raise _storage_error(error, target) from error
        sync(target)
        return int(rows)

    def columns_to_raw(self, columns: Mapping[str, Sequence[Any]], target: Path, field_ids: Mapping[str, int]) -> int:
        """Columns of text, all equally long (the system columns first), as a raw Parquet file; its rows."""
        types = {"_row_number": pa.int64()}
        fields = [
            pa.field(n, types.get(n, pa.string()), metadata={"PARQUET:field_id": str(field_ids[n])}) for n in columns
        ]
        arrays = [pa.array(values, type=f.type) for values, f in zip(columns.values(), fields, strict=True)]
        table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
        pq.write_table(table, target, compression="zstd")
        sync(target)
        return int(table.num_rows)

    def _copy(self, query: str, path: Path, options: str) -> int:
        return int(self._run(f"COPY ({query}) TO {quote(path)} ({options})").fetchone()[0])

    def _run(self, statement: str) -> Any:
        try:
            return self.connection.execute(statement)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise _storage_error(error, Path(".")) from error
        except (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException) as error:
            raise QueryError([Problem("查询", str(error).splitlines()[0], "与列的类型相符的写法")]) from error


def _neutral(name: str) -> str:
    text = quote_name(name)
    first = f"substr({text}, 1, 1)"
    number = f"regexp_full_match({text}, {quote(NUMBER.pattern)})"
    signed = f"{first} IN ('+', '-') AND length({text}) > 1 AND NOT {number}"
    starts = f"{first} IN ('=', '@', chr(9), chr(13))"
    return f"CASE WHEN {starts} OR ({signed}) THEN {quote(APOSTROPHE)} || {text} ELSE {text} END"


def _select(source: Path, columns: Mapping[str, str]) -> str:
    chosen = ", ".join(f"{quote_name(name)} AS {quote_name(heading)}" for name, heading in columns.items())
    return f"SELECT {chosen} FROM read_parquet({quote(source)})"


def _storage_error(error: duckdb.Error, where: Path) -> StorageError:
    return StorageError([Problem(str(where), str(error).splitlines()[0], "可以读写", "检查磁盘空间与权限后重跑")])
