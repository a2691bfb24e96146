"""Registers, catalog findings, open plan, project gate and every department's to-do, as assets with checks.

One step makes them all; what has not changed since the last night is not made again.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from pipelines.metadata import page_of, table_of
from pipelines.resources import CountyResource
from shuyang_data.catalog.findings import TITLES
from shuyang_data.catalog.model import Catalog
from shuyang_data.stewardship.listings import LISTINGS, Listing, every_listing
from shuyang_data.storage.files import write_text

GROUP = "stewardship"
FINDINGS = ("findings", "catalog")
PROJECTS = ("findings", "projects")


def stewardship_assets(catalog: Catalog) -> dg.AssetsDefinition:
    """The one step; a department's to-do belongs to its chief data officer."""
    todo = [
        _spec(
            ("todo", name),
            f"**{department.title}待办** · 欠什么，从哪天起，到哪天止",
            [f"team:{department.chief_data_officer}"],
        )
        for name, department in catalog.departments.items()
    ]
    specs = [*(_spec(key, f"**{title}**", []) for key, title in LISTINGS.items()), *todo]
    checks = [
        *(dg.AssetCheckSpec(code, asset=dg.AssetKey(FINDINGS), description=title) for code, title in TITLES.items()),
        dg.AssetCheckSpec("gate", asset=dg.AssetKey(PROJECTS), description="先共享再建设：每个项目都通过审查"),
        *(
            dg.AssetCheckSpec("overdue", asset=dg.AssetKey(["todo", name]), description="没有逾期的事项")
            for name in catalog.departments
        ),
    ]

    @dg.multi_asset(name="stewardship", specs=specs, check_specs=checks, can_subset=True)
    def stewardship(context: dg.AssetExecutionContext, county: CountyResource) -> Iterator:
        opened = county.open(context.run.run_id)
        kept = opened.settings.reports / "stewardship.json"
        before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        after = {}
        for listing in every_listing(opened):
            name = "/".join(listing.key)
            after[name] = hashlib.sha256(json.dumps(listing.rows, default=str).encode()).hexdigest()
            if before.get(name) != after[name] and dg.AssetKey(listing.key) in context.selected_asset_keys:
                yield from _events(listing)
        _keep(kept, before, after)

    return stewardship


def _spec(key: tuple[str, ...], description: str, owners: list[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        list(key),
        description=description,
        owners=owners,
        group_name=GROUP,
        deps=[["registers", "demands"]],
        skippable=True,
    )


def _events(listing: Listing) -> Iterator:
    """The listing as a table, and what of it does not hold as checks."""
    key = dg.AssetKey(listing.key)
    columns = dict(listing.columns)
    table, page = table_of(listing.rows, columns), page_of(listing.rows, columns)
    metadata: dict = {"dagster/row_count": len(listing.rows), "逐条": page, "清单": table}
    yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    for name, broken in listing.checks.items():
        yield dg.AssetCheckResult(
            asset_key=key, check_name=name, passed=not broken, severity=dg.AssetCheckSeverity.WARN,
            description=f"{len(broken)} 项" if broken else "没有", metadata={"条目": dg.MetadataValue.json(broken)},
        )  # fmt: skip


def _keep(path: Path, before: dict, after: dict) -> None:
    if before != after:
        write_text(path, json.dumps(after, indent=1))
