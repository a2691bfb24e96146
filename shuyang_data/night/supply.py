"""Batch exchange: what was agreed is delivered, only the items demanded, and every delivery is logged."""

from __future__ import annotations

from datetime import date

from shuyang_data.county import County
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Decision, Demand, DemandStatus, Release, Supply
from shuyang_data.release.package import DATA_FILE
from shuyang_data.storage.files import sha256_of, storage_errors
from shuyang_data.storage.published import release_problems


def supply_demands(county: County) -> list[Supply]:
    """Deliver every current shared release to those whose grant is active and who do not have it yet."""
    shared = {r.dataset: r for r in county.registry.releases() if r.layer is Layer.SHARED}
    done = {(supply.demand_id, supply.version) for supply in county.registry.supplies()}
    made = []
    healthy: dict[DatasetId, bool] = {}
    for demand in county.registry.demands():
        release = shared.get(demand.dataset) if demand.dataset else None
        if release is None or not _is_granted(demand, county.as_of) or (demand.id, release.version) in done:
            continue
        if release.dataset not in healthy:
            healthy[release.dataset] = not release_problems(release, county.settings.published)
        if healthy[release.dataset]:
            made.append(_deliver(county, demand, release))
    county.registry.save_supplies(made)
    return made


def _is_granted(demand: Demand, today: date) -> bool:
    agreed = demand.status is DemandStatus.ACCEPTED and demand.decision is Decision.AGREED
    return agreed and demand.granted_until is not None and demand.granted_until >= today


def _deliver(county: County, demand: Demand, release: Release) -> Supply:
    published = county.settings.published
    path = published / "supply" / demand.requester / demand.id / f"{release.version}.parquet"
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        table = county.engine.parquet([published / release.folder / DATA_FILE])
        wanted = [item for item in demand.items if item in table.columns] or list(table.columns)
        rows = county.engine.write_parquet(table.select(*wanted).order_by(wanted), path)
    relative = str(path.relative_to(published))
    return Supply(demand.id, release.dataset, release.version, relative, rows, sha256_of(path), county.now)
