"""What a night says to the person who started it: a Chinese summary on the console."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from shuyang_data.arrival.overdue import NO_DELIVERY, inbox_strangers
from shuyang_data.catalog.model import Catalog, MeasureDefinition
from shuyang_data.chain.fingerprint import live_deliveries
from shuyang_data.county import County
from shuyang_data.ledger import Fate
from shuyang_data.names import DatasetId
from shuyang_data.night.status import by_department, dataset_status
from shuyang_data.records import Delivery, Planned
from shuyang_data.screen import print_table
from shuyang_data.targets.evidence import Evidence, Measure, Rate
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.measures import rate
from shuyang_data.targets.scorecard import Scorecard, score

COUNTY = "全县"


def percent(rate: float | None) -> str:
    """A rate as people read it; 无 when nothing had to be done."""
    return "无" if rate is None else f"{rate:.1%}"


def rate_line(title: str, value: Rate) -> str:
    return f"{title}：{percent(value.rate)}（{value.numerator}/{value.denominator}）"


def print_plan(console: Console, planned: Sequence[Planned], total: int) -> None:
    console.print(f"今夜计划：{len(planned)} 个数据集要处理，{total - len(planned)} 个没有变化")
    for item in planned:
        if any("重建" in reason for reason in item.reasons):
            console.print(f"  重建 {item.dataset}：{'；'.join(item.reasons)}")


def print_ended(console: Console, county: County) -> None:
    """The summary of a night: every department, what was stopped, and both targets as they are now."""
    status = dataset_status(county.catalog, county.registry, county.as_of, county.settings.zone)
    print_summary(console, by_department(status, county.catalog))
    print_stopped(console, status)
    print_unused(console, county)
    print_withdrawn(console, county)
    print_strangers(console, county.settings.inbox, county.catalog)
    facts = gather_facts(county.settings, county.registry)
    card = score(county.catalog, county.registry.demands(), facts, county.as_of)
    for measure in Measure:
        console.print(rate_line(measure.label, rate(card.of(measure))), style="bold", highlight=False)
    console.print(f"测算日期 {county.as_of}；逐条依据：shuyang targets --evidence")


def print_summary(console: Console, departments: Sequence[dict[str, Any]]) -> None:
    """Per department: datasets, rows, failed checks, published; the county last."""
    headings = ("数据集", "交付行", "合格", "不合格", "被取代", "未过检查", "已共享", "已开放", "受阻")
    fields = (
        "datasets",
        "delivered",
        "accepted",
        "rejected",
        "superseded",
        "failed_checks",
        "shared",
        "open",
        "stopped",
    )
    totals = {field: sum(row[field] for row in departments) for field in fields}
    rows = [
        (row["department"], *(f"{row[field]:,}" for field in fields))
        for row in (*departments, {"department": COUNTY, **totals})
    ]
    print_table(console, "各部门", ("部门", *headings), rows, numbers=headings)


def print_stopped(console: Console, status: dict[str, dict[str, Any]]) -> None:
    """Which datasets were stopped and why; which deliveries are overdue."""
    blocked = {name: row for name, row in status.items() if row["blocked_by"]}
    if blocked:
        console.print(f"受阻 {len(blocked)} 个：")
        for name, row in blocked.items():
            console.print(f"  {name}（{row['title']}，{_what_stands(row)}）：{'；'.join(row['blocked_by'])}")
    overdue = [
        f"{name}（{row['title']}，数据日期 {row['data_on'] or NO_DELIVERY}）"
        for name, row in status.items()
        if row["overdue"]
    ]
    if overdue:
        console.print(f"逾期未交付 {len(overdue)} 个：{'、'.join(overdue)}")


def _what_stands(row: dict[str, Any]) -> str:
    is_published = row["published_shared"] is not None or row["published_open"] is not None
    return "上一次的好版本保持不变" if is_published else "目前没有发布的版本"


def print_unused(console: Console, county: County) -> None:
    """Parts of deliveries in force that should be data and could not be used, where the catalog allows that."""
    received: dict[DatasetId, list[Delivery]] = {}
    for delivery in county.registry.deliveries():
        received.setdefault(delivery.dataset, []).append(delivery)
    for identity, dataset in county.catalog.datasets.items():
        for delivery in live_deliveries(dataset, received.get(identity, ())):
            for entry in (each for each in delivery.ledger if each.fate is Fate.UNUSABLE):
                console.print(f"{identity} 的交付 {delivery.id} 没有用上：{entry}", markup=False)


def print_withdrawn(console: Console, county: County) -> None:
    """What this night took away."""
    for gone in county.registry.withdrawn():
        if gone.withdrawn_at is not None and gone.withdrawn_at >= county.now:
            what = f"{gone.dataset} 的{gone.layer.label}版本 {gone.version}"
            console.print(f"撤下 {what}：{gone.withdrawn_for}", markup=False)


def print_strangers(console: Console, inbox: Path, catalog: Catalog) -> None:
    """Files in the inbox that nobody claims."""
    strangers = inbox_strangers(inbox, catalog)
    if strangers:
        names = "、".join(f"{path.parent.name}/{path.name}" for path in strangers)
        console.print(f"收件箱里无人认领的文件 {len(strangers)} 个：{names}", markup=False)


def print_targets(console: Console, card: Scorecard, catalog: Catalog, *, evidence: bool) -> None:
    """Both targets for the county and each department; with evidence, every row that is not satisfied."""
    rows = []
    for department in (None, *card.departments()):
        values = [rate(card.of(measure, department)) for measure in Measure]
        cells = [f"{percent(value.rate)}（{value.numerator}/{value.denominator}）" for value in values]
        rows.append((COUNTY if department is None else catalog.title(department), *cells))
    print_table(console, f"两项目标（{card.as_of}）", ("部门", *(measure.label for measure in Measure)), rows)
    if evidence:
        for measure in Measure:
            _print_evidence(console, measure.label, card.of(measure), catalog.measures[measure])


def _print_evidence(console: Console, title: str, rows: Sequence[Evidence], definition: MeasureDefinition) -> None:
    words = {**definition.conditions, **definition.exclusions}
    listed = [
        (
            row.id, row.title, "是" if row.counted else "否", "是" if row.satisfied else "否",
            "、".join(words.get(code, code) for code in row.failed), row.days_overdue or "", row.owes,
        )
        for row in sorted(rows, key=lambda r: (r.satisfied or not r.counted, not r.counted, r.id))
    ]  # fmt: skip
    headings = ("编号", "名称", "计入", "满足", "原因", "逾期（工作日）", "责任方")
    print_table(console, f"{title}：逐条依据", headings, listed)
