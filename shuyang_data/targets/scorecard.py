"""Both targets for the county and for each department, with the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.exchange.records import Demand
from shuyang_data.targets.evidence import Evidence, Measure
from shuyang_data.targets.measures import Facts, opening_evidence, rate, sharing_evidence


@dataclass(frozen=True)
class Scorecard:
    """The measurement of one date."""

    as_of: date
    sharing: tuple[Evidence, ...]
    opening: tuple[Evidence, ...]

    def of(self, measure: Measure, department: str | None = None) -> list[Evidence]:
        """The rows behind one target, of one department or the whole county; KeyError for any other measure."""
        rows = {Measure.SHARING: self.sharing, Measure.OPENING: self.opening}[measure]
        return [row for row in rows if department is None or row.department == department]

    def departments(self) -> list[str]:
        return sorted({row.department for row in (*self.sharing, *self.opening)})


def score(catalog: Catalog, demands: Sequence[Demand], facts: Facts, today: date) -> Scorecard:
    """Measure both targets as of `today`; raise CalendarError past the known working days."""
    workdays = Workdays(catalog.workdays)
    return Scorecard(
        as_of=today,
        sharing=tuple(sharing_evidence(demand, catalog, facts, workdays, today) for demand in demands),
        opening=tuple(opening_evidence(d, catalog, facts, workdays, today) for d in catalog.datasets.values()),
    )


def scorecard_json(card: Scorecard, catalog: Catalog, *, evidence: bool) -> dict[str, Any]:
    """The fixed JSON form of the targets."""

    def both(department: str | None) -> dict[str, Any]:
        found = {}
        for measure in Measure:
            rows = card.of(measure, department)
            found[measure.value] = rate(rows).as_json()
            if evidence:
                found[measure.value]["elements"] = [element_json(row) for row in rows]
        return found

    codes = sorted({*catalog.departments, *card.departments()})
    return {
        "as_of": card.as_of.isoformat(),
        "county": both(None),
        "departments": {code: both(code) for code in codes},
    }


def element_json(row: Evidence) -> dict[str, Any]:
    return {
        "id": row.id,
        "department": row.department,
        "counted": row.counted,
        "satisfied": row.satisfied,
        "failed": list(row.failed),
        "days_overdue": row.days_overdue,
    }
