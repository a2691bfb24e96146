"""Looks at what is really published: every file of every current release, now, not what a record claims."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Release
from shuyang_data.settings import Settings
from shuyang_data.storage.published import release_problems, supply_problem
from shuyang_data.storage.registry import Registry
from shuyang_data.targets.measures import Facts, Found


def look(release: Release, published: Path, zone: ZoneInfo) -> Found:
    """What stands in the release's folder. A file put back from an old copy makes the data as old as the file."""
    dates = [release.data_on]
    for file in release.files:
        path = published / release.folder / file.name
        if path.exists():
            dates.append(_written_on(path, zone))
    return Found(min(dates), release.rows, release_problems(release, published))


def _written_on(path: Path, zone: ZoneInfo) -> date:
    """In the county, wherever the server stands."""
    return datetime.fromtimestamp(path.stat().st_mtime, zone).date()


def gather_facts(settings: Settings, registry: Registry) -> Facts:
    """Everything the targets are measured on, looked up at this moment."""
    releases = registry.releases()
    outcomes = registry.outcomes()
    return Facts(
        shared=_found(settings, (r for r in releases if r.layer is Layer.SHARED)),
        opened=_found(settings, (r for r in releases if r.layer is Layer.OPEN)),
        supplied=frozenset(_supplied(settings.published, registry)),
        blocked={identity: outcome.blocked_by for identity, outcome in outcomes.items() if outcome.blocked_by},
        tickets=registry.open_tickets(),
    )


def _supplied(published: Path, registry: Registry) -> Iterator[str]:
    """The demands of which every item was delivered, and stands there as it was."""
    wanted = {demand.id: set(demand.items) for demand in registry.demands()}
    for supply in registry.supplies():
        if supply.demand_id in wanted and not supply_problem(supply, published):
            delivered = pq.read_schema(published / supply.path).names
            if wanted[supply.demand_id] <= set(delivered):
                yield supply.demand_id


def _found(settings: Settings, releases: Iterable[Release]) -> dict[DatasetId, Found]:
    return {release.dataset: look(release, settings.published, settings.zone) for release in releases}
