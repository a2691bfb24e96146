"""Expectations of this field that need more than the table itself: other datasets, earlier deliveries, the date.

Each says how many things it looked at and how many are not as expected; None when what it needs is not there, so that
it cannot be assessed.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

import ibis
from ibis.expr.types import Table

from shuyang_data.quality.arguments import COLUMN, COLUMNS, COUNT, MOSTLY, NUMBER, REFERENCE, required
from shuyang_data.quality.conditions import conditions
from shuyang_data.quality.kinds import Expectation, Fetch, Field, Found, Surroundings
from shuyang_data.quality.rule import Rule

EARLIER = 4
SEASONS = 3
SMALLEST_SHARE = 1e-4


def _fresh(table: Table, rule: Rule, around: Surroundings, fetch: Fetch) -> Found | None:
    """The data date is no older than `max_days`, or than the update cycle."""
    allowed = rule.kwargs.get("max_days") or around.cycle
    if allowed is None:
        return None
    age = (around.as_of - around.data_on).days
    return Found(1, int(age > allowed), age <= allowed, float(age))


def _usual_size(table: Table, rule: Rule, around: Surroundings, fetch: Fetch) -> Found | None:
    """As many rows as earlier deliveries: median and median absolute deviation, of the same month where there are
    three such (Iglewicz and Hoaglin 1993: 3.5 deviations).
    """
    least = int(rule.kwargs.get("minimum_history", EARLIER))
    if len(around.history) < least:
        return None
    season = [rows for day, rows in around.history if day.month == around.data_on.month]
    earlier = season if len(season) >= SEASONS else [rows for _, rows in around.history]
    usual = statistics.median(earlier)
    spread = 1.4826 * statistics.median(abs(rows - usual) for rows in earlier)
    tolerance = float(rule.kwargs.get("tolerance", 0.05))
    allowed = max(float(rule.kwargs.get("deviations", 3.5)) * spread, tolerance * usual, 1.0)
    held = abs(around.rows - usual) <= allowed
    return Found(1, int(not held), held, float(around.rows))


def _same_distribution(table: Table, rule: Rule, around: Surroundings, fetch: Fetch) -> Found | None:
    """Population stability index against the rows committed last, at most `max_psi` (0.25: a shift that matters)."""
    if around.previous is None:
        return None
    name = rule.kwargs["column"]
    edges = _tenths(around.previous, name, fetch)
    before, now = (_shares(each, name, rule, edges, fetch) for each in (around.previous, table))
    if not before or not now:
        return None
    index = 0.0
    for group in before.keys() | now.keys():
        p, q = max(before.get(group, 0.0), SMALLEST_SHARE), max(now.get(group, 0.0), SMALLEST_SHARE)
        index += (q - p) * math.log(q / p)
    held = index <= rule.kwargs.get("max_psi", 0.25)
    return Found(1, int(not held), held, index)


def _shares(table: Table, name: str, rule: Rule, edges: Sequence[float] | None, fetch: Fetch) -> dict[Any, float]:
    """Share of rows per value; of numbers and times per stretch between the edges."""
    kept = table.filter(conditions(table, rule) & table[name].notnull())
    value = kept[name]
    if edges is not None:
        number = _number(kept, name)
        value = sum(((number > edge).cast("int64") for edge in edges), ibis.literal(0))
    rows = fetch(kept.group_by(group=value).aggregate(rows=kept.count()))
    total = sum(row["rows"] for row in rows)
    return {row["group"]: row["rows"] / total for row in rows}


def _number(table: Table, name: str) -> Any:
    value = table[name]
    return value.epoch_seconds() if value.type().is_timestamp() else (
        value.cast("timestamp").epoch_seconds() if value.type().is_date() else value.cast("float64")
    )  # fmt: skip


def _tenths(table: Table, name: str, fetch: Fetch) -> list[float] | None:
    """Where each tenth of a column's numbers or times ends; None for other values."""
    if not (table[name].type().is_numeric() or table[name].type().is_temporal()):
        return None
    number = _number(table, name)
    found = fetch(table.aggregate(**{f"q{n}": number.quantile(n / 10) for n in range(1, 10)}))[0]
    return sorted({float(edge) for edge in found.values() if edge is not None})


def _same_totals(table: Table, rule: Rule, around: Surroundings, fetch: Fetch) -> Found | None:
    """Totals per group agree with another dataset's, as between budget, tax, treasury and bank (财税库银)."""
    identity, _, column = str(rule.kwargs["reference"]).partition(".")
    other = around.references.get(identity)
    if other is None:
        return None
    mine = dict(zip(rule.kwargs.get("by", ()), rule.kwargs.get("reference_by", rule.kwargs.get("by", ())), strict=True))
    kept = table.filter(conditions(table, rule))
    here = _totals(fetch, kept, rule.kwargs["column"], list(mine))
    there = _totals(fetch, other, column, list(mine.values()))
    allowed = float(rule.kwargs.get("tolerance", 0))
    groups = here.keys() | there.keys()
    differ = sum(abs(here.get(group, 0) - there.get(group, 0)) > allowed for group in groups)
    share = 1.0 if not groups else (len(groups) - differ) / len(groups)
    return Found(len(groups), differ, share >= rule.kwargs.get("mostly", 1.0))


def _totals(fetch: Fetch, table: Table, column: str, by: Sequence[str]) -> dict[tuple[Any, ...], Any]:
    total = table[column].sum().fill_null(0)
    rows = fetch(table.group_by(list(by)).aggregate(_total=total) if by else table.aggregate(_total=total))
    return {tuple(row[name] for name in by): row["_total"] for row in rows}


def _no_gaps(table: Table, rule: Rule, around: Surroundings, fetch: Fetch) -> Found | None:
    """Within each series, no two readings further apart than `seconds`."""
    name, series = rule.kwargs["column"], list(rule.kwargs.get("series", ()))
    kept = table.filter(conditions(table, rule) & table[name].notnull())
    window = ibis.window(group_by=[kept[key] for key in series], order_by=kept[name])
    steps = kept.select(_step=_number(kept, name) - _number(kept, name).lag().over(window))
    wide = steps["_step"] > float(rule.kwargs["seconds"])
    found = fetch(steps.aggregate(looked_at=steps["_step"].count(), broken=steps.count(where=wide)))[0]
    looked_at, broken = found["looked_at"] or 0, found["broken"] or 0
    if not looked_at:
        return None
    return Found(looked_at, broken, (looked_at - broken) / looked_at >= rule.kwargs.get("mostly", 1.0))


TOTALS = {"reference": required(REFERENCE), "by": COLUMNS, "reference_by": COLUMNS, "tolerance": NUMBER}
HISTORY = {"minimum_history": COUNT, "deviations": NUMBER, "tolerance": NUMBER}
GAPS = {"seconds": required(NUMBER), "series": COLUMNS}
STABLE, USUAL = "expect_column_distribution_to_be_stable", "expect_table_row_count_to_follow_history"
FIELD = (
    Expectation("expect_table_to_be_fresh", Field(_fresh, rows=False), {"max_days": COUNT}, ""),
    Expectation(USUAL, Field(_usual_size, rows=False), HISTORY, ""),
    Expectation(STABLE, Field(_same_distribution), COLUMN | {"max_psi": NUMBER}, ""),
    Expectation("expect_column_totals_to_equal_dataset", Field(_same_totals), COLUMN | MOSTLY | TOTALS, ""),
    Expectation("expect_time_series_to_have_no_gaps", Field(_no_gaps), COLUMN | MOSTLY | GAPS, ""),
)
