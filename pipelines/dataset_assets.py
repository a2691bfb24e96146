"""One dataset → one op that makes its layers, each an asset; whoever asks for some of them gets just these."""

from collections.abc import Callable, Iterator

import dagster as dg

from pipelines.events import (
    STOP_COLUMNS,
    fault_text,
    metadata_of,
    shown,
    stop_row,
    stop_text,
)
from pipelines.keys import DATASET_TAG, dataset_key, group_of, op_name
from pipelines.metadata import column_lineage, column_schema, description, freshness, owners
from pipelines.refusal import RefusalError, told_in_words
from pipelines.renames import carry_renamed
from pipelines.resources import NIGHT, POOL
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.chain.fingerprint import declaration_digest
from shuyang_data.chain.make import SOURCES, layers_of
from shuyang_data.chain.steps import CHECKED_IN, Check, Listed, Stopped
from shuyang_data.names import PUBLISHED, DatasetId, Layer
from shuyang_data.night.attended import AttendedNight
from shuyang_data.night.closing import Faulty
from shuyang_data.night.worker import Answer

KINDS = {Layer.LANDING: {"file"}, Layer.SHARED: {"duckdb", "parquet"}, Layer.OPEN: {"duckdb", "parquet"}}
CHECK_TITLES = {
    Check.DELIVERY: "交付的文件读得出来，且确是本数据集",
    Check.GRADE: "登记的级别不低于内容所显示的，或有人确认",
    Check.BLOCKING: "阻断级规则（GB/T 36344）：不过关就不提交，沿用上一次的好版本",
    Check.RECTIFY: "整改级规则（GB/T 36344）：照常发布，由部门在源头更正",
    Check.ADVICE: "提示级规则（GB/T 36344）：只作提示",
}
# What the chain itself does not pass; Dagster's page then says so.
STOPPING = (Check.DELIVERY, Check.BLOCKING)


def dataset_assets(dataset: Dataset, catalog: Catalog, pages: str) -> dg.AssetsDefinition:
    """The chain of one dataset; layers that the catalog does not want have no asset. pages: where ours are served."""
    layers = layers_of(dataset)
    specs = {layer.value: _spec(dataset, catalog, layer, pages) for layer in layers}
    checks = {
        f"check_{check}": dg.AssetCheckSpec(
            check.label,
            asset=dataset_key(dataset, catalog, CHECKED_IN[check]),
            description=CHECK_TITLES[check],
            blocking=check in STOPPING,
        )
        for check in Check
    }
    own = {spec.key for spec in specs.values()}
    above = {dep.asset_key for spec in specs.values() for dep in spec.deps} - own
    inputs = {f"from_{number}": key for number, key in enumerate(sorted(above, key=str))}
    op = dg.OpDefinition(
        _body(dataset, catalog),
        name=op_name(dataset.id),
        ins={name: dg.In(dg.Nothing) for name in inputs},
        outs={name: dg.Out(dg.Nothing, is_required=False) for name in (*specs, *checks)},
        required_resource_keys={NIGHT},
        code_version=declaration_digest(dataset, catalog),
        pool=POOL,
        description=f"{dataset.title}：全链",
    )
    return dg.AssetsDefinition(
        keys_by_input_name=inputs,
        keys_by_output_name={name: spec.key for name, spec in specs.items()},
        check_specs_by_output_name=checks,
        node_def=op,
        can_subset=True,
        specs=list(specs.values()),
    )


def _spec(dataset: Dataset, catalog: Catalog, layer: Layer, pages: str) -> dg.AssetSpec:
    """What every asset of the chain says of itself."""
    metadata: dict = {"质量页": dg.MetadataValue.url(f"{pages}/quality/{dataset.id}")} if pages else {}
    source = next(iter(SOURCES.get(layer, ())), None)
    if layer is not Layer.LANDING:
        metadata["dagster/column_schema"] = column_schema(dataset, layer)
        if source is not None and source is not Layer.LANDING:
            metadata["dagster/column_lineage"] = column_lineage(dataset, catalog, layer, source)
    deps = [dataset_key(dataset, catalog, source)] if source is not None else []
    if layer is Layer.STANDARD:
        parents = {parent for parent, _ in dataset.references().values()}
        deps += [dataset_key(catalog.datasets[parent], catalog, layer) for parent in sorted(parents)]
    lasting = layer in (Layer.STANDARD, *PUBLISHED)
    return dg.AssetSpec(
        dataset_key(dataset, catalog, layer),
        deps=deps,
        description=description(dataset, catalog, layer),
        group_name=group_of(dataset.id),
        owners=owners(dataset, catalog),
        kinds=KINDS.get(layer, {"duckdb", "iceberg"}),
        tags={"layer": layer.value, "grade": str(dataset.grade), DATASET_TAG: str(dataset.id).replace("/", ".")},
        metadata=metadata,
        freshness_policy=freshness(dataset) if lasting else None,
        code_version=declaration_digest(dataset, catalog),
    )


def _body(dataset: Dataset, catalog: Catalog) -> Callable[[dg.AssetExecutionContext, object], Iterator]:
    """The op's function: shows what the chain yields; red when something stopped it."""

    def chain(context: dg.AssetExecutionContext, _: object) -> Iterator:
        night: AttendedNight = getattr(context.resources, NIGHT)
        keys = {dataset_key(dataset, catalog, layer): layer for layer in layers_of(dataset)}
        chosen = [layer for key, layer in keys.items() if key in context.selected_asset_keys]
        with told_in_words():
            opened = night.begin(datasets_of(context, catalog))
            carry_renamed(context.instance, opened.county.settings, opened.county.catalog)
        answers: list[Answer] = []
        # A layer that the catalog closed since it was published has no asset any more: it is withdrawn all the same.
        closed = [layer for layer in PUBLISHED if layer not in keys.values()]
        for answer in night.make(opened, dataset.id, [*chosen, *closed]):
            answers.append(answer)
            yield from shown(context, answer, catalog)
        _refuse(answers, catalog)

    return chain


def datasets_of(context: dg.AssetExecutionContext, catalog: Catalog) -> tuple[DatasetId, ...]:
    """Every dataset of which the run makes something; a run without a selection makes everything."""
    selected = context.run.asset_selection or {*context.job_def.asset_layer.executable_asset_keys}
    return tuple(
        dataset.id
        for dataset in catalog.datasets.values()
        if any(dataset_key(dataset, catalog, layer) in selected for layer in layers_of(dataset))
    )


def _refuse(answers: list[Answer], catalog: Catalog) -> None:
    """Raise RefusalError when the chain was stopped or met a fault."""
    stops = [answer for answer in answers if isinstance(answer, Stopped)]
    faults = [fault_text(answer) for answer in answers if isinstance(answer, Faulty)]
    if stops or faults:
        rows = [stop_row(stop, catalog) for stop in stops]
        metadata = metadata_of({"受阻": Listed(STOP_COLUMNS, rows)}) if rows else {}
        raise RefusalError("\n".join([*(stop_text(stop, catalog) for stop in stops), *faults]), metadata)
