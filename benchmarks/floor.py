"""The floor: what one plain DuckDB script needs for the same files, without contract, reasons, tables or packages.

`python -m benchmarks.floor HOME OUT` reads the decoded deliveries as CSV, casts, keeps one row per key, masks, and
writes raw, standard, shared and open as Parquet.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Access, Protection, Type
from shuyang_data.settings import Settings

TYPES = {Type.INTEGER: "BIGINT", Type.DATE: "DATE", Type.DATETIME: "TIMESTAMP", Type.BOOLEAN: "BOOLEAN"}
MASKS = {
    Protection.MASK_NAME: "substr({c}, 1, 1) || repeat('*', length({c}) - 1)",
    Protection.MASK_ID: "substr({c}, 1, 6) || '********' || substr({c}, 15, 4)",
    Protection.MASK_PHONE: "substr({c}, 1, 3) || '****' || substr({c}, 8, 4)",
    Protection.MASK_ACCOUNT: "'****' || right({c}, 4)",
    Protection.MASK_PLATE: "substr({c}, 1, 2) || '****' || right({c}, 1)",
    Protection.MASK_ADDRESS: "substr({c}, 1, 6) || '****'",
    Protection.AREA: "substr({c}, 1, 6)",
    Protection.HASH: "sha256('key' || {c})",
    Protection.YEAR: "year({c})",
    Protection.MONTH: "date_trunc('month', {c})",
    Protection.BAND: "floor({c} / 1000) * 1000",
}


def main(files: Path, out: Path) -> None:
    """One statement after the other, for every dataset that has a decoded file."""
    out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '1500MB'")
        for dataset in load_catalog(Settings().catalog).datasets.values():
            source = files / f"{dataset.id.department}__{dataset.id.dataset}.csv"
            if source.exists():
                _one(connection, dataset, source, out / source.stem)


def _one(connection: duckdb.DuckDBPyConnection, dataset: Dataset, source: Path, target: Path) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE raw AS FROM read_csv('{source}', all_varchar=true, header=true)")
    connection.execute(f"COPY raw TO '{target}.raw.parquet' (COMPRESSION zstd)")
    casts = ", ".join(_cast(column) for column in dataset.columns)
    required = " AND ".join(f"{c.name} IS NOT NULL" for c in dataset.columns if c.required)
    key = ", ".join(dataset.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE standard AS SELECT {casts} FROM raw WHERE {required} "
        f"QUALIFY row_number() OVER (PARTITION BY {key}) = 1"
    )
    connection.execute(f"COPY standard TO '{target}.standard.parquet' (COMPRESSION zstd)")
    for layer, access in (("shared", dataset.sharing.access), ("open", dataset.opening.access)):
        if access is not Access.REFUSED:
            kept = ", ".join(
                _protected(c, c.protection(layer))
                for c in dataset.columns
                if c.protection(layer) is not Protection.DROP
            )
            connection.execute(f"COPY (SELECT {kept} FROM standard) TO '{target}.{layer}.parquet' (COMPRESSION zstd)")


def _cast(column: Column) -> str:
    if column.type is Type.TEXT:
        return f"trim({column.name}) AS {column.name}"
    kind = TYPES.get(column.type, f"DECIMAL(18, {column.scale})")
    return f"TRY_CAST({column.name} AS {kind}) AS {column.name}"


def _protected(column: Column, protection: Protection) -> str:
    return f"{MASKS.get(protection, '{c}').format(c=column.name)} AS {column.name}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
