"""The floor for one large file, a typed read and a COPY to Parquet: `python -m benchmarks.typed_copy CSV OUT`."""

from __future__ import annotations

import sys

import duckdb

from benchmarks.large import TYPES


def main(source: str, target: str) -> None:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1500MB'")
        query = f"SELECT * FROM read_csv('{source}', header=true, columns={{{columns}}}, auto_detect=false)"
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
