"""What departments owe, the open plan and the project gate, from a county without data and with declared facts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from shuyang_data.catalog.model import Priority
from shuyang_data.chain.grades import classification_path
from shuyang_data.county import County
from shuyang_data.errors import UsageError
from shuyang_data.exchange.records import Decision, Demand
from shuyang_data.names import DatasetId
from shuyang_data.records import Counts, Outcome
from shuyang_data.stewardship.change_control import Motive, record_direct_edits, submit
from shuyang_data.stewardship.exchange_workbook import export_workbook, import_workbook
from shuyang_data.stewardship.listings import LISTINGS, every_listing
from shuyang_data.stewardship.open_plan import OPENED, WAITING, open_plan, score
from shuyang_data.stewardship.project_gate import Verdict, check_project, sheet_lines
from shuyang_data.stewardship.todo import MAIN, Duty, duties, entry_named
from shuyang_data.targets.measures import Facts, Found
from tests.builders import NOW, TODAY
from tests.stewardship.conftest import MakeCounty
from tests.stewardship.test_workbook import HOME, edited, put

HOME_ID = DatasetId("civil_affairs", "nursing_home")
DEMAND = Demand("XQ1", "emergency", "civil_affairs", HOME_ID, ("home_id",), "救援", TODAY - timedelta(days=60))


def owed(county: County, kind: str) -> list[Duty]:
    return [duty for duty in duties(county) if duty.kind == kind]


def test_a_demand_is_owed_until_it_is_answered_and_supplied(make_county: MakeCounty) -> None:
    county = make_county()
    county.registry.replace_demands([DEMAND])
    (duty,) = owed(county, "需求待答复")
    # Shared unconditionally: one working day, which 2026-09-26, a Saturday, puts on Monday.
    assert (duty.department, duty.since, duty.due) == ("civil_affairs", "2026-09-25", "2026-09-28")
    assert duty.late == county.workdays.elapsed(date(2026, 9, 28), TODAY) > 0
    agreed = replace(DEMAND, decision=Decision.AGREED, decided_on=TODAY - timedelta(days=1))
    county.registry.replace_demands([agreed])
    assert owed(county, "需求待答复") == []
    (duty,) = owed(county, "同意后待提供")
    assert duty.late == 0 and duty.due > TODAY.isoformat()


def test_changes_wait_for_the_main_department(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    record_direct_edits(county)
    export_workbook(county, tmp_path / "w.xlsx")
    path = edited(tmp_path / "w.xlsx", "目录清单", put("信息资源摘要", "新的摘要文字", **HOME))
    submit(county, import_workbook(county, path).proposal, Motive("甲", "理由"))
    (duty,) = owed(county, "目录变更待审")
    assert (duty.department, duty.due) == (MAIN, "2026-11-26")
    assert owed(make_county(date(2026, 11, 30)), "目录变更待审")[0].late == 2
    file = county.settings.catalog / "datasets/water/rain_reading.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("owner: 业务科", "owner: 水文科"), encoding="utf-8")
    record_direct_edits(make_county())
    assert [d.entry for d in owed(make_county(), "未经批准的目录改动")] == ["datasets water/rain_reading"]


def test_a_grade_that_is_too_low_is_owed(make_county: MakeCounty) -> None:
    county = make_county()
    path = classification_path(county.settings.reports, HOME_ID)
    path.parent.mkdir(parents=True)
    row = {
        "column": "address", "title": "机构地址", "kind": "address", "kind_title": "住址", "confidence": 0.9,
        "reason": "九成符合", "proposed": 3,
    }  # fmt: skip
    path.write_text(json.dumps({"columns": [row]}), encoding="utf-8")
    (duty,) = owed(county, "级别待确认")
    assert duty.entry == str(HOME_ID) and "住址" in duty.text
    path.write_text(json.dumps({"columns": [row | {"confidence": 0.5}]}), encoding="utf-8")
    assert owed(county, "级别待确认") == []


def test_an_entry_has_a_name(make_county: MakeCounty) -> None:
    county = make_county()
    assert entry_named("police/vehicle", county) == ("datasets", "police/vehicle")
    assert entry_named("systems/police_core", county) == ("systems", "police_core")
    with pytest.raises(UsageError):
        entry_named("police/nothing", county)


def test_the_score_weighs_what_was_declared() -> None:
    assert score(Priority(livelihood=5, demand=5, economy=5)) == 100
    assert score(Priority(livelihood=5, demand=0, economy=0)) == 40
    assert score(None) is None


def found(county: County, *names: DatasetId) -> Facts:
    published = {name: Found(county.as_of, 10) for name in names}
    return Facts(shared=published, opened=published)


def test_the_plan_says_what_is_in_the_way(make_county: MakeCounty) -> None:
    county = make_county()
    plan = {entry.dataset: entry for entry in open_plan(county, found(county, HOME_ID))}
    assert plan[str(HOME_ID)].obstacles == ("没有归集到合格的数据",)
    county.registry.save_outcome(Outcome(HOME_ID, "f", "r", NOW, Counts(1, 1), data_on=TODAY))
    plan = {entry.dataset: entry for entry in open_plan(county, found(county, HOME_ID))}
    assert (plan[str(HOME_ID)].state, plan[str(HOME_ID)].obstacles) == (OPENED, ())
    assert "没有发布的开放数据" in plan["education/school"].obstacles
    scores = [entry.score or 0 for entry in open_plan(county, Facts())]
    assert scores == sorted(scores, reverse=True)
    later = {entry.dataset: entry for entry in open_plan(county, Facts(), 2026)}
    assert later["statistics/monthly_indicator"].state == WAITING
    assert open_plan(county, Facts(), 1999) == [e for e in open_plan(county, Facts()) if not e.planned_for]


def verdict(county: County, name: str, facts: Facts) -> Verdict:
    return check_project(county, name, facts, duties(county))


def against(judged: Verdict) -> list[str]:
    return [reason for condition in judged.conditions for reason in condition.against]


def test_a_project_passes_when_everything_is_shared(make_county: MakeCounty) -> None:
    county = make_county()
    mine = [d.id for d in county.catalog.datasets.values() if d.system == "civil_affairs_core"]
    county.registry.replace_demands([replace(DEMAND, id="XQ2", requester="civil_affairs", provider="police",
                                           dataset=DatasetId("police", "population"), received_on=TODAY)])  # fmt: skip
    judged = verdict(county, "civil_affairs_2024", found(county, *mine))
    assert judged.passed, against(judged)
    assert "结论：**通过**" in sheet_lines(judged)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("nothing mounted", "没有挂接数据"),
        ("overdue demand", "逾期"),
        ("blocked", "不合格行超过"),
        ("ticket", "校核工单未结"),
        ("no demand", "还没有提出共享需求"),
    ],
)
def test_each_condition_of_the_gate_can_fail(make_county: MakeCounty, change: str, reason: str) -> None:
    county = make_county()
    mine = [d.id for d in county.catalog.datasets.values() if d.system == "civil_affairs_core"]
    demands = [replace(DEMAND, id="XQ2", requester="civil_affairs", provider="police",
                       dataset=DatasetId("police", "population"), received_on=TODAY)]  # fmt: skip
    facts: dict[str, Any] = {}
    if change == "overdue demand":
        demands.append(DEMAND)
    if change == "no demand":
        demands = []
    if change == "blocked":
        facts["blocked"] = {HOME_ID: ("不合格行超过 5%",)}
    if change == "ticket":
        facts["tickets"] = {HOME_ID: [TODAY]}
    county.registry.replace_demands(demands)
    whole = replace(found(county, *([] if change == "nothing mounted" else mine)), **facts)
    judged = verdict(county, "智慧民政项目", whole)
    assert not judged.passed
    assert [text for text in against(judged) if reason in text]
    assert sum(not condition.passed for condition in judged.conditions) == 1


def test_a_system_without_an_entry_fails_the_gate(make_county: MakeCounty) -> None:
    county = make_county()
    assert [t for t in against(verdict(county, "command_2026", Facts())) if "没有目录条目" in t]
    with pytest.raises(UsageError):
        verdict(county, "nothing", Facts())


def test_every_register_finding_and_department_has_a_listing(make_county: MakeCounty) -> None:
    county = make_county()
    listings = list(every_listing(county))
    assert {entry.key for entry in listings} == {*LISTINGS, *(("todo", name) for name in county.catalog.departments)}
    for entry in listings:
        assert all(set(entry.columns) <= set(row) for row in entry.rows), entry.key
