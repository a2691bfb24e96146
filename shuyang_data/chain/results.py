"""Rule results: a report beside the night for the pages, and every one of them in the lake."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.records import RuleResult, Severity
from shuyang_data.storage.files import write_text

PENDING = "pending"


def quality_reports(reports: Path) -> Path:
    return reports / "quality"


def save_quality_report(
    county: County, identity: DatasetId, results: Iterable[RuleResult], validation: dict[str, Any], rows: int
) -> None:
    """Tonight's results of one dataset, with Great Expectations' own validation result beside them. rows: judged."""
    body = {
        "run_id": county.run_id,
        "as_of": county.as_of.isoformat(),
        "rows": rows,
        "results": [result_row(county, identity, r) | _more(r) for r in results],
        "validation": validation,
    }
    text = json.dumps(body, ensure_ascii=False, indent=1, default=str)
    write_text(
        quality_reports(county.settings.reports) / PENDING / identity.department / f"{identity.dataset}.json", text
    )


def _more(result: RuleResult) -> dict[str, Any]:
    """What pages show and the lake does not keep."""
    return {"observed": result.observed, "examples": result.examples}


def last_results(reports: Path, identity: DatasetId) -> tuple[list[RuleResult], int]:
    """(what the last judgement of a dataset found, rows judged); nothing before the first one."""
    folder = quality_reports(reports)
    name = Path(identity.department) / f"{identity.dataset}.json"
    path = next((p for p in (folder / PENDING / name, folder / name) if p.exists()), None)
    if path is None:
        return [], 0
    body = json.loads(path.read_text(encoding="utf-8"))
    return [_result(row) for row in body["results"]], body.get("rows", 0)


def _result(row: dict[str, Any]) -> RuleResult:
    return RuleResult(
        rule_id=row["rule_id"], expectation=row["expectation"], column=row["column_name"], title=row["title"],
        severity=Severity(row["severity"]), indicator=row["indicator"], evaluated=row["evaluated"],
        unexpected=row["unexpected"], passed=row["passed"], assessable=row["assessable"],
        observed=row.get("observed"), examples=tuple(row.get("examples", ())),
    )  # fmt: skip


def result_row(county: County, identity: DatasetId, result: RuleResult) -> dict[str, Any]:
    """One row of the lake's table `quality.results`."""
    return {
        "run_id": county.run_id, "as_of": county.as_of.isoformat(), "department": identity.department,
        "dataset": identity.dataset, "rule_id": result.rule_id, "expectation": result.expectation,
        "column_name": result.column, "title": result.title, "severity": result.severity.value,
        "indicator": result.indicator, "evaluated": result.evaluated, "unexpected": result.unexpected,
        "passed": result.passed, "assessable": result.assessable,
    }  # fmt: skip
