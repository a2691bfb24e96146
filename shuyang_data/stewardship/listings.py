"""Every register and finding as a table of words: what Dagster and the pages show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shuyang_data.catalog.findings import TITLES, catalog_findings
from shuyang_data.catalog.workbook.bodies import catalog_bodies
from shuyang_data.catalog.workbook.build import sheet_rows
from shuyang_data.catalog.workbook.sheets import COLUMNS, SHEETS
from shuyang_data.county import County
from shuyang_data.stewardship.lists import four_lists
from shuyang_data.stewardship.open_plan import open_plan, plan_rows
from shuyang_data.stewardship.project_gate import check_project
from shuyang_data.stewardship.resources import returns
from shuyang_data.stewardship.todo import Duty, change_rows, duties, duty_rows
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.measures import Facts

Key = tuple[str, str]
REGISTERS = [sheet for sheet in SHEETS if sheet is not COLUMNS]
LISTINGS: dict[Key, str] = {
    **{("registers", sheet.name): sheet.title for sheet in REGISTERS},
    ("registers", "shares"): "共享清单",
    ("registers", "returns"): "上级回流",
    ("registers", "changes"): "目录变更",
    ("findings", "catalog"): "目录发现的问题",
    ("findings", "open_plan"): "开放计划",
    ("findings", "projects"): "项目数据共享审查",
}


@dataclass(frozen=True)
class Listing:
    """columns: field → heading. checks: name → what does not hold."""

    key: Key
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    checks: Mapping[str, list[str]] = field(default_factory=dict)


TODO_COLUMNS = {"entry": "条目", "what": "事项与期限"}
PLAN_COLUMNS = {
    "score": "得分", "livelihood": "民生", "demand": "需要", "economy": "效益", "dataset": "数据集", "title": "名称",
    "opening": "开放", "planned_for": "计划日期", "state": "状态", "obstacles": "还差什么",
}  # fmt: skip
RETURN_COLUMNS = {"id": "申请", "title": "名称", "provider": "提供方", "requested_on": "申请日期", "complete": "已齐"}
CHANGE_COLUMNS = {
    "id": "编号", "entry": "条目", "state": "状态", "author": "提交人", "reason": "理由", "submitted_on": "提交日期",
    "approver": "批准人", "effective_on": "生效日期", "submitted_late": "提交逾期", "late": "审核逾期",
}  # fmt: skip


def every_listing(county: County) -> Iterator[Listing]:
    """The registers, the findings, and the to-do of every department."""
    facts, owed = gather_facts(county.settings, county.registry), duties(county)
    yield from _registers(county)
    yield _findings(county)
    plan = plan_rows(open_plan(county, facts))
    yield Listing(("findings", "open_plan"), PLAN_COLUMNS, [_joined(row) for row in plan])
    yield _projects(county, facts, owed)
    yield from _todo(county, owed)


def _registers(county: County) -> Iterator[Listing]:
    rows = sheet_rows(catalog_bodies(county.catalog))
    for sheet in REGISTERS:
        columns = {f.path: f.title for f in sheet.all}
        yield Listing(
            ("registers", sheet.name), columns, [dict(zip(columns, row, strict=True)) for row in rows[sheet.name]]
        )
    title, headings, shares = next(table for table in four_lists(county) if table[0] == "共享清单")
    columns = {heading: heading for heading in headings}
    yield Listing(("registers", "shares"), columns, [dict(zip(columns, row, strict=True)) for row in shares])
    yield Listing(
        ("registers", "returns"),
        RETURN_COLUMNS,
        returns(county.catalog, county.registry, county.as_of, county.settings.zone),
    )
    yield Listing(("registers", "changes"), CHANGE_COLUMNS, change_rows(county))


def _findings(county: County) -> Listing:
    found = catalog_findings(county.catalog, county.as_of)
    rows = [
        {"code": TITLES[f.code], "department": county.catalog.title(f.department), "entry": f.entry, "text": f.text,
         "due": f.due}
        for f in found
    ]  # fmt: skip
    columns = {"code": "问题", "department": "部门", "entry": "条目", "text": "说明", "due": "限期"}
    checks = {code: [f"{f.entry}：{f.text}" for f in found if f.code == code] for code in TITLES}
    return Listing(("findings", "catalog"), columns, rows, checks)


def _projects(county: County, facts: Facts, owed: Sequence[Duty]) -> Listing:
    verdicts = [check_project(county, name, facts, owed) for name in county.catalog.registers.projects]
    rows = [
        {"project": v.project.title, "department": v.department, "passed": "通过" if v.passed else "不通过",
         "against": "；".join(reason for c in v.conditions for reason in c.against)}
        for v in verdicts
    ]  # fmt: skip
    columns = {"project": "项目", "department": "单位", "passed": "结论", "against": "理由"}
    return Listing(
        ("findings", "projects"), columns, rows, {"gate": [v.project.title for v in verdicts if not v.passed]}
    )


def _todo(county: County, owed: Sequence[Duty]) -> Iterator[Listing]:
    mine: dict[str, list[dict[str, Any]]] = {name: [] for name in county.catalog.departments}
    for row in duty_rows(owed):
        mine.setdefault(row["department"], []).append(row)
    for name in county.catalog.departments:
        late = [f"{row['kind']} {row['entry']}" for row in mine[name] if row["late"]]
        yield Listing(("todo", name), TODO_COLUMNS, [_owed(row) for row in mine[name]], {"overdue": late})


def _owed(row: Mapping[str, Any]) -> dict[str, str]:
    return {"entry": row["entry"], "what": f"{row['kind']}：{row['text']}（{_term(row)}）"}


def _term(row: Mapping[str, Any]) -> str:
    """From when, until when, how late."""
    parts = [f"{row['since']} 起" if row["since"] else "", f"{row['due']} 止" if row["due"] else "待定"]
    return "，".join([*filter(None, parts), *([f"逾期 {row['late']} 个工作日"] if row["late"] else [])])


def _joined(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "obstacles": "；".join(row["obstacles"])}
