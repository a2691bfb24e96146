"""先共享再建设: may a project go on? Its systems' catalogue, their resources, open demands and quality decide.

Basis: 沭阳县数字政府建设实施方案 二(二)1、三(三)；政务数据共享条例第三十八条. What a department shares is a condition
of its projects' approval, investment and running costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shuyang_data.catalog.changes import State
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.registers import Project
from shuyang_data.catalog.terms import Access
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.names import DatasetId
from shuyang_data.stewardship.todo import Duty
from shuyang_data.targets.measures import Facts


@dataclass(frozen=True)
class Condition:
    """One condition with what speaks against it; passed when nothing does."""

    title: str
    basis: str
    against: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.against


@dataclass(frozen=True)
class Verdict:
    """The sheet for the project's file."""

    id: str
    project: Project
    department: str
    on: date
    conditions: tuple[Condition, ...]

    @property
    def passed(self) -> bool:
        return all(condition.passed for condition in self.conditions)


def check_project(county: County, name: str, facts: Facts, owed: Sequence[Duty]) -> Verdict:
    """Judge a project by its identity or title; raise UsageError for an unknown one. owed: every duty of the day."""
    projects = county.catalog.registers.projects
    identity = next((i for i, project in projects.items() if name in (i, project.title)), None)
    if identity is None:
        raise UsageError([Problem(name, "没有登记这个项目", "、".join(projects) or "projects.yaml 里的项目")])
    project = projects[identity]
    mine = [d for d in county.catalog.datasets.values() if d.system in project.systems]
    conditions = (
        Condition("系统已登记、已编目", "三(三)", tuple(_catalogue(project, mine, county))),
        Condition("应共享的资源已挂接", "条例第二十二条", tuple(_mounted(mine, facts))),
        Condition("没有逾期的共享需求", "条例第二十一、二十二条", tuple(_demands(project, owed))),
        Condition("没有未结的质量问题", "条例第二十六条", tuple(_quality(mine, facts, county))),
        Condition("需要的数据先用共享取得", "条例第十九条", tuple(_reuse(project, county))),
    )
    return Verdict(identity, project, county.catalog.title(project.department), county.as_of, conditions)


def _catalogue(project: Project, mine: Sequence[Dataset], county: County) -> Iterator[str]:
    """Every system of the project stands in the register and has an entry in force, with no change undecided."""
    if not project.systems:
        yield "项目没有登记信息系统"
    covered = {dataset.system for dataset in mine}
    for name in project.systems:
        system = county.catalog.registers.systems[name]
        if name not in covered and not system.secret:
            yield f"{system.title}（{name}）没有目录条目"
    waiting = {change.name for change in county.changes.changes(states=[State.PENDING])}
    for dataset in mine:
        if dataset.approved_on > county.as_of:
            yield f"{dataset.title} 的目录到 {dataset.approved_on} 才发布"
        if str(dataset.id) in waiting:
            yield f"{dataset.title} 的目录变更还没有批准"
        if dataset.assessments is None:
            yield f"{dataset.title} 没有做保密风险与个人信息保护影响评估"


def _mounted(mine: Iterable[Dataset], facts: Facts) -> Iterator[str]:
    for dataset in mine:
        if dataset.sharing.access is Access.REFUSED:
            continue
        found = facts.shared.get(dataset.id)
        if found is None:
            yield f"{dataset.title}（{dataset.sharing.access.label}共享）没有挂接数据"
        elif found.problems:
            yield f"{dataset.title} 的共享文件缺损：{found.problems[0]}"


def _demands(project: Project, owed: Iterable[Duty]) -> Iterator[str]:
    for duty in owed:
        if duty.department == project.department and duty.kind in ("需求待答复", "同意后待提供") and duty.late:
            yield f"{duty.entry} {duty.text}：{duty.kind}，逾期 {duty.late} 个工作日"


def _quality(mine: Iterable[Dataset], facts: Facts, county: County) -> Iterator[str]:
    for dataset in mine:
        for reason in facts.blocked.get(dataset.id, ()):
            yield f"{dataset.title}：{reason}"
        opened = facts.tickets.get(dataset.id, ())
        if opened:
            yield f"{dataset.title}：{len(opened)} 张校核工单未结，最早 {min(opened)}"


def _reuse(project: Project, county: County) -> Iterator[str]:
    """What the project says it needs is demanded from its provider, not collected once more."""
    demanded = {d.dataset for d in county.registry.demands() if d.requester == project.department}
    for name in project.shared_items:
        try:
            dataset = county.catalog.datasets.get(DatasetId.parse(name))
        except ValueError:
            dataset = None
        if dataset is None:
            yield f"需要的 {name} 不在目录里"
        elif dataset.id.department != project.department and dataset.id not in demanded:
            yield f"需要的 {dataset.title}（{name}）还没有提出共享需求"


def sheet_lines(verdict: Verdict) -> list[str]:
    """The sheet as text, for the project's file."""
    project = verdict.project
    lines = [
        "# 项目数据共享审查表", "",
        f"- 项目：{project.title}（{verdict.id}）", f"- 单位：{verdict.department}",
        f"- 年度与阶段：{project.year} 年，{project.state.label}",
        f"- 信息系统：{'、'.join(project.systems) or '无'}",
        f"- 审查日期：{verdict.on}", "",
        f"结论：**{'通过' if verdict.passed else '不通过（不列入、不立项、不安排经费）'}**", "",
    ]  # fmt: skip
    for number, condition in enumerate(verdict.conditions, start=1):
        mark = "通过" if condition.passed else "不通过"
        lines.append(f"{number}. {condition.title}（{condition.basis}）：{mark}")
        lines += [f"   - {reason}" for reason in condition.against]
    return lines
