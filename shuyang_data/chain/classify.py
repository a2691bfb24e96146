"""What the delivered values say about every column's grade, beside what the catalog declares."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import ibis
from ibis.expr.types import Table

from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.chain.fingerprint import classification_key, live_deliveries
from shuyang_data.chain.grades import classification_path, is_too_low, kept_classification, meant_kind
from shuyang_data.classify.content import About
from shuyang_data.classify.decide import (
    NOTHING,
    VALUES,
    Evidence,
    Finding,
    decide,
    distinct_values,
    evidence_query,
    quasi_identifiers,
    read_evidence,
    read_whole_table,
    whole_table_query,
)
from shuyang_data.classify.kinds import GRADINGS
from shuyang_data.classify.policy import residual_grade
from shuyang_data.county import County
from shuyang_data.names import Layer, delivery_of
from shuyang_data.storage.engine import Engine
from shuyang_data.storage.files import write_text

SAMPLE_ROWS = 10_000
NIGHT_ROWS = 1_000
BLOCKS = 4
SAMPLED = "sampled_values"


def classify(
    county: County, dataset: Dataset, rows: int = SAMPLE_ROWS, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The proposal for one dataset from the raw rows of its live deliveries: about so many, evenly spread; 0: all.
    before: the last one that was kept.

    columns: kind, why its grade, confidence, reason, proposed and declared grade, and whether the declared one is too
    low and nobody has confirmed it. quasi: columns that identify only together. proposed: the maximum of the columns;
    regraded: what is left of it in the published layers.
    """
    headings = {column.name: [column.name, column.title, *column.source] for column in dataset.columns}
    files = _live_files(county, dataset)
    evidence: dict[str, Evidence] = {}
    if files:
        table = county.engine.parquet(files, united=True)
        delivered = {name: words for name, words in headings.items() if name in table.columns}
        about = About(county.as_of, place_names(county.catalog))
        evidence = gather_evidence(county.engine, table, delivered, about, rows)
    known = None if before is None else {row["column"]: row for row in before["columns"]}
    found = [(c, decide(c.name, headings[c.name], evidence.get(c.name, NOTHING))) for c in dataset.columns]
    return {
        "dataset": str(dataset.id), "title": dataset.title, "declared": dataset.grade,
        "proposed": max([c.grade for c in dataset.columns] + [f.grade for _, f in found if f]),
        "regraded": {
            layer: max(residual_grade(column, column.protection(layer)) for column in dataset.columns)
            for layer in dataset.published_layers()
        },
        "columns": [
            _row(column, finding, known, county.as_of) for column, finding in found if finding is not None
        ],
        "quasi": list(quasi_identifiers({c.name: c.title for c in dataset.columns}, [f for _, f in found if f])),
    }  # fmt: skip


def _live_files(county: County, dataset: Dataset) -> list[str]:
    """What the dataset is made from now: deliveries that were replaced would thin out what the newest one shows."""
    live = {delivery.id for delivery in live_deliveries(dataset, county.registry.deliveries(dataset.id))}
    return [file for file in county.lakehouse.files(dataset.id.table(Layer.RAW)) if delivery_of(Path(file)) in live]


def gather_evidence(
    engine: Engine, table: Table, headings: Mapping[str, Sequence[str]], about: About, rows: int
) -> dict[str, Evidence]:
    """column → its evidence, from about so many rows of a raw table; 0: a sample first, then what it speaks for in all.

    headings: column → its names.
    """
    engine.keep_as(SAMPLED, distinct_values(_spread(engine, table, rows or SAMPLE_ROWS), list(headings)))
    query = ibis.table(VALUES, name=SAMPLED)
    evidence = read_evidence(engine.fetch_again(f"evidence {about}", lambda: evidence_query(query, about)))
    whole = whole_table_query(table, evidence, headings, about) if rows == 0 else None
    return evidence if whole is None else read_whole_table(engine.fetch(whole)[0], evidence)


def _spread(engine: Engine, table: Table, rows: int) -> Table:
    """About so many rows, from the first to the last delivered."""
    last = engine.measure(table, {"last": table["_row_number"].max()})["last"] or 0
    step = max(1, last // BLOCKS)
    if last <= rows:
        return table
    # Blocks of neighbours: the engine skips what lies between them without unpacking it.
    blocks = (table.filter(table["_row_number"].between(n * step, n * step + rows // BLOCKS)) for n in range(BLOCKS))
    return ibis.union(*blocks).limit(rows)


def place_names(catalog: Catalog) -> tuple[str, ...]:
    """Names of the county's towns as people write them in an address: without what kind of town it is."""
    towns = catalog.code_lists.get("town")
    return tuple(re.sub(r"(?:街道|镇|乡)$", "", name) for name in towns.names.values()) if towns else ()


def _row(column: Column, finding: Finding, known: Mapping[str, Any] | None, today: date) -> dict[str, Any]:
    """known: what was found before, by column; None when nobody has looked yet, so that what is found now counts."""
    confirmed = column.confirmed
    row = {
        "column": column.name, "title": column.title, "kind": str(finding.kind), "kind_title": finding.title,
        "grading": str(GRADINGS[finding.kind]), "confidence": finding.confidence, "reason": finding.reason,
        "declared": column.grade, "proposed": finding.grade, "confirmed_by": confirmed.by if confirmed else None,
        "share": finding.share,
    }  # fmt: skip
    if confirmed is not None:
        row["confirmed_kind"] = meant_kind(column, row if known is None else known.get(column.name))
        row["confirmed_on"] = confirmed.confirmed_on.isoformat()
    return row | {"too_low": is_too_low(column, row, today)}


def too_low(proposals: Sequence[dict[str, Any]]) -> list[str]:
    """`dataset column` of every declared grade below what was found and confirmed by nobody."""
    return [f"{p['dataset']} {c['title']}" for p in proposals for c in p["columns"] if c["too_low"]]


def keep_classification(county: County, dataset: Dataset) -> dict[str, Any]:
    """The proposal for the live deliveries; computed anew when values, their names or the detectors are other ones."""
    try:
        kept = kept_classification(county.settings.reports, dataset.id)
    except ValueError:  # a damaged file: the values are looked at again
        kept = {}
    deliveries = sorted({delivery_of(Path(file)) for file in _live_files(county, dataset)})
    key = classification_key(dataset, deliveries, place_names(county.catalog))
    if kept.get("key") == key:
        return kept
    found = classify(county, dataset, NIGHT_ROWS, kept if "key" in kept else None) | {"key": key}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    write_text(classification_path(county.settings.reports, dataset.id), text)
    return kept_classification(county.settings.reports, dataset.id)
