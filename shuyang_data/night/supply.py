"""Batch exchange: what was agreed is delivered, only the items granted, and every delivery is logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.parquet as pq
from ibis.expr.types import Table

from shuyang_data.county import County
from shuyang_data.exchange.access import allowed, for_recipient, is_granted, recipient_keys
from shuyang_data.exchange.records import Demand, Supply
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
    held = {(supply.demand_id, supply.version): supply for supply in county.registry.supplies()}
    made, lacking = [], {}
    problems: dict[DatasetId, tuple[str, ...]] = {}
    for demand in county.registry.demands():
        release = shared.get(demand.dataset) if demand.dataset else None
        if release is None or not is_granted(demand, county.as_of):
            continue
        if release.dataset not in problems:
            problems[release.dataset] = release_problems(release, county.settings.published)
        if problems[release.dataset]:
            lacking[demand.id] = problems[release.dataset][0]
            continue
        dataset = county.dataset(release.dataset)
        path = county.settings.published / release.folder / DATA_FILE
        access = allowed(demand, dataset, pq.read_schema(path).names, county.as_of)
        if access.lacking:
            lacking[demand.id] = access.lacking
        if access.items and not _stands(county, held.get((demand.id, release.version)), access.items):
            keys = recipient_keys(county.hash_keys, demand.requester)
            rows = for_recipient(county.engine.parquet([path]), dataset, access.items, keys)
            made.append(_deliver(county, demand, release, rows.order_by(list(access.items))))
    return Supplied(tuple(made), lacking)


def _stands(county: County, supply: Supply | None, items: Sequence[str]) -> bool:
    """Whether just these items were delivered and stand there as they were; what does not is delivered again."""
    published = county.settings.published
    if supply is None or supply_problem(supply, published):
        return False
    return tuple(pq.read_schema(published / supply.path).names) == tuple(items)


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
