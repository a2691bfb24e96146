"""Every rule result of a night in the lake: what waits in the reports is appended in one snapshot."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from shuyang_data.chain.results import PENDING, quality_reports
from shuyang_data.county import County
from shuyang_data.errors import Problem, StorageError
from shuyang_data.night.measure import IBIS_TYPES
from shuyang_data.retention import SNAPSHOTS

RESULTS = ("quality", "results")
RESULT_COLUMNS = {
    "run_id": "text", "as_of": "date", "department": "text", "dataset": "text", "rule_id": "text",
    "expectation": "text", "column_name": "text", "title": "text", "severity": "text", "indicator": "text",
    "evaluated": "integer", "unexpected": "integer", "passed": "boolean", "assessable": "boolean",
}  # fmt: skip


def keep_results(county: County) -> int:
    """Append the rule results that wait to the lake, in one snapshot; how many rows.

    Raises StorageError, after all others are kept, for those that cannot be read.
    """
    folder = quality_reports(county.settings.reports)
    waiting = sorted((folder / PENDING).glob("*/*.json"))
    if not waiting:
        return 0
    kept = _kept_results(county)
    rows: list[dict[str, Any]] = []
    whole = [(path, body) for path in waiting if (body := _body(path)) is not None]
    for path, body in whole:
        if (body["run_id"], path.parent.name, path.stem) not in kept:
            rows += [row | {"as_of": date.fromisoformat(row["as_of"])} for row in body["results"]]
    _append_results(county, rows)
    for path, _ in whole:
        done = folder / path.parent.name / path.name
        done.parent.mkdir(parents=True, exist_ok=True)
        path.replace(done)
    damaged = [path for path in waiting if path.exists()]
    if damaged:
        remedy = "删去它，再指定重跑这个数据集"
        raise StorageError([Problem(str(path), "检查结果读不出来", "完好的 JSON", remedy) for path in damaged])
    return len(rows)


def _body(path: Path) -> dict[str, Any] | None:
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return body


def _append_results(county: County, rows: list[dict[str, Any]]) -> None:
    if rows:
        field_ids = county.lakehouse.prepare(RESULTS, RESULT_COLUMNS)
        table = county.engine.rows(rows, {name: IBIS_TYPES[kind] for name, kind in RESULT_COLUMNS.items()})
        path = county.lakehouse.new_file(RESULTS)
        county.engine.write_parquet(table, path, field_ids)
        county.lakehouse.commit(RESULTS, [path], {"shuyang.run": county.run_id}, replace=False)
        county.lakehouse.expire(RESULTS, keep=SNAPSHOTS)


def _kept_results(county: County) -> set[tuple[str, ...]]:
    """(run, department, dataset) of the results that the lake holds."""
    files = county.lakehouse.files(RESULTS)
    if not files:
        return set()
    table = county.engine.parquet(files).select("run_id", "department", "dataset").distinct()
    return {tuple(row.values()) for row in county.engine.fetch(table)}
