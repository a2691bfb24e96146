"""What closes every night: demands in, supplies out, rule results kept, both targets measured, analysts served."""

import dagster as dg

from pipelines.resources import CountyResource
from shuyang_data.names import COUNTY_CODE
from shuyang_data.night.analyst import beat, publish_analyst
from shuyang_data.night.demands import import_demands
from shuyang_data.night.measure import measure
from shuyang_data.night.results import keep_results
from shuyang_data.night.scores import measure_scores
from shuyang_data.night.supply import supply_demands
from shuyang_data.portal.site import pages_folder, write_pages
from shuyang_data.quality.scores import DIMENSIONS
from shuyang_data.targets.evidence import Measure
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.measures import rate

GROUP = "targets"


@dg.asset(key=["registers", "demands"], group_name=GROUP, description="**需求清单** · 部门提出的数据需求，登记入库")
def demands(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
    opened = county.open(context.run.run_id)
    imported = import_demands(opened.settings, opened.catalog, opened.registry)
    total = len(opened.registry.demands())
    return dg.MaterializeResult(metadata={"dagster/row_count": total, "本次导入": imported or 0})


@dg.asset(
    key=["registers", "supplies"],
    deps=[demands],
    group_name=GROUP,
    description="**供给记录** · 按授权把共享数据送到需求部门",
)
def supplies(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
    made = supply_demands(county.open(context.run.run_id))
    return dg.MaterializeResult(metadata={"本次供给": len(made), "行数": sum(supply.rows for supply in made)})


@dg.asset(key=["quality", "results"], group_name=GROUP, description="**规则结果** · 每夜每条规则的检查结果，入湖留存")
def quality_results(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
    opened = county.open(context.run.run_id)
    rows = keep_results(opened)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


@dg.asset(
    key=["targets", "rates"],
    deps=[supplies, quality_results],
    group_name=GROUP,
    description="**两项目标** · 公共数据按需共享率、应开放公共数据开放率，按实际发布测算",
)
def rates(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
    opened = county.open(context.run.run_id)
    facts = gather_facts(opened.settings, opened.registry)
    card = measure(opened, facts)
    publish_analyst(opened)
    beat(opened)
    metadata: dict = {"测算日期": str(card.as_of)}
    for target in Measure:
        value, title = rate(card.of(target)), target.label
        metadata[title] = "无" if value.rate is None else value.rate
        metadata[f"{title}（分子/分母）"] = f"{value.numerator}/{value.denominator}"
    return dg.MaterializeResult(metadata=metadata)


@dg.asset(
    key=["quality", "scores"],
    deps=[rates],
    group_name=GROUP,
    description="**质量得分** · 六个维度（GB/T 36344），逐数据集、逐部门、全县，逐日可比",
)
def quality_scores(context: dg.AssetExecutionContext, county: CountyResource) -> dg.MaterializeResult:
    opened = county.open(context.run.run_id)
    scores = measure_scores(opened, gather_facts(opened.settings, opened.registry))
    changed = write_pages(opened)
    whole = scores[COUNTY_CODE]
    metadata: dict = {"全县得分": whole.total or 0.0, "更新的页面": changed}
    metadata |= {title: whole.dimension(code) or 0.0 for code, title in DIMENSIONS.items() if code in whole.dimensions}
    metadata["质量页"] = dg.MetadataValue.path(str(pages_folder(opened.settings) / "index.html"))
    return dg.MaterializeResult(metadata=metadata)
