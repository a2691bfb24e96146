"""What the delivered values say about every column's grade, beside what the catalog declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.classify.decide import NOTHING, Finding, decide, evidence_query, quasi_identifiers, read_evidence
from shuyang_data.names import Layer
from shuyang_data.night.county import County

SAMPLE_ROWS = 20_000


def classify(county: County, dataset: Dataset, rows: int = SAMPLE_ROWS) -> dict[str, Any]:
    """The proposal for one dataset from its raw rows, at most so many (0: all of them).

    columns: kind, confidence, reason, proposed and declared grade, and whether the declared one is too low and nobody
    has confirmed it. quasi: columns that identify only together. grade: the proposed one, the maximum of the columns.
    """
    files = county.lakehouse.files(dataset.id.table(Layer.RAW))
    evidence = {}
    if files:
        table = county.engine.parquet(files)
        names = [column.name for column in dataset.columns if column.name in table.columns]
        table = table.limit(rows) if rows else table
        evidence = read_evidence(county.engine.fetch(evidence_query(table, names, county.as_of)))
    found = [(c, decide(c.name, [c.name, c.title, *c.source], evidence.get(c.name, NOTHING))) for c in dataset.columns]
    return {
        "dataset": str(dataset.id), "title": dataset.title, "declared": dataset.grade,
        "proposed": max([c.grade for c in dataset.columns] + [f.grade for _, f in found if f]),
        "columns": [_row(column, finding) for column, finding in found if finding is not None],
        "quasi": list(quasi_identifiers({c.name: c.title for c in dataset.columns}, [f for _, f in found if f])),
    }  # fmt: skip


def _row(column: Column, finding: Finding) -> dict[str, Any]:
    confirmed = column.confirmed
    return {
        "column": column.name, "title": column.title, "kind": str(finding.kind), "kind_title": finding.title,
        "confidence": finding.confidence, "reason": finding.reason, "declared": column.grade,
        "proposed": finding.grade, "confirmed_by": confirmed.by if confirmed else None,
        "too_low": column.grade < finding.grade and confirmed is None,
    }  # fmt: skip


def too_low(proposals: Sequence[dict[str, Any]]) -> list[str]:
    """`dataset column` of every declared grade below what was found and confirmed by nobody."""
    return [f"{p['dataset']} {c['title']}" for p in proposals for c in p["columns"] if c["too_low"]]
