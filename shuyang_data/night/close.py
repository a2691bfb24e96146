"""What ends a night: rule results into the lake, the analysts' file, the heartbeat."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.county import County
from shuyang_data.night.measure import EVIDENCE, EVIDENCE_COLUMNS, IBIS_TYPES, RATE_COLUMNS, RATES
from shuyang_data.records import Release, RuleResult
from shuyang_data.release.package import DATA_FILE, outgoing_columns
from shuyang_data.storage.analyst import View, publish_views
from shuyang_data.storage.files import write_text

RESULTS = ("quality", "results")
PENDING = "pending"
RESULT_COLUMNS = {
    "run_id": "text", "as_of": "date", "department": "text", "dataset": "text", "rule_id": "text",
    "expectation": "text", "column_name": "text", "title": "text", "severity": "text", "indicator": "text",
    "evaluated": "integer", "unexpected": "integer", "passed": "boolean", "assessable": "boolean",
}  # fmt: skip
TARGET_TITLES = {
    "as_of": "测算日期", "measure": "指标", "metric_version": "口径版本", "department": "部门", "numerator": "分子",
    "denominator": "分母", "rate": "比率", "id": "编号", "title": "名称", "counted": "计入分母",
    "satisfied": "满足", "failed": "未满足的条件", "days_overdue": "逾期工作日", "owes": "责任方",
}  # fmt: skip


def quality_reports(reports: Path) -> Path:
    return reports / "quality"


def save_quality_report(
    county: County, identity: DatasetId, results: Iterable[RuleResult], validation: dict[str, Any]
) -> None:
    """Tonight's results of one dataset, with Great Expectations' own validation result beside them."""
    body = {
        "run_id": county.run_id,
        "as_of": county.as_of.isoformat(),
        "results": [result_row(county, identity, result) for result in results],
        "validation": validation,
    }
    text = json.dumps(body, ensure_ascii=False, indent=1, default=str)
    write_text(
        quality_reports(county.settings.reports) / PENDING / identity.department / f"{identity.dataset}.json", text
    )


def result_row(county: County, identity: DatasetId, result: RuleResult) -> dict[str, Any]:
    """One row of the lake's table `quality.results`."""
    return {
        "run_id": county.run_id, "as_of": county.as_of.isoformat(), "department": identity.department,
        "dataset": identity.dataset, "rule_id": result.rule_id, "expectation": result.expectation,
        "column_name": result.column, "title": result.title, "severity": result.severity.value,
        "indicator": result.indicator, "evaluated": result.evaluated, "unexpected": result.unexpected,
        "passed": result.passed, "assessable": result.assessable,
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


def publish_analyst(county: County) -> Path | None:
    """A new file of views over everything that is published, in the old one's place; None when nothing changed."""
    releases = county.registry.releases()
    views = [_release_view(county, release) for release in releases]
    targets = county.settings.reports / "targets.json"
    content = "\n".join(
        [*(str(view) for view in views), targets.read_text(encoding="utf-8") if targets.exists() else ""]
    )
    signature = hashlib.sha256(content.encode()).hexdigest()[:12]
    if county.settings.analyst.exists() and county.settings.analyst.resolve().stem.endswith(signature):
        return None
    stamp = f"{county.now:%Y%m%dT%H%M%S%f}-{signature}"
    return publish_views(county.settings.home, county.settings.analyst, [*views, *_target_views(county)], stamp)


def _target_views(county: County) -> list[View]:
    views = []
    for identifier, title in ((RATES, "两项目标的测算值"), (EVIDENCE, "两项目标的逐条依据")):
        files = county.lakehouse.files(identifier)
        if files:
            columns = RATE_COLUMNS if identifier == RATES else EVIDENCE_COLUMNS
            comments = {name: TARGET_TITLES[name] for name in columns}
            views.append(View(identifier[0], identifier[1], tuple(files), title, comments))
    return views


def _release_view(county: County, release: Release) -> View:
    dataset = county.catalog.datasets.get(release.dataset)
    title = dataset.title if dataset else str(release.dataset)
    layer = Layer(release.layer)
    comments = outgoing_columns(dataset, "shared" if layer is Layer.SHARED else "open") if dataset else {}
    path = county.settings.published / release.folder / DATA_FILE
    return View(layer.value, release.dataset.view(layer), (str(path),), title, comments)


def beat(county: County) -> None:
    """The heartbeat that `shuyang doctor` looks at from outside Dagster."""
    write_text(county.settings.home / "heartbeat", county.now.isoformat())
