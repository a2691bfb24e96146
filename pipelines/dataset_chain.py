"""One dataset → its assets: landing, raw, standard (+ rejected), shared, open. Every dataset passes through here."""

from collections.abc import Iterator

import dagster as dg

from pipelines.metadata import (
    check_results,
    column_lineage,
    column_schema,
    description,
    freshness,
    grade_result,
    owners,
)
from pipelines.resources import CountyResource
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.chain.classify import keep_classification
from shuyang_data.chain.publish import note_forbidden, publish
from shuyang_data.chain.raw import land, read_deliveries, refusal_text
from shuyang_data.chain.results import save_quality_report
from shuyang_data.chain.standardize import commit_candidate, judge_candidate, record_blocked, with_examples
from shuyang_data.chain.tickets import keep_tickets
from shuyang_data.names import Layer, PublishedLayer
from shuyang_data.records import SEVERITY_TITLES, Severity

KINDS = {Layer.LANDING: {"file"}, Layer.SHARED: {"duckdb", "parquet"}, Layer.OPEN: {"duckdb", "parquet"}}


def dataset_assets(dataset: Dataset, catalog: Catalog) -> list[dg.AssetsDefinition]:
    """The chain of one dataset; layers that the catalog does not want have no asset."""
    published = [_published(dataset, catalog, layer) for layer in dataset.published_layers()]
    return [_landing(dataset, catalog), _raw(dataset, catalog), _standard(dataset, catalog), *published]


def _spec(dataset: Dataset, catalog: Catalog, layer: Layer, source: Layer | None, **more: object) -> dict:
    """What every asset of the chain says of itself."""
    metadata: dict = {}
    if layer is not Layer.LANDING:
        metadata["dagster/column_schema"] = column_schema(dataset, layer)
        if source is not None and source is not Layer.LANDING:
            metadata["dagster/column_lineage"] = column_lineage(dataset, layer, source)
    return {
        "description": description(dataset, catalog, layer),
        "group_name": f"{dataset.id.department}/{dataset.id.dataset}",
        "owners": owners(dataset, catalog),
        "kinds": KINDS.get(layer, {"duckdb", "iceberg"}),
        "tags": {"layer": layer.value, "grade": str(dataset.grade)},
        "metadata": metadata,
        **more,
    }


def _landing(dataset: Dataset, catalog: Catalog) -> dg.AssetsDefinition:
    @dg.asset(key=dataset.id.asset_key(Layer.LANDING), **_spec(dataset, catalog, Layer.LANDING, None))
    def landing(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
        new, again = land(county.open(context.run.run_id), dataset)
        files = [f"{delivery.path}（{delivery.size} 字节）" for delivery in new]
        return dg.MaterializeResult(
            metadata={"新交付": len(new), "重复交付": again, "文件": dg.MetadataValue.json(files)}
        )

    return landing


def _raw(dataset: Dataset, catalog: Catalog) -> dg.AssetsDefinition:
    key = dg.AssetKey(dataset.id.asset_key(Layer.RAW))
    checks = [
        dg.AssetCheckSpec("delivery", asset=key, description="交付的文件读得出来，且确是本数据集"),
        dg.AssetCheckSpec("grade", asset=key, description="登记的级别不低于内容所显示的，或有人确认"),
    ]

    @dg.asset(
        key=key,
        deps=[dataset.id.asset_key(Layer.LANDING)],
        check_specs=checks,
        **_spec(dataset, catalog, Layer.RAW, Layer.LANDING),
    )
    def raw(context: dg.AssetExecutionContext, county: CountyResource) -> Iterator:
        opened = county.open(context.run.run_id)
        reading = read_deliveries(opened, dataset)
        refused = [refusal_text(delivery) for delivery in reading.refused]
        yield dg.AssetCheckResult(
            asset_key=key, check_name="delivery", passed=not refused, metadata={"退回": dg.MetadataValue.json(refused)}
        )
        if reading.stopped:
            yield dg.AssetCheckResult(asset_key=key, check_name="grade", passed=True, description="没有可看的交付")
            raise dg.Failure(f"{dataset.title}：{'；'.join(reading.stopped)}", allow_retries=False)
        yield grade_result(keep_classification(opened, dataset, anew=bool(reading.read)), key)
        yield dg.MaterializeResult(metadata={"dagster/row_count": reading.rows, "交付数": len(reading.read)})

    return raw


def _standard(dataset: Dataset, catalog: Catalog) -> dg.AssetsDefinition:
    key = dg.AssetKey(dataset.id.asset_key(Layer.STANDARD))
    parents = {parent for parent, _ in dataset.references().values()}
    deps = [dataset.id.asset_key(Layer.RAW), *(parent.asset_key(Layer.STANDARD) for parent in sorted(parents))]
    standard_spec = _spec(dataset, catalog, Layer.STANDARD, Layer.RAW, freshness_policy=freshness(dataset))
    rejected_spec = _spec(dataset, catalog, Layer.REJECTED, Layer.RAW)
    checks = [
        dg.AssetCheckSpec(severity.value, asset=key, description=f"{SEVERITY_TITLES[severity]}级规则（GB/T 36344）")
        for severity in Severity
    ]

    @dg.multi_asset(
        name=f"{dataset.id.department}__{dataset.id.dataset}__standard",
        specs=[
            dg.AssetSpec(key, deps=deps, **standard_spec),
            dg.AssetSpec(dataset.id.asset_key(Layer.REJECTED), deps=deps[:1], **rejected_spec),
        ],
        check_specs=checks,
    )
    def standard(context: dg.AssetExecutionContext, county: CountyResource) -> Iterator:
        opened = county.open(context.run.run_id)
        try:
            judged = with_examples(opened, judge_candidate(opened, dataset))
            # Great Expectations takes seconds to import: only a night that judges something pays for it.
            from shuyang_data.quality.validation import validation_result

            validation = validation_result(str(dataset.id), judged.rules, judged.results, opened.run_id)
            save_quality_report(opened, dataset.id, judged.results, validation, judged.rows)
            keep_tickets(opened, judged)
            yield from check_results(judged.results, key, f"{opened.settings.portal_url}/quality/{dataset.id}")
            if judged.blocked_by:
                record_blocked(opened, judged)
                raise dg.Failure(f"{dataset.title} 未过关：{'；'.join(judged.blocked_by)}", allow_retries=False)
            outcome = commit_candidate(opened, judged)
        finally:
            opened.engine.release()
        counts = outcome.counts
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "dagster/row_count": counts.accepted, "交付行": counts.delivered, "合格": counts.accepted,
                "不合格": counts.rejected, "被取代": counts.superseded, "快照": str(outcome.snapshot_id),
                "数据日期": str(outcome.data_on),
            },
        )  # fmt: skip
        yield dg.MaterializeResult(
            asset_key=dataset.id.asset_key(Layer.REJECTED), metadata={"dagster/row_count": counts.rejected}
        )

    return standard


def _published(dataset: Dataset, catalog: Catalog, layer: PublishedLayer) -> dg.AssetsDefinition:
    which = Layer(layer)

    @dg.asset(
        key=dataset.id.asset_key(which),
        deps=[dataset.id.asset_key(Layer.STANDARD)],
        **_spec(dataset, catalog, which, Layer.STANDARD, freshness_policy=freshness(dataset)),
    )
    def published(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
        opened = county.open(context.run.run_id)
        publication = publish(opened, dataset, layer)
        if publication.forbidden:
            note_forbidden(opened, dataset.id, publication.refused)
            reasons = "；".join(refused.text for refused in publication.refused)
            raise dg.Failure(f"{dataset.title} 不得发布到 {layer}：{reasons}", allow_retries=False)
        release = publication.release
        if release is None:
            return dg.MaterializeResult(metadata={"未发布": "；".join(refused.text for refused in publication.refused)})
        folder = opened.settings.published / release.folder
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": release.rows, "未发布的小组行": release.suppressed, "版本": release.version,
                "文件夹": dg.MetadataValue.path(str(folder)),
                "清单": dg.MetadataValue.path(str(folder / "manifest.json")),
            }
        )  # fmt: skip

    return published
