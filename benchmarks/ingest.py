"""A delivery → committed raw: text in two encodings, a workbook, a PostgreSQL table; each against a bare reader."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from benchmarks.large import write_large
from benchmarks.processes import Account, measure

RUNS = 3
ROWS, SHEET_ROWS, TABLE_ROWS = 10_000_000, 200_000, 5_000_000
DATABASE = "postgresql+psycopg2://postgres@127.0.0.1:5432/test"
COPY = (
    "import duckdb, sys; duckdb.connect().execute(f\"COPY (SELECT * FROM read_csv('{sys.argv[1]}', all_varchar=true)) "
    "TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)\")"
)
CALAMINE = (
    "import sys; from python_calamine import CalamineWorkbook; "
    "print(len(CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()))"
)
PANDAS = """
import sys, pandas, pyarrow, pyarrow.parquet
from sqlalchemy import create_engine
writer = None
with create_engine(sys.argv[1]).connect().execution_options(stream_results=True) as connection:
    for part in pandas.read_sql("SELECT * FROM shuyang_benchmark", connection, chunksize=100_000):
        table = pyarrow.Table.from_pandas(part.astype(str))
        writer = writer or pyarrow.parquet.ParquetWriter(sys.argv[2], table.schema)
        writer.write_table(table)
writer.close()
"""
MAKE = f"""CREATE TABLE shuyang_benchmark AS SELECT 'E' || lpad(i::text, 10, '0') event_id,
'3213221' || lpad((i % 20)::text, 2, '0') town_code, 'K' || (i % 7) kind, 'S' || (i % 3) state,
date '2020-01-01' + (i % 2000) AS day, timestamp '2026-01-01' + (i % 20000000) * interval '1 second' AS at,
(i % 100)::bigint count_a, (i % 1000)::bigint count_b, ((i % 100000) / 100.0)::numeric(18, 2) amount,
((i % 777) / 10.0)::numeric(18, 2) ratio, 'note ' || (i % 5000) note, 'P' || (i % 11) source
FROM generate_series(0, {TABLE_ROWS - 1}) t(i)"""
Result = dict[str, Any]
MakeResult = Callable[[str, float, float, str, int, str], Result]


def ingest(folder: Path, result: MakeResult) -> list[Result]:
    catalog, delivered = write_large(folder, ROWS)
    shutil.copytree(delivered.parent, folder / "kept")
    text = folder / "kept" / delivered.name
    chinese = folder / "chinese.csv"
    with text.open(encoding="utf-8") as source, chinese.open("w", encoding="gb18030") as target:
        target.writelines(line.replace("note", "说明") for line in source)
    floor = _median(lambda: measure("-c", COPY, str(text), str(folder / "floor.parquet")))
    plain = _median(lambda: _raw(folder, catalog, text))
    other = _median(lambda: _raw(folder, catalog, chinese))
    book = _workbook(folder / "book.xlsx")
    bare = _median(lambda: measure("-c", CALAMINE, str(book)))
    sheet = _median(lambda: _raw(folder, _declared(folder, 20), book))
    read_csv = "DuckDB read_csv(all_varchar) → COPY"
    return [
        result("10M rows UTF-8 → raw", plain.seconds / floor.seconds, 1.6, read_csv, RUNS, _note(plain, floor)),
        result(
            "10M rows GB18030 → raw",
            other.seconds / floor.seconds,
            2.2,
            f"{read_csv}, UTF-8",
            RUNS,
            _note(other, floor),
        ),
        result("10M rows → raw, peak GB", plain.peak_gb, 1.5, "GB, absolute", RUNS, f"floor {floor.peak_gb:.2f} GB"),
        result("200k × 20 .xlsx → raw", sheet.seconds / bare.seconds, 1.5, "python-calamine", RUNS, _note(sheet, bare)),
        *_database(folder, catalog, result),
    ]


def _median(run: Callable[[], Account]) -> Account:
    accounts = [run() for _ in range(RUNS)]
    return Account(statistics.median(a.seconds for a in accounts), max(a.peak_gb for a in accounts), accounts[0].code)


def _note(ours: Account, floor: Account) -> str:
    return f"{ours.seconds:.1f} s against {floor.seconds:.1f} s, whole processes"


def _raw(folder: Path, catalog: Path, delivered: Path, **environment: str) -> Account:
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    inbox = home / "inbox" / "command"
    inbox.mkdir(parents=True)
    if delivered.exists():
        shutil.copy(delivered, inbox / f"large_20261101{delivered.suffix}")
    account = measure(
        "-m",
        "benchmarks.raw_commit",
        SHUYANG_HOME=str(home),
        SHUYANG_CATALOG=str(catalog),
        **environment,
    )
    if account.code:
        raise RuntimeError(f"raw_commit ended with {account.code}")
    return account


def _workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [f"c{n}" for n in range(20)])
        for row in range(1, SHEET_ROWS + 1):
            sheet.write_row(row, 0, [f"K{row}", row, row * 1.5, "沭城街道", "说明文字"] * 4)
    return path


def _declared(folder: Path, width: int) -> Path:
    """The large dataset's catalog with columns c0, c1 … instead."""
    catalog = folder / f"catalog{width}"
    if not catalog.exists():
        shutil.copytree(folder / "catalog", catalog)
        path = catalog / "datasets/command/large.yaml"
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        columns = [
            {"name": f"c{n}", "title": f"c{n}", "type": "text", "grade": 1, "required": n == 0} for n in range(width)
        ]
        path.write_text(
            yaml.safe_dump(declared | {"columns": columns, "key": ["c0"]}, allow_unicode=True), encoding="utf-8"
        )
    return catalog


def _database(folder: Path, catalog: Path, result: MakeResult) -> list[Result]:
    engine = create_engine(os.environ.get("SHUYANG_BENCH_POSTGRES", DATABASE))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS shuyang_benchmark")
            connection.exec_driver_sql(MAKE.replace("%", "%%") if engine.dialect.paramstyle == "pyformat" else MAKE)
    except OperationalError:
        return []
    path = catalog / "datasets/command/large.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    declared["delivery"] |= {"pull": {"kind": "database", "source": "bench", "table": "shuyang_benchmark"}}
    path.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    url = engine.url.render_as_string(hide_password=False)
    ours = _median(lambda: _raw(folder, catalog, folder / "nothing", SHUYANG_SOURCE_BENCH=url))
    pandas = measure("-c", PANDAS, url, str(folder / "pandas.parquet"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE shuyang_benchmark")
    engine.dispose()
    return [
        result(
            "PostgreSQL 5M rows → raw",
            ours.seconds / pandas.seconds,
            0.2,
            "pandas.read_sql in chunks",
            1,
            _note(ours, pandas),
        )
    ]
