"""What the last look at a dataset's values found, and whether that forbids to publish as declared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Kind
from shuyang_data.classify.confirmed import stands_for
from shuyang_data.names import DatasetId
from shuyang_data.records import Refused

# A finding that rests on a heading alone, or on a few texts, is shown; only a surer one stops a publication.
SURE = 0.6


def is_too_low(column: Column, row: Mapping[str, Any], today: date) -> bool:
    """Whether a declared grade is below a sure finding and nobody stands for it. row: of the classification."""
    if column.grade >= row["proposed"] or row["confidence"] < SURE:
        return False
    return not stands_for(column.confirmed, meant_kind(column, row), Kind(row["kind"]), row.get("share", 1.0), today)


def meant_kind(column: Column, row: Mapping[str, Any] | None) -> str:
    """The kind that a confirmation without one was given for: what was found of the column then, "" for nothing.

    row: what was last found of the column.
    """
    if row is None or column.confirmed is None:
        return ""
    if row.get("confirmed_on") == column.confirmed.confirmed_on.isoformat():
        return str(row["confirmed_kind"])
    return str(row["kind"])


def kept_classification(reports: Path, identity: DatasetId) -> dict[str, Any]:
    """What the last delivery looked like; no columns when none was looked at."""
    path = classification_path(reports, identity)
    if not path.exists():
        return {"dataset": str(identity), "columns": [], "quasi": []}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def classification_path(reports: Path, identity: DatasetId) -> Path:
    return reports / "classification" / identity.department / f"{identity.dataset}.json"


def grade_refusals(reports: Path, dataset: Dataset, today: date) -> tuple[Refused, ...]:
    """Why what was found forbids to publish as declared: a grade too low for it, and nobody who stands for that.

    Compared with the catalog as it is now: a grade raised or confirmed since the delivery counts.
    """
    columns = {column.name: column for column in dataset.columns}
    return tuple(
        Refused(
            "grade_below_detected",
            f"{row['title']} 的内容像是{row['kind_title']}（{row['reason']}），应为 {row['proposed']} 级，"
            f"登记为 {columns[row['column']].grade} 级，无人确认",
        )
        for row in kept_classification(reports, dataset.id)["columns"]
        if row["column"] in columns and is_too_low(columns[row["column"]], row, today)
    )
