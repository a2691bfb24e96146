"""What closes every night, as assets: one op makes them all, whichever of them somebody asks for."""

from collections.abc import Iterator

import dagster as dg

from pipelines.dataset_assets import datasets_of
from pipelines.events import fault_text, shown
from pipelines.keys import CLOSING_GROUP, LISTING_GROUP, TODO_GROUP, closing_check, closing_key
from pipelines.refusal import RefusalError, told_in_words
from pipelines.resources import NIGHT, POOL
from shuyang_data.catalog.findings import TITLES as FINDINGS
from shuyang_data.catalog.model import Catalog
from shuyang_data.night.attended import AttendedNight
from shuyang_data.night.closing import TITLES, Faulty, Key
from shuyang_data.stewardship.listings import LISTINGS

CATALOG_FINDINGS: Key = ("findings", "catalog")
PROJECTS: Key = ("findings", "projects")
# Of the steps that could run next it is the last: a chain that was stopped must not keep the night from its end.
LAST = {"dagster/priority": "-1"}


def closing_assets(catalog: Catalog) -> dg.AssetsDefinition:
    """Targets, registers, findings, and every department's to-do, which belongs to its chief data officer."""
    specs = dict(_specs(catalog))
    checks = {f"check_{number}": spec for number, spec in enumerate(_checks(catalog))}

    def close(context: dg.AssetExecutionContext, _: object) -> Iterator:
        night: AttendedNight = getattr(context.resources, NIGHT)
        with told_in_words():
            opened = night.begin(datasets_of(context, catalog))
        faults = []
        for answer in night.close(opened):
            if isinstance(answer, Faulty):
                faults.append(fault_text(answer))
            yield from shown(context, answer, catalog)
        if faults:
            raise RefusalError("\n".join(faults))

    op = dg.OpDefinition(
        close, name="closing", outs={name: dg.Out(dg.Nothing, is_required=False) for name in (*specs, *checks)},
        required_resource_keys={NIGHT}, pool=POOL, tags=LAST,
        description="收尾：需求、供给、规则结果、两项目标、得分、清单与待办",
    )  # fmt: skip
    return dg.AssetsDefinition(
        keys_by_input_name={}, keys_by_output_name={name: spec.key for name, spec in specs.items()},
        check_specs_by_output_name=checks, node_def=op, can_subset=True, specs=list(specs.values()),
    )  # fmt: skip


def _specs(catalog: Catalog) -> Iterator[tuple[str, dg.AssetSpec]]:
    for key, (title, text) in TITLES.items():
        yield "_".join(key), _spec(key, catalog, CLOSING_GROUP, f"**{title}** · {text}")
    for key, title in LISTINGS.items():
        if key not in TITLES:
            yield "_".join(key), _spec(key, catalog, LISTING_GROUP, f"**{title}**")
    for name, department in catalog.departments.items():
        text = f"**{department.title}待办** · 欠什么，从哪天起，到哪天止"
        yield f"todo_{name}", _spec(("todo", name), catalog, TODO_GROUP, text, department.chief_data_officer)


def _spec(key: Key, catalog: Catalog, group: str, text: str, owner: str = "") -> dg.AssetSpec:
    return dg.AssetSpec(
        closing_key(key, catalog), description=text, group_name=group, owners=[f"team:{owner}"] if owner else []
    )


def _checks(catalog: Catalog) -> Iterator[dg.AssetCheckSpec]:
    for code, title in FINDINGS.items():
        yield dg.AssetCheckSpec(closing_check(code), asset=closing_key(CATALOG_FINDINGS, catalog), description=title)
    text = "先共享再建设：每个项目都通过审查"
    yield dg.AssetCheckSpec(closing_check("gate"), asset=closing_key(PROJECTS, catalog), description=text)
    for name in catalog.departments:
        key = closing_key(("todo", name), catalog)
        yield dg.AssetCheckSpec(closing_check("overdue"), asset=key, description="没有逾期的事项")
