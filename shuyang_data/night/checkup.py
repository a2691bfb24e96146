"""Is the platform well? Looked at from outside Dagster, because a dead scheduler looks like a quiet day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from shuyang_data.arrival.overdue import inbox_strangers
from shuyang_data.catalog.workdays import WARNING_DAYS, Workdays, next_year
from shuyang_data.errors import ShuyangDataError
from shuyang_data.home.damage import lake_damage, landing_damage
from shuyang_data.settings import Settings
from shuyang_data.storage.analyst import free_bytes
from shuyang_data.storage.analyst_build import build_problems
from shuyang_data.storage.catalog_in_force import load_in_force
from shuyang_data.storage.home_registry import open_registry
from shuyang_data.storage.lakehouse_inventory import tables
from shuyang_data.storage.published import release_problems, supply_problem
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_connection import place_of

FREE_BYTES = 2 << 30
NIGHT_HOURS = 26


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    title: str
    healthy: bool
    detail: str


def checkup(settings: Settings, now: datetime, *, deep: bool = False) -> list[Finding]:
    """Every finding; none of them raises for what is merely unwell. deep: every file by its SHA-256."""
    findings = [_disk(settings.home), _heartbeat(settings.heartbeat, now)]
    try:
        catalog = load_in_force(settings)
        faults = "；".join(map(str, catalog.faults))
        findings.append(Finding("目录", not faults, faults or f"{len(catalog.datasets)} 个数据集"))
        findings.append(_calendar(Workdays(catalog.workdays), settings.today(now)))
        strangers = inbox_strangers(settings.inbox, catalog)
        names = "、".join(path.name for path in strangers[:3])
        findings.append(Finding("收件箱", not strangers, f"{len(strangers)} 个无人认领的文件 {names}".strip()))
    except ShuyangDataError as error:
        findings.append(Finding("目录", False, str(error)))
    try:
        registry = open_registry(settings)
        findings.append(Finding("登记库", True, place_of(settings.registry)))
        findings += _files(settings, registry, deep=deep)
        findings.append(_last_night(registry))
    except ShuyangDataError as error:
        findings.append(Finding("登记库", False, str(error)))
    return findings


def _files(settings: Settings, registry: Registry, *, deep: bool) -> Iterator[Finding]:
    """Every file of landing and lake, every release, every supply of a current release, and the analysts' file."""
    published = settings.published
    deliveries, releases = registry.deliveries(), registry.releases()
    landing = landing_damage(deliveries, settings.landing, deep=deep)
    yield _counted("落地区", len(deliveries), "个交付", [f"{path} {what}" for path, what in landing.items()])
    lake = lake_damage(settings.lake, deep=deep)
    missing = [text for texts in lake.values() for text in texts]
    yield _counted("数据湖", len(tables(settings.lake)), "张表", missing)
    broken = [text for release in releases for text in release_problems(release, published, deep=deep)]
    yield _counted("发布文件", len(releases), "个发布版本", broken)
    current = {release.version for release in releases}
    supplies = [supply for supply in registry.supplies() if supply.version in current]
    lost = [text for supply in supplies if (text := supply_problem(supply, published, deep=deep))]
    yield _counted("供给", len(supplies), "份现行的供给", lost)
    if releases:
        problems = build_problems(settings.home, settings.analyst)
        yield Finding("分析库", not problems, "；".join(problems) or "完好，指向本处")


def _counted(title: str, number: int, what: str, problems: list[str]) -> Finding:
    return Finding(title, not problems, f"{number:,} {what}，{len(problems)} 处缺损 {'；'.join(problems[:3])}".strip())


def _last_night(registry: Registry) -> Finding:
    night = registry.last_night()
    if night is None:
        return Finding("上一夜", False, "没有记录")
    faults = night.get("faults", [])
    whole = night["finished_at"] is not None and not faults
    detail = f"计划 {len(night['planned'])} 个数据集，受阻 {len(night.get('stopped', []))} 个，故障 {len(faults)} 处"
    return Finding("上一夜", whole, detail if night["finished_at"] else f"{detail}，没有跑完")


def _calendar(workdays: Workdays, today: date) -> Finding:
    """Due days past the known working days are not fixed; what is late on a day past them cannot be said at all."""
    until = workdays.known_until(today)
    left = (until - today).days
    warning = f"，还有 {left} 天：请{next_year(until)}"
    return Finding("工作日历", left >= 0, f"到 {until}{warning if left < WARNING_DAYS else ''}")


def _disk(home: Path) -> Finding:
    place = home if home.exists() else home.parent
    free = free_bytes(place)
    return Finding("磁盘", free > FREE_BYTES, f"{place} 还有 {free / (1 << 30):.1f} GB")


def _heartbeat(path: Path, now: datetime) -> Finding:
    if not path.exists():
        return Finding("上次运行", False, "还没有跑完过一夜；请运行 shuyang run")
    try:
        last = datetime.fromisoformat(path.read_text(encoding="utf-8"))
    except ValueError:
        return Finding("上次运行", False, f"{path} 读不出来；请运行 shuyang run")
    hours = (now - last).total_seconds() / 3600
    return Finding(
        "上次运行", hours <= NIGHT_HOURS, f"{last.astimezone(now.tzinfo):%Y-%m-%d %H:%M}，{hours:.1f} 小时前"
    )
