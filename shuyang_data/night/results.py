"""Every rule result of a night in the lake: what waits in the reports is appended in one snapshot."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from shuyang_data.chain.results import PENDING, quality_reports
from shuyang_data.county import County
from shuyang_data.night.measure import IBIS_TYPES

RESULTS = ("quality", "results")
RESULT_COLUMNS = {
    "run_id": "text", "as_of": "date", "department": "text", "dataset": "text", "rule_id": "text",
    "expectation": "text", "column_name": "text", "title": "text", "severity": "text", "indicator": "text",
    "evaluated": "integer", "unexpected": "integer", "passed": "boolean", "assessable": "boolean",
}  # fmt: skip


def keep_results(county: County) -> int:
    """Append the rule results that wait to the lake, in one snapshot; how many rows."""
    folder = quality_reports(county.settings.reports)
    waiting = sorted((folder / PENDING).glob("*/*.json"))
    if not waiting:
        return 0
    kept = _kept_results(county)
    rows: list[dict[str, Any]] = []
    for path in waiting:
        body = json.loads(path.read_text(encoding="utf-8"))
        if (body["run_id"], path.parent.name, path.stem) not in kept:
            rows += [row | {"as_of": date.fromisoformat(row["as_of"])} for row in body["results"]]
    _append_results(county, rows)
    for path in waiting:
        done = folder / path.parent.name / path.name
        done.parent.mkdir(parents=True, exist_ok=True)
        path.replace(done)
    return len(rows)


def _append_results(county: County, rows: list[dict[str, Any]]) -> None:
    if rows:
        field_ids = county.lakehouse.prepare(RESULTS, RESULT_COLUMNS)
        table = county.engine.rows(rows, {name: IBIS_TYPES[kind] for name, kind in RESULT_COLUMNS.items()})
        path = county.lakehouse.new_file(RESULTS)
        county.engine.write_parquet(table, path, field_ids)
        county.lakehouse.commit(RESULTS, [path], {"shuyang.run": county.run_id}, replace=False)


def _kept_results(county: County) -> set[tuple[str, ...]]:
    """(run, department, dataset) of the results that the lake holds."""
    files = county.lakehouse.files(RESULTS)
    if not files:
        return set()
    table = county.engine.parquet(files).select("run_id", "department", "dataset").distinct()
    return {tuple(row.values()) for row in county.engine.fetch(table)}
