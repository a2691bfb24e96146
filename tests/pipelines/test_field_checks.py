"""Declared rules of the field in real nights: rows rejected by them, other datasets, earlier deliveries, misfits."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shuyang_data.chain.shown import rules_checked
from shuyang_data.chain.steps import Check
from shuyang_data.county import open_county
from shuyang_data.names import DatasetId
from shuyang_data.storage.ticket_log import TicketLog, list_path
from tests.builders import TODAY
from tests.pipelines.conftest import Home
from tests.pipelines.test_checks import NAME, checks, report, version

__all__ = ["checks"]
HOMES = DatasetId.parse(NAME)
BASE = {"severity": "rectify", "indicator": "0402", "title": "一条规则"}
FIT = BASE | {
    "id": "fit", "type": "expect_column_pair_values_a_to_be_greater_than_b", "severity": "blocking",
    "kwargs": {"column_A": "bed_count", "column_B": "resident_count", "or_equal": True}, "title": "入住人数不超过床位数",
}  # fmt: skip


def counts(home: Home) -> tuple[int, int, int]:
    outcome = home.registry().outcome(HOMES)
    assert outcome is not None
    return outcome.counts.delivered, outcome.counts.accepted, outcome.counts.rejected


def raise_limit(home: Home, share: float) -> None:
    path = home.settings.catalog / "datasets" / f"{NAME}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\nreject_limit: {share}\n", encoding="utf-8")


def test_a_blocking_rule_about_rows_rejects_rows_up_to_the_declared_share(home: Home, checks: Any) -> None:
    before, released = counts(home), version(home)
    checks(FIT)
    assert home.night(NAME) == 3, "more than the data set's limit"
    assert (counts(home), version(home)) == (before, released)
    assert "不合格行不超过" in home.printed
    raise_limit(home, 0.9)
    assert home.night(NAME) == 0
    after = counts(home)
    assert after[0] == after[1] + after[2]
    broken = report(home)["check.fit"]["unexpected"]
    assert after[2] - before[2] == broken > 0
    assert version(home) != released
    (ticket,) = [t for t in TicketLog(home.registry()).tickets(HOMES, only_open=True) if t.rule_id == "check.fit"]
    assert ticket.unexpected == broken
    checks(FIT | {"kwargs": FIT["kwargs"] | {"mostly": 0.99}})  # type: ignore[operator]
    assert home.night(NAME) == 3, "its own share stops the delivery"
    assert "入住人数不超过床位数" in home.printed


def test_what_surrounds_the_table_is_looked_at(home: Home, checks: Any) -> None:
    rules = {
        "codes": ("expect_column_values_to_be_in_code_list", {"column": "town_code", "code_list": "town"}),
        "known": ("expect_column_values_to_exist_in_dataset", {"column": "home_id", "reference": f"{NAME}.home_id"}),
        "unknown": ("expect_column_values_to_exist_in_dataset", {"column": "home_id", "reference": "culture/nothing.x"}),
        "stable": ("expect_column_distribution_to_be_stable", {"column": "bed_count"}),
        "usual": ("expect_table_row_count_to_follow_history", {}),
        "same": ("expect_column_totals_to_equal_dataset", {"column": "bed_count", "reference": f"{NAME}.bed_count", "by": ["town_code"]}),
        "misfit": ("expect_time_series_to_have_no_gaps", {"column": "home_name", "seconds": 60}),
        "number": ("expect_column_values_to_be_between", {"column": "home_name", "min_value": 3}),
    }  # fmt: skip
    checks(*(BASE | {"id": name, "type": kind, "kwargs": kwargs} for name, (kind, kwargs) in rules.items()))
    assert home.night(NAME) == 0
    found = {name: report(home)[f"check.{name}"] for name in rules}
    assert {name: (row["assessable"], row["passed"]) for name, row in found.items()} == {
        "codes": (True, True), "known": (True, True), "unknown": (False, False), "stable": (True, True),
        "usual": (False, False), "same": (True, True), "misfit": (False, False), "number": (False, False),
    }  # fmt: skip
    assert "无法评估" in found["usual"]["title"]
    tickets = TicketLog(home.registry()).tickets(HOMES, only_open=True)
    assert not [t for t in tickets if t.rule_id.startswith("check.")], "what cannot be assessed is nobody's fault"


def test_an_unknown_code_list_is_a_catalog_error(home: Home, checks: Any) -> None:
    from shuyang_data.catalog.load import load_catalog
    from shuyang_data.errors import CatalogError

    kwargs = {"column": "town_code", "code_list": "town", "edition": "1999"}
    checks(BASE | {"id": "codes", "type": "expect_column_values_to_be_in_code_list", "kwargs": kwargs})
    with pytest.raises(CatalogError, match="没有代码表 town@1999"):
        load_catalog(home.settings.catalog)
    old = Path(home.settings.catalog / "code_lists" / "town@1999.csv")
    old.write_text("code,name\n321322001,沭城镇\n", encoding="utf-8")
    assert home.night(NAME) == 0
    assert report(home)["check.codes"]["unexpected"] > 0


def test_the_night_scores_and_writes_pages(home: Home) -> None:
    from shuyang_data.portal.site import pages_folder
    from shuyang_data.storage.score_log import ScoreLog

    scores = ScoreLog(home.registry()).latest(TODAY)
    assert scores["321322"].total is not None and NAME in scores and HOMES.department in scores
    page = pages_folder(home.settings) / f"{NAME}.html"
    assert "质量得分" in page.read_text(encoding="utf-8")
    later = TODAY + timedelta(days=400)
    assert home.night(day=(TODAY + timedelta(days=36)).isoformat()) in (0, 3)
    aged = ScoreLog(home.registry()).latest(later)
    assert (aged[NAME].dimension("05") or 0) <= (scores[NAME].dimension("05") or 0)
    assert (aged["321322"].dimension("05") or 0) < (scores["321322"].dimension("05") or 0), (
        "data grow old by themselves"
    )


def test_every_check_says_whose_duty_it_is(first_night: Home) -> None:
    county = open_county(first_night.settings, TODAY)
    found = list(rules_checked(county, county.dataset(HOMES), []))
    county.registry.close()
    assert [step.check for step in found] == [Check.BLOCKING, Check.RECTIFY, Check.ADVICE]
    assert all("民政局" in str(step.figures["责任"]) for step in found)


def test_a_declared_rule_shows_masked_examples_and_lists_its_rows(home: Home, checks: Any) -> None:
    checks(FIT | {"severity": "rectify"})
    assert home.night(NAME) == 0
    body = json.loads((home.settings.reports / "quality" / f"{NAME}.json").read_text(encoding="utf-8"))
    row = next(r for r in body["results"] if r["rule_id"] == "check.fit")
    assert len(row["examples"]) == 3 and all(example.startswith("第 ") for example in row["examples"])
    (ticket,) = [t for t in TicketLog(home.registry()).tickets(HOMES, only_open=True) if t.rule_id == "check.fit"]
    lines = list_path(home.settings.reports, HOMES, ticket.id).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == row["unexpected"] + 1
