"""Batch exchange: what was agreed is delivered, only the items granted, and every delivery is logged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ibis.expr.types import Table

from shuyang_data.county import County
from shuyang_data.exchange.records import Decision, Demand, DemandStatus, Supply
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Release
from shuyang_data.release.package import DATA_FILE
from shuyang_data.storage.files import sha256_of, storage_errors
from shuyang_data.storage.published import release_problems, supply_problem


@dataclass(frozen=True)
class Supplied:
    """made: what was delivered. lacking: demand → what of its grant the release does not hold, or why it holds nothing
    that can be relied on.
    """

    made: tuple[Supply, ...]
    lacking: dict[str, str]


def supply_demands(county: County) -> Supplied:
    """Deliver every current shared release to those whose grant is active and who do not have it yet.

    Only items that are granted and stand in the release leave; where there is none, nothing does.
    """
    shared = {r.dataset: r for r in county.registry.releases() if r.layer is Layer.SHARED}
    published = county.settings.published
    current = {release.version for release in shared.values()}
    done = {
        (supply.demand_id, supply.version)
        for supply in county.registry.supplies()
        # What was delivered and does not stand any more is delivered again.
        if supply.version in current and not supply_problem(supply, published)
    }
    made, lacking = [], {}
    problems: dict[DatasetId, tuple[str, ...]] = {}
    for demand in county.registry.demands():
        release = shared.get(demand.dataset) if demand.dataset else None
        if release is None or not _is_granted(demand, county.as_of) or (demand.id, release.version) in done:
            continue
        if release.dataset not in problems:
            problems[release.dataset] = release_problems(release, county.settings.published)
        if problems[release.dataset]:
            lacking[demand.id] = problems[release.dataset][0]
            continue
        table = county.engine.parquet([county.settings.published / release.folder / DATA_FILE])
        granted = list(dict.fromkeys(demand.items))
        if absent := [item for item in granted if item not in table.columns]:
            lacking[demand.id] = f"共享数据里没有 {'、'.join(absent)}"
        if not granted:
            lacking[demand.id] = "没有写明授权的信息项"
        if items := [item for item in granted if item in table.columns]:
            made.append(_deliver(county, demand, release, table.select(*items).order_by(items)))
    return Supplied(tuple(made), lacking)


def _is_granted(demand: Demand, today: date) -> bool:
    agreed = demand.status is DemandStatus.ACCEPTED and demand.decision is Decision.AGREED
    return agreed and demand.granted_until is not None and demand.granted_until >= today


def _deliver(county: County, demand: Demand, release: Release, rows: Table) -> Supply:
    """Write and log one delivery."""
    published = county.settings.published
    path = published / "supply" / demand.requester / demand.id / f"{release.version}.parquet"
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        count = county.engine.write_parquet(rows, path)
    relative = str(path.relative_to(published))
    supply = Supply(demand.id, release.dataset, release.version, relative, count, sha256_of(path), county.now)
    county.registry.save_supplies([supply])
    return supply
