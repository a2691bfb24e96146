"""开放计划: what is to be opened in a year, the most wanted first, and what stands in the way of each entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from shuyang_data.catalog.model import Dataset, Priority
from shuyang_data.catalog.terms import Access
from shuyang_data.chain.grades import grade_refusals
from shuyang_data.classify.policy import opening_refusals
from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.records import Outcome
from shuyang_data.targets.evidence import Measure
from shuyang_data.targets.measures import Facts, opening_evidence

# 民生紧密相关、社会迫切需要、经济效益明显 (沭阳县数字政府建设实施方案 二(二)4); the weights are the platform's own.
WEIGHTS = {"livelihood": 0.4, "demand": 0.35, "economy": 0.25}
HIGHEST = 5
OPENED, LATE, WAITING = "已开放", "逾期", "待开放"


@dataclass(frozen=True)
class PlanEntry:
    """score: 0 to 100, None where nobody declared the inputs. obstacles: what has to happen first."""

    dataset: str
    title: str
    department: str
    opening: str
    grade: int
    livelihood: int | None
    demand: int | None
    economy: int | None
    score: float | None
    planned_for: str
    state: str
    obstacles: tuple[str, ...]


def score(priority: Priority | None) -> float | None:
    """The declared inputs, weighed; None without inputs."""
    if priority is None:
        return None
    total: float = sum(weight * getattr(priority, name) for name, weight in WEIGHTS.items())
    return round(100 * total / HIGHEST, 1)


def open_plan(county: County, facts: Facts, year: int | None = None) -> list[PlanEntry]:
    """Every entry that should be open, by score; year: only what is planned for it, or has no date."""
    outcomes = county.registry.outcomes()
    entries = [
        _planned(dataset, county, facts, outcomes)
        for dataset in county.catalog.datasets.values()
        if dataset.opening.access is not Access.REFUSED
    ]
    kept = [e for e in entries if year is None or not e.planned_for or e.planned_for.startswith(str(year))]
    return sorted(kept, key=lambda entry: (-(entry.score or 0), entry.dataset))


def plan_rows(plan: list[PlanEntry]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in plan]


def _planned(dataset: Dataset, county: County, facts: Facts, outcomes: Mapping[DatasetId, Outcome]) -> PlanEntry:
    priority = dataset.priority
    obstacles = tuple(_obstacles(dataset, county, facts, outcomes))
    planned_for = priority.planned_for if priority else None
    return PlanEntry(
        dataset=str(dataset.id), title=dataset.title, department=county.catalog.title(dataset.id.department),
        opening=f"{dataset.opening.access.label}开放", grade=dataset.grade,
        livelihood=priority.livelihood if priority else None, demand=priority.demand if priority else None,
        economy=priority.economy if priority else None, score=score(priority),
        planned_for=planned_for.isoformat() if planned_for else "", state=_state(obstacles, planned_for, county.as_of),
        obstacles=obstacles,
    )  # fmt: skip


def _state(obstacles: tuple[str, ...], planned_for: date | None, today: date) -> str:
    if not obstacles:
        return OPENED
    return LATE if planned_for is not None and planned_for < today else WAITING


def _obstacles(dataset: Dataset, county: County, facts: Facts, outcomes: Mapping[DatasetId, Outcome]) -> Iterator[str]:
    outcome = outcomes.get(dataset.id)
    if outcome is None or outcome.data_on is None:
        yield "没有归集到合格的数据"
    if outcome is not None:
        yield from (f"交付未过关：{reason}" for reason in outcome.blocked_by)
    yield from (refused.text for refused in opening_refusals(dataset))
    yield from (refused.text for refused in grade_refusals(county.settings.reports, dataset, county.as_of))
    conditions = county.catalog.measures[Measure.OPENING].conditions
    evidence = opening_evidence(dataset, county.catalog, facts, county.workdays, county.as_of)
    if evidence.counted:
        yield from (conditions[code] for code in evidence.failed)
    elif dataset.id not in facts.opened:
        yield conditions["not_published"]
