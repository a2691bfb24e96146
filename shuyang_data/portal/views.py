"""What stands on the quality pages, as plain values: of a dataset, a department, the county."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.results import last_results
from shuyang_data.chain.shown import ledger_rows
from shuyang_data.names import COUNTY_CODE, DatasetId
from shuyang_data.portal.chart import trend
from shuyang_data.quality.scores import DIMENSIONS, INDICATORS, Lever, Score, indicator_counts, levers
from shuyang_data.quality.tickets import Ticket
from shuyang_data.records import Delivery, Outcome, RuleResult
from shuyang_data.settings import Settings
from shuyang_data.stewardship.corrections import ticket_rows
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.score_log import ScoreLog
from shuyang_data.storage.ticket_log import TicketLog

COUNTY_TITLE = "沭阳县"
MONTH = timedelta(days=30)
SHOWN = 10
CLOSED_SHOWN = 5
View = dict[str, Any]


class Links(Protocol):
    """Where pages and lists are, seen from the page that links to them."""

    def county(self) -> str: ...
    def department(self, name: str) -> str: ...
    def dataset(self, identity: DatasetId) -> str: ...
    def examples(self, identity: DatasetId) -> str: ...
    def rows(self, ticket: Mapping[str, Any]) -> str: ...


@dataclass(frozen=True)
class Records:
    """Everything that pages are made from, looked up once. before: the scores of a month ago."""

    catalog: Catalog
    reports: Path
    today: date
    scores: Mapping[str, Score]
    before: Mapping[str, Score]
    outcomes: Mapping[DatasetId, Outcome]
    tickets: Mapping[DatasetId, list[dict[str, Any]]]
    log: ScoreLog
    registry: Registry


def gather(settings: Settings, catalog: Catalog, registry: Registry, today: date) -> Records:
    log = ScoreLog(registry)
    found: dict[DatasetId, list[Ticket]] = {}
    for ticket in TicketLog(registry).tickets(closed_since=today - MONTH):
        found.setdefault(ticket.dataset, []).append(ticket)
    rows = {identity: ticket_rows(t, catalog, settings.reports, today) for identity, t in found.items()}
    latest, before = log.latest(today), log.latest(today - MONTH)
    return Records(catalog, settings.reports, today, latest, before, registry.outcomes(), rows, log, registry)


def dataset_view(records: Records, identity: DatasetId, links: Links, *, with_examples: bool = False) -> View:
    """A dataset's page: its score, trend, rules with the broken ones first, tickets, and what would help most.

    with_examples: for a reader who has shown the department's key, masked values beside the rules.
    """
    dataset, score = records.catalog.datasets[identity], records.scores.get(str(identity))
    results, rows = last_results(records.reports, identity)
    outcome = records.outcomes.get(identity)
    indicators = score.indicators if score else {}
    department = records.catalog.title(identity.department)
    return _score(records, str(identity), score, "") | {
        "title": dataset.title,
        "subtitle": f"{department} · {identity} · {dataset.grade} 级 · "
        f"更新周期{dataset.frequency.label} · 数据日期 {(outcome.data_on if outcome else None) or '—'}",
        "crumbs": [(COUNTY_TITLE, links.county()), (department, links.department(identity.department))],
        "counts": _counts(outcome),
        "ledger": _ledger(records.registry.deliveries(identity)),
        "indicators": [_share(f"{code} {title}", indicators.get(code)) for code, title in INDICATORS.items()],
        "blocked": outcome.blocked_by if outcome else (),
        "examples": "" if with_examples else links.examples(identity),
        "broken": [_rule(result, with_examples) for result in sorted(results, key=_broken_first) if not result.passed],
        "held": [_rule(result, with_examples) for result in results if result.passed],
        "tickets": _tickets(records.tickets.get(identity, []), links),
        "levers": [_lever(lever) for lever in _levers(score, results, rows)[:SHOWN]],
    }  # fmt: skip


def department_view(records: Records, name: str, links: Links) -> View:
    """A department's page: its datasets by score, and what would raise its score most."""
    members = [identity for identity in records.catalog.datasets if identity.department == name]
    assessed = [identity for identity in members if str(identity) in records.scores]
    found = []
    for identity in assessed:
        results, judged = last_results(records.reports, identity)
        title, link = records.catalog.datasets[identity].title, links.dataset(identity)
        for lever in _levers(records.scores[str(identity)], results, judged):
            found.append(_lever(lever, 1 / len(assessed), title, link))
    found.sort(key=lambda row: -row["order"])
    titles = {identity: records.catalog.datasets[identity].title for identity in members}
    rows = [_member(records, [i], str(i), titles[i], links.dataset(i)) for i in members]
    note = f"{len(assessed)} 个数据集，每个同样算"
    return _score(records, name, records.scores.get(name), note) | {
        "title": records.catalog.title(name),
        "subtitle": f"首席数据官 {records.catalog.departments[name].chief_data_officer} · {records.today}",
        "crumbs": [(COUNTY_TITLE, links.county())],
        "members_title": "数据集",
        "members": _ranked(rows),
        "levers": found[:SHOWN],
        "duties": None,
    }  # fmt: skip


def county_view(records: Records, links: Links) -> View:
    """The county's page: departments by score, and the datasets that cost it most."""
    catalog = records.catalog
    members = {name: [i for i in catalog.datasets if i.department == name] for name in catalog.departments}
    datasets = [(i, s) for i in catalog.datasets if (s := records.scores.get(str(i))) and s.total is not None]
    datasets.sort(key=lambda pair: pair[1].total or 0)
    worst = [
        _lever(
            Lever("", "全部改好", _unexpected(s), 1 - (s.total or 0)), 1 / len(datasets), catalog.datasets[i].title,
            links.dataset(i),
        )
        for i, s in datasets[:SHOWN]
    ]  # fmt: skip
    rows = [_member(records, m, n, catalog.title(n), links.department(n)) for n, m in members.items() if m]
    return _score(records, COUNTY_CODE, records.scores.get(COUNTY_CODE), f"{len(datasets)} 个数据集，每个同样算") | {
        "title": f"{COUNTY_TITLE}数据质量",
        "subtitle": f"{records.today} · 按 GB/T 36344-2018 六个维度，由实际交付与发布计算",
        "crumbs": [],
        "members_title": "部门",
        "members": _ranked(rows),
        "levers": worst,
        "duties": None,
    }  # fmt: skip


def _score(records: Records, scope: str, score: Score | None, note: str) -> View:
    found = score.dimensions if score else {}
    dimensions = [_share(title, found.get(code)) for code, title in DIMENSIONS.items()]
    history = [(s.as_of, s.total) for s in records.log.history(scope, records.today) if s.total is not None]
    return {
        "total": score.total if score else None, "note": note, "dimensions": dimensions,
        "chart": trend(history, records.today),
    }  # fmt: skip


def _share(title: str, counts: tuple[float, float] | None) -> View:
    """A dimension or an indicator; without what it needs it cannot be assessed, and says so."""
    if counts is None or not counts[1]:
        return {"title": title, "ratio": None, "counts": "无法评估"}
    held, looked_at = counts
    return {"title": title, "ratio": held / looked_at, "counts": f"{held:,.10g} / {looked_at:,.10g}"}


def _levers(score: Score | None, results: Sequence[RuleResult], rows: int) -> list[Lever]:
    known = indicator_counts(results, rows)
    others = {code: counts for code, counts in score.indicators.items() if code not in known} if score else {}
    return levers(results, rows, others)


def _lever(lever: Lever, share: float = 1.0, where: str = "", link: str = "") -> View:
    gain = lever.gain * share
    return {
        "title": lever.title, "unexpected": f"{lever.unexpected:,}", "gain": f"{gain * 100:.2f}", "order": gain,
        "where": where, "link": link,
    }  # fmt: skip


def _unexpected(score: Score) -> int:
    """Rows that are not as expected, over every rule about rows."""
    return int(sum(looked_at - held for held, looked_at in score.indicators.values()))


def _broken_first(result: RuleResult) -> tuple[bool, int]:
    return not result.assessable, -result.unexpected


def _counts(outcome: Outcome | None) -> str:
    """The rows of the last good night, and those that wait at the gate."""
    if outcome is None:
        return "还没有数据"
    counts = outcome.counts
    said = f"交付 {counts.delivered:,} 行 = 合格 {counts.accepted:,} + 不合格 {counts.rejected:,} + 被取代 "
    return f"{said}{counts.superseded:,}" + (f"；另有 {outcome.held:,} 行未过关" if outcome.held else "")


def _ledger(deliveries: Sequence[Delivery]) -> View | None:
    """What became of every part of the newest delivery."""
    if not deliveries:
        return None
    delivery = deliveries[-1]
    title = f"{delivery.path.rsplit('/', 1)[-1]}（数据日期 {delivery.data_on}，{delivery.state.label}）"
    return {"title": title, "rows": ledger_rows(delivery), "detail": delivery.detail}


def _rule(result: RuleResult, with_examples: bool) -> View:
    verdict = "通过" if result.passed else "未通过" if result.assessable else "无法评估"
    return {
        "title": result.title, "severity": result.severity.label,
        "samples": "；".join(result.examples) if with_examples else "",
        "indicator": f"{result.indicator} {INDICATORS.get(result.indicator, '')}", "verdict": verdict,
        "evaluated": f"{result.evaluated:,}", "unexpected": f"{result.unexpected:,}",
        "level": {"通过": "good", "未通过": "poor"}.get(verdict, "soft"),
    }  # fmt: skip


def _tickets(rows: Sequence[Mapping[str, Any]], links: Links) -> list[View]:
    """The open ones, and the last few that are closed."""
    opened = [row for row in rows if not row["closed_on"]]
    closed = sorted((row for row in rows if row["closed_on"]), key=lambda row: row["closed_on"], reverse=True)
    return [{**row, "link": links.rows(row)} for row in (*opened, *closed[:CLOSED_SHOWN])]


def _member(records: Records, datasets: Sequence[DatasetId], scope: str, title: str, link: str) -> View:
    total = score.total if (score := records.scores.get(scope)) else None
    earlier = before.total if (before := records.before.get(scope)) else None
    tickets = [row for identity in datasets for row in records.tickets.get(identity, []) if not row["closed_on"]]
    change = "" if total is None or earlier is None else f"{(total - earlier) * 100:+.1f}"
    return {
        "title": title, "link": link, "total": total, "change": change, "open": len(tickets) or "",
        "broken": sum(o.failed_checks for i in datasets if (o := records.outcomes.get(i))) or "",
        "late": sum(row["late"] > 0 for row in tickets) or "",
    }  # fmt: skip


def _ranked(members: list[View]) -> list[View]:
    """The best first; equal scores have one rank; without a score there is none."""
    scored = sorted((m for m in members if m["total"] is not None), key=lambda member: -member["total"])
    for member in scored:
        member["rank"] = 1 + sum(other["total"] > member["total"] for other in scored)
    return [*scored, *({**m, "rank": ""} for m in members if m["total"] is None)]
