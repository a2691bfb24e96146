"""`make bench`: every ratio in one run against a named baseline, into results.json and onto the screen."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.classify import classification
from benchmarks.ingest import ingest
from benchmarks.large import write_large
from benchmarks.processes import ROOT, measure, night
from benchmarks.quality import quality
from samples.generate import generate
from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import Layer
from shuyang_data.storage.lakehouse import Lakehouse

RUNS = 3
LARGE_ROWS = 10_000_000
DEFINITIONS_SECONDS = {40: 4.0, 500: 12.0}
Result = dict[str, Any]


def result(name: str, ratio: float, limit: float, baseline: str, runs: int, note: str) -> Result:
    return {"name": name, "ratio": round(ratio, 3), "limit": limit, "baseline": baseline, "runs": runs, "note": note}


def county_nights(folder: Path) -> list[Result]:
    """The first night against the floor, and a night with nothing new against the first."""
    made = folder / "made"
    generate(load_catalog(ROOT / "catalog"), made, date.today())
    firsts, quiets, floors = [], [], []
    for run in range(RUNS):
        home = folder / f"night{run}"
        shutil.copytree(made, home)
        firsts.append(night(home).seconds)
        quiets.append(night(home).seconds)
        decoded = folder / "decoded"
        if run == 0:
            decode(home, decoded)
        floors.append(measure("-m", "benchmarks.floor", str(decoded), str(folder / f"floor{run}")).seconds)
    first, quiet, floor = (statistics.median(values) for values in (firsts, quiets, floors))
    note = f"night {first:.1f} s, floor {floor:.1f} s (medians)"
    return [
        result("night / floor", first / floor, 4.0, "benchmarks/floor.py", RUNS, note),
        result("quiet night / first night", quiet / first, 0.1, "the first night", RUNS, f"quiet {quiet:.1f} s"),
    ]


def decode(home: Path, decoded: Path) -> None:
    """The deliveries as UTF-8 CSV, as the floor's script wants them."""
    decoded.mkdir()
    lake = Lakehouse(home / "lake")
    with duckdb.connect() as connection:
        for dataset in load_catalog(ROOT / "catalog").datasets.values():
            files = lake.files(dataset.id.table(Layer.RAW))
            if files:
                names = ", ".join(f'"{column.name}"' for column in dataset.columns)
                target = decoded / f"{dataset.id.department}__{dataset.id.dataset}.csv"
                connection.execute(f"COPY (SELECT {names} FROM read_parquet({files})) TO '{target}' (HEADER true)")


def large_dataset(folder: Path) -> list[Result]:
    """Ten million rows through all layers against one typed read-and-COPY."""
    catalog, delivered = write_large(folder, LARGE_ROWS)
    floor = measure("-m", "benchmarks.typed_copy", str(delivered), str(folder / "floor.parquet"))
    ours = night(folder / "home", catalog)
    note = f"{ours.seconds:.0f} s against {floor.seconds:.0f} s, open package in four formats included"
    return [
        result("10M rows / typed COPY", ours.seconds / floor.seconds, 3.0, "benchmarks/typed_copy.py", 1, note),
        result("10M rows, peak GB", ours.peak_gb, 2.5, "GB, absolute", 1, f"floor {floor.peak_gb:.2f} GB"),
    ]


def definitions(folder: Path) -> list[Result]:
    """Loading the definitions, as a share of the time they may take."""
    catalog = folder / "catalog"
    shutil.copytree(ROOT / "catalog", catalog)
    results = []
    for size, limit in DEFINITIONS_SECONDS.items():
        _grow(catalog, size)
        seconds = statistics.median(
            measure("-m", "benchmarks.definitions", SHUYANG_CATALOG=str(catalog)).seconds for _ in range(RUNS)
        )
        results.append(result(f"definitions of {size}", seconds / limit, 1.0, f"{limit:g} s", RUNS, f"{seconds:.1f} s"))
    return results


def _grow(catalog: Path, size: int) -> None:
    """Copies of a dataset under other names until the catalog has so many."""
    text = (catalog / "datasets/command/grid_event.yaml").read_text(encoding="utf-8")
    code = next(line for line in text.splitlines() if line.startswith("code:"))
    present = len(list((catalog / "datasets").glob("*/*.yaml")))
    for number in range(size - present):
        copy = text.replace(code, f"code: 307001/9{number:05d}").replace(
            "title: 网格事件信息", f"title: 副本{number}", 1
        )
        (catalog / "datasets/command" / f"copy_{number}.yaml").write_text(copy, encoding="utf-8")


def main() -> None:
    parts: list[Callable[[Path], list[Result]]] = [
        definitions, county_nights, large_dataset, lambda folder: ingest(folder, result),
        lambda folder: classification(folder, result), lambda folder: quality(folder, result),
    ]  # fmt: skip
    results: list[Result] = []
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            results += part(Path(folder))
        (ROOT / "benchmarks/results.json").write_text(
            json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    table = Table(*("name", "ratio", "limit", "baseline", "runs", "note"))
    for row in results:
        table.add_row(*(str(value) for value in row.values()))
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
