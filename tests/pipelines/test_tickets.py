"""Tickets in real nights: opened for what was really found, tested again by the next delivery, listed and masked."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

from shuyang_data.catalog.load import load_catalog
from shuyang_data.names import DatasetId
from shuyang_data.quality.tickets import Ending, Ticket, TicketState
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.ticket_log import TicketLog, list_path
from tests.builders import TODAY, write_csv
from tests.pipelines.conftest import Home

SPOT = DatasetId("culture", "scenic_spot")
AIR = DatasetId("environment", "air_reading")
HEADER = "景区编号,景区名称,等级,地址,乡镇街道代码"


def tickets(home: Home, dataset: DatasetId | None = None) -> list[Ticket]:
    return TicketLog(home.registry()).tickets(dataset)


def listed(home: Home, ticket: Ticket) -> list[dict[str, str]]:
    path = list_path(home.settings.reports, ticket.dataset, ticket.id)
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def drop(home: Home, number: int, *lines: str) -> None:
    write_csv(home.settings.inbox / "culture" / f"旅游景区名录_20261124_{number}.csv", HEADER, *lines)


def test_every_rejected_row_has_a_ticket_with_its_row_number(home: Home) -> None:
    truth = json.loads((home.settings.home / "truth.json").read_text(encoding="utf-8"))
    found = tickets(home)
    numbers: dict[str, set[int]] = {}
    for ticket in found:
        rows = listed(home, ticket)
        assert len(rows) == ticket.unexpected > 0, ticket
        numbers.setdefault(str(ticket.dataset), set()).update(int(row["数据行号"]) for row in rows)
    for name, facts in truth["datasets"].items():
        assert {row for _, row, _ in facts["rejected"]} <= numbers.get(name, set()), name
    assert len(found) > 40


def test_a_list_shows_no_sensitive_value(home: Home) -> None:
    catalog = load_catalog(home.settings.catalog)
    hidden = 0
    for ticket in tickets(home):
        dataset = catalog.datasets[ticket.dataset]
        grades = {column.title: column.grade for column in dataset.columns}
        for row in listed(home, ticket):
            for title, value in row.items():
                if grades.get(title, 1) > 1 and len(value) > 2 and value != "（空）":
                    assert set(value.removeprefix("'")[1:-1]) == {"*"}, (ticket.dataset, title)
                    hidden += 1
    assert hidden > 50


def test_the_next_delivery_tests_again(home: Home) -> None:
    drop(home, 5, "A1,虞姬公园,4,沭城街道,321322001", "A2,古栗林,9,颜集镇,321322001", "A3,湿地,3,颜集镇,999")
    home.night(str(SPOT))
    opened = {t.rule_id: t for t in tickets(home, SPOT) if t.open}
    assert len(opened) >= 2
    assert all(t.state is TicketState.OPENED and t.since == TODAY for t in opened.values())
    later = TODAY + timedelta(days=6)
    drop(home, 6, "A1,虞姬公园,4,沭城街道,321322001", "A2,古栗林,3,颜集镇,321322001", "A3,湿地,3,颜集镇,999")
    home.night(str(SPOT), day=later.isoformat())
    states = {
        t.rule_id: (t.ending, t.closed_on) for t in tickets(home, SPOT) if t.id in {o.id for o in opened.values()}
    }
    assert (Ending.PASSED, later) in states.values()
    assert (Ending.CONTINUED, later) in states.values()
    now = [t for t in tickets(home, SPOT) if t.open]
    assert all(t.since == TODAY and t.opened_on == later for t in now) and now


def test_an_increment_corrects_single_rows(home: Home) -> None:
    """Rows of a delivery that lives on: those whose key a later delivery brings again, and right, count as corrected."""
    titles = "站点代码,监测时间,细颗粒物,可吸入颗粒物,臭氧,气温"
    hours = [f"SY01,2026-11-24 0{n}:00:00" for n in range(9)]
    inbox = home.settings.inbox / "environment"
    wrong, right = ([f"{hour},{value},50,60,7.5" for hour in hours] for value in ("9999", "30"))
    write_csv(inbox / "环境空气质量小时值_20261124_8.csv", titles, *wrong[:2], *right[2:])
    home.night(str(AIR))
    (ticket,) = [t for t in tickets(home, AIR) if t.rule_id == "pm25.range"]
    assert (ticket.unexpected, len(listed(home, ticket))) == (2, 2)
    seen = []
    for number, rows in ((9, right[:1]), (10, right[1:2])):
        write_csv(inbox / f"环境空气质量小时值_20261124_{number}.csv", titles, *rows)
        home.night(str(AIR))
        (ticket,) = [t for t in tickets(home, AIR) if t.rule_id == "pm25.range"]
        seen.append((ticket.remaining, ticket.ending))
    assert seen == [(1, None), (0, Ending.PASSED)]


def test_overdue_tickets_lower_the_sharing_rate(home: Home, tmp_path: Path) -> None:
    from shuyang_data.targets.facts import gather_facts
    from shuyang_data.targets.measures import rate
    from shuyang_data.targets.scorecard import score

    catalog, registry = load_catalog(home.settings.catalog), Registry(home.settings.registry)
    facts = gather_facts(home.settings, registry)
    cards = [score(catalog, registry.demands(), facts, TODAY + timedelta(days=n)) for n in (0, 21)]
    registry.close()
    failed = [{code for row in card.of("sharing") for code in row.failed} for card in cards]
    assert "correction_overdue" not in failed[0] and "correction_overdue" in failed[1]
    assert rate(cards[1].of("sharing")).numerator < rate(cards[0].of("sharing")).numerator
