"""One large dataset: a declaration of twelve columns and a CSV of so many rows, made by DuckDB."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import yaml

from benchmarks.processes import ROOT

TYPES = {
    "event_id": "VARCHAR", "town_code": "VARCHAR", "kind": "VARCHAR", "state": "VARCHAR", "day": "DATE",
    "at": "TIMESTAMP", "count_a": "BIGINT", "count_b": "BIGINT", "amount": "DECIMAL(18,2)", "ratio": "DECIMAL(18,2)",
    "note": "VARCHAR", "source": "VARCHAR",
}  # fmt: skip
DECLARED = {
    "VARCHAR": "text", "DATE": "date", "TIMESTAMP": "datetime", "BIGINT": "integer", "DECIMAL(18,2)": "decimal"
}  # fmt: skip
VALUES = """
    'E' || lpad(range::varchar, 10, '0'), '3213221' || lpad((range % 20)::varchar, 2, '0'), 'K' || (range % 7),
    'S' || (range % 3), date '2020-01-01' + (range % 2000)::int, timestamp '2026-01-01' + to_seconds(range % 20000000),
    range % 100, range % 1000, (range % 100000) / 100, (range % 777) / 10,
    'note ' || (range % 5000), 'P' || (range % 11)
"""


# What names datasets that are not there.
OTHERS = (
    "datasets", "returns.yaml", "elements.yaml", "services.yaml", "products.yaml", "contracts.yaml"
)  # fmt: skip


def write_large(folder: Path, rows: int) -> tuple[Path, Path]:
    """(catalog folder, delivered CSV in `folder/home/inbox`)."""
    catalog = folder / "catalog"
    shutil.copytree(ROOT / "catalog", catalog, ignore=shutil.ignore_patterns(*OTHERS))
    declaration = yaml.safe_load((ROOT / "catalog/datasets/command/grid_event.yaml").read_text(encoding="utf-8"))
    columns = [
        {"name": name, "title": name, "type": DECLARED[kind], "grade": 1, "required": name == "event_id"}
        for name, kind in TYPES.items()
    ]
    columns[6] |= {"minimum": 0, "maximum": 1000}
    declaration |= {
        "title": "大表", "columns": columns, "key": ["event_id"], "delivery": {"file": "large", "format": "csv"},
        "sharing": {"access": "unconditional"}, "opening": {"access": "unconditional"},
    }  # fmt: skip
    path = catalog / "datasets" / "command" / "large.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(declaration, allow_unicode=True), encoding="utf-8")
    delivered = folder / "home" / "inbox" / "command" / "large_20261101.csv"
    delivered.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        names = ", ".join(f'column{n} AS "{name}"' for n, name in enumerate(TYPES))
        query = (
            f"SELECT {names} FROM (SELECT {VALUES} FROM range({rows})) t({', '.join(f'column{n}' for n in range(12))})"
        )
        connection.execute(f"COPY ({query}) TO '{delivered}' (HEADER true)")
    return catalog, delivered
