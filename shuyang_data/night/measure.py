"""The targets as of a date, kept in the lake with the rows behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuyang_data.county import County
from shuyang_data.names import COUNTY_CODE
from shuyang_data.retention import SNAPSHOTS
from shuyang_data.storage.files import write_text
from shuyang_data.targets.evidence import Measure
from shuyang_data.targets.measures import Facts, rate
from shuyang_data.targets.scorecard import Scorecard, score, scorecard_json

if TYPE_CHECKING:
    from ibis.expr.types import Table

RATES = ("targets", "rates")
EVIDENCE = ("targets", "evidence")
RATE_COLUMNS = {
    "as_of": "date", "measure": "text", "metric_version": "text", "department": "text", "numerator": "integer",
    "denominator": "integer", "rate": "double",
}  # fmt: skip
EVIDENCE_COLUMNS = {
    "as_of": "date", "measure": "text", "department": "text", "id": "text", "title": "text", "counted": "boolean",
    "satisfied": "boolean", "failed": "text", "days_overdue": "integer", "owes": "text",
}  # fmt: skip
IBIS_TYPES = {"text": "string", "integer": "int64", "double": "float64", "date": "date", "boolean": "boolean"}


def measure(county: County, facts: Facts) -> Scorecard:
    """Measure both targets; the lake is written only when something differs from the last measurement.

    facts: what stands in the published folder and the registry at this moment.
    """
    card = score(county.catalog, county.registry.demands(), facts, county.as_of)
    text = json.dumps(scorecard_json(card, county.catalog, evidence=True), ensure_ascii=False, indent=1)
    kept = county.settings.reports / "targets.json"
    if _is_kept(county, text, kept):
        return card
    properties = {"shuyang.run": county.run_id}
    _write_rates(county, card, properties)
    _write(county, EVIDENCE, EVIDENCE_COLUMNS, _rows(card, evidence_rows(card), EVIDENCE_COLUMNS, county), properties)
    write_text(kept, text)
    return card


def _is_kept(county: County, text: str, kept: Path) -> bool:
    """Whether the lake holds just this measurement; the report is written after the lake."""
    in_lake = all((county.settings.lake.joinpath(*name) / "metadata").is_dir() for name in (RATES, EVIDENCE))
    return in_lake and kept.exists() and kept.read_bytes() == text.encode()


def _write_rates(county: County, card: Scorecard, properties: dict[str, str]) -> None:
    """One measurement a date: today's replaces an earlier one of today, other dates stay."""
    table = _rows(card, rate_rows(card, county), RATE_COLUMNS, county)
    files = county.lakehouse.files(RATES)
    if files:
        history = county.engine.parquet(files)
        table = history.filter(history["as_of"] != card.as_of).union(table)
    _write(county, RATES, RATE_COLUMNS, table, properties)


def rate_rows(card: Scorecard, county: County) -> list[dict[str, Any]]:
    """One row per measure for the county (department 321322) and for each department."""
    rows = []
    for target in Measure:
        version = county.catalog.measures[target].version
        for department in (None, *card.departments()):
            value = rate(card.of(target, department))
            rows.append(
                {
                    "as_of": card.as_of, "measure": target.value, "metric_version": version,
                    "department": department or COUNTY_CODE, "numerator": value.numerator,
                    "denominator": value.denominator, "rate": value.rate,
                }
            )  # fmt: skip
    return rows


def evidence_rows(card: Scorecard) -> list[dict[str, Any]]:
    """Every demand and every catalog entry with what was found of it."""
    return [
        {
            "as_of": card.as_of, "measure": target.value, "department": row.department, "id": row.id,
            "title": row.title, "counted": row.counted, "satisfied": row.satisfied, "failed": ",".join(row.failed),
            "days_overdue": row.days_overdue, "owes": row.owes,
        }
        for target in Measure
        for row in card.of(target)
    ]  # fmt: skip


def _rows(card: Scorecard, rows: list[dict[str, Any]], columns: dict[str, str], county: County) -> Table:
    return county.engine.rows(rows, {name: IBIS_TYPES[kind] for name, kind in columns.items()})


def _write(
    county: County, identifier: tuple[str, str], columns: dict[str, str], table: Table, properties: dict[str, str]
) -> None:
    field_ids = county.lakehouse.prepare(identifier, columns)
    path = county.lakehouse.new_file(identifier)
    county.engine.write_parquet(table, path, field_ids)
    county.lakehouse.commit(identifier, [path], properties, replace=True)
    county.lakehouse.expire(identifier, keep=SNAPSHOTS)
