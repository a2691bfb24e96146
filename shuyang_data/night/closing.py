"""How every night ends, whoever started it: demands in, supplies out, results kept, targets measured, pages written.

One act that fails is a fault of its own; the others go on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shuyang_data.chain.steps import Figures, Listed
from shuyang_data.county import County
from shuyang_data.errors import Problem
from shuyang_data.home.withdrawn import put_away, to_put_away
from shuyang_data.names import COUNTY_CODE, DatasetId
from shuyang_data.night.analyst import beat, publish_analyst
from shuyang_data.night.demands import import_demands
from shuyang_data.night.faults import problems_of
from shuyang_data.night.measure import measure
from shuyang_data.night.opening import Opened
from shuyang_data.night.removed import withdraw_removed
from shuyang_data.night.results import keep_results
from shuyang_data.night.scores import measure_scores
from shuyang_data.night.status import dataset_status, stopped
from shuyang_data.night.supply import supply_demands
from shuyang_data.portal.site import pages_folder, write_pages
from shuyang_data.quality.scores import DIMENSIONS
from shuyang_data.stewardship.listings import Listing, every_listing
from shuyang_data.storage.files import write_text
from shuyang_data.targets.evidence import Measure
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.measures import rate

Key = tuple[str, str]
WITHDRAWALS: Key = ("registers", "withdrawals")
DEMANDS: Key = ("registers", "demands")
SUPPLIES: Key = ("registers", "supplies")
RESULTS: Key = ("quality", "results")
RATES: Key = ("targets", "rates")
SCORES: Key = ("quality", "scores")
TITLES: Mapping[Key, tuple[str, str]] = {
    WITHDRAWALS: ("撤下记录", "不得再发布的版本：何时、为何撤下；文件移到只有平台能读的地方"),
    DEMANDS: ("需求登记", "部门提出的数据需求，登记入库"),
    SUPPLIES: ("供给记录", "按授权把共享数据送到需求部门"),
    RESULTS: ("规则结果", "每夜每条规则的检查结果，入湖留存"),
    RATES: ("两项目标", "公共数据按需共享率、应开放公共数据开放率，按实际发布测算"),
    SCORES: ("质量得分", "六个维度（GB/T 36344），逐数据集、逐部门、全县，逐日可比"),
}


@dataclass(frozen=True)
class Closed:
    """One thing that closes a night. checks: name → what does not hold."""

    key: Key
    rows: int | None = None
    figures: Figures = field(default_factory=dict)
    checks: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Faulty:
    """Something that went wrong and is nobody's delivery."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Finished:
    """Nothing more comes of this dataset: for whoever has to know what a process that died did not finish."""

    dataset: DatasetId


@dataclass(frozen=True)
class SetAside(Faulty):
    """A dataset that ended two processes: the night goes on without it."""

    dataset: DatasetId


def close_night(county: County) -> Iterator[Closed | Faulty]:
    """Every act in its order."""
    for act in (_withdrawals, _demands, _supplies, _results, _rates, _analyst, _scores, _listings):
        try:
            yield from act(county)
        except Exception as error:  # one act that meets a fault, foreseen or not, leaves the others alone
            yield Faulty(problems_of(error))


def record_night(opened: Opened, faults: Sequence[Problem]) -> list[str]:
    """Write down how the night ended; the planned datasets that a gate, a policy or a delivery stopped."""
    county = opened.county
    status = dataset_status(county.catalog, county.registry, county.as_of, county.settings.zone)
    blocked = sorted(set(stopped(status)) & set(opened.reasons))
    body = {"planned": opened.reasons, "stopped": blocked, "faults": [str(fault) for fault in faults]}
    county.registry.save_night(county.run_id, county.as_of, county.now, datetime.now(UTC), body)
    county.registry.checkpoint()
    return blocked


def _withdrawals(county: County) -> Iterator[Closed | Faulty]:
    """Analysts lose the view first, then everybody the files; a fault in the former does not keep the latter public."""
    if unexplained := withdraw_removed(county):
        yield Faulty(tuple(unexplained))
    leaving = to_put_away(county.settings, county.registry)
    if leaving:
        try:
            publish_analyst(county)
        except Exception as error:  # whatever it meets: what may not be public any more goes all the same
            yield Faulty(problems_of(error))
    put_away(county.settings, county.registry, leaving)
    away = [gone.release for gone in leaving]
    rows = [
        {"dataset": str(gone.dataset), "layer": gone.layer.label, "version": gone.version, "why": gone.withdrawn_for}
        for gone in away
    ]
    columns = {"dataset": "数据集", "layer": "层", "version": "版本", "why": "为何撤下"}
    yield Closed(WITHDRAWALS, len(county.registry.withdrawn()), {"今夜撤下": Listed(columns, rows)})


def _demands(county: County) -> Iterator[Closed]:
    imported = import_demands(county.settings, county.catalog, county.registry)
    yield Closed(DEMANDS, len(county.registry.demands()), {"本次导入": imported or 0})


def _supplies(county: County) -> Iterator[Closed]:
    supplied = supply_demands(county)
    figures: dict[str, int | Listed] = {
        "本次供给": len(supplied.made), "行数": sum(supply.rows for supply in supplied.made),
    }  # fmt: skip
    if supplied.lacking:
        rows = [{"demand": demand, "why": why} for demand, why in supplied.lacking.items()]
        figures["没有供全的需求"] = Listed({"demand": "需求", "why": "缺什么"}, rows)
    yield Closed(SUPPLIES, None, figures)


def _results(county: County) -> Iterator[Closed]:
    yield Closed(RESULTS, keep_results(county))


def _rates(county: County) -> Iterator[Closed]:
    card = measure(county, gather_facts(county.settings, county.registry))
    beat(county)
    figures: dict[str, str | float] = {"测算日期": str(card.as_of)}
    for target in Measure:
        value = rate(card.of(target))
        figures[target.label] = "无" if value.rate is None else value.rate
        figures[f"{target.label}（分子/分母）"] = f"{value.numerator}/{value.denominator}"
    yield Closed(RATES, None, figures)


def _analyst(county: County) -> Iterator[Closed]:
    """The analysts' file follows what is published; a fault in it takes neither the rates nor the heartbeat along."""
    publish_analyst(county)
    yield from ()


def _scores(county: County) -> Iterator[Closed]:
    scores = measure_scores(county, gather_facts(county.settings, county.registry))
    changed = write_pages(county)
    whole = scores[COUNTY_CODE]
    figures: dict[str, str | float | Path] = {"全县得分": whole.total or 0.0, "更新的页面": changed}
    figures |= {title: whole.dimension(code) or 0.0 for code, title in DIMENSIONS.items() if code in whole.dimensions}
    figures["质量页"] = pages_folder(county.settings) / "index.html"
    yield Closed(SCORES, None, figures)


def _listings(county: County) -> Iterator[Closed]:
    """Registers, findings and every department's to-do; what has not changed since the last night is not told again."""
    kept = county.settings.reports / "stewardship.json"
    before = _told_before(kept)
    after = {}
    for listing in every_listing(county):
        name = "/".join(listing.key)
        after[name] = hashlib.sha256(json.dumps(listing.rows, default=str).encode()).hexdigest()
        if before.get(name) != after[name]:
            yield _told(listing)
    if before != after:
        write_text(kept, json.dumps(after, indent=1))


def _told_before(kept: Path) -> dict[str, str]:
    """listing → checksum of what was told; nothing when the file is gone or damaged: then everything is told again."""
    try:
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _told(listing: Listing) -> Closed:
    return Closed(listing.key, len(listing.rows), {"清单": Listed(listing.columns, listing.rows)}, listing.checks)
