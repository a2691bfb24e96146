"""Catalog and results as Dagster shows them: descriptions, owners, schemas, lineage, check tables."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import dagster as dg

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import FRESH_DAYS, Protection, Type
from shuyang_data.names import Layer
from shuyang_data.records import RuleResult, Severity

LAYER_TITLES = {
    Layer.LANDING: "落地：交付的原始文件",
    Layer.RAW: "原始：逐字文本，只追加",
    Layer.STANDARD: "标准：类型、代码、主键齐备，过关才提交",
    Layer.REJECTED: "不合格行及原因",
    Layer.SHARED: "共享：部门可用",
    Layer.OPEN: "开放：公众可用",
}


def description(dataset: Dataset, catalog: Catalog, layer: Layer) -> str:
    """Chinese title first, because the lists of the interface show only the beginning."""
    sharing, opening = dataset.sharing.access.label, dataset.opening.access.label
    return (
        f"**{dataset.title}** · {LAYER_TITLES[layer]}\n\n{dataset.abstract}\n\n"
        f"- 提供方：{catalog.title(dataset.id.department)}（{dataset.owner}）\n- 信息资源代码：{dataset.code}\n"
        f"- 级别：{dataset.grade} 级\n- 更新周期：{dataset.frequency.label}\n- {sharing}共享，{opening}开放"
    )


def owners(dataset: Dataset, catalog: Catalog) -> list[str]:
    """The department's chief data officer answers for its assets."""
    department = catalog.departments[dataset.id.department]
    return [f"team:{department.chief_data_officer}"]


def column_schema(dataset: Dataset, layer: Layer) -> dg.TableSchema:
    """The columns of one layer with their Chinese titles."""
    columns = []
    for column in dataset.columns:
        protection = {Layer.SHARED: column.shared, Layer.OPEN: column.open}.get(layer, Protection.KEEP)
        if protection is Protection.DROP:
            continue
        kind = Type.TEXT if layer in (Layer.RAW, Layer.REJECTED) else column.type
        note = f"{column.title}（{column.grade} 级）"
        if protection is not Protection.KEEP:
            note += f"，{protection.label}"
        constraints = dg.TableColumnConstraints(nullable=not column.required, unique=dataset.key == (column.name,))
        columns.append(dg.TableColumn(column.name, kind.value, description=note, constraints=constraints))
    return dg.TableSchema(columns=columns)


def column_lineage(dataset: Dataset, layer: Layer, source: Layer) -> dg.TableColumnLineage:
    """Every column comes from the same column of the layer it is made from."""
    key = dg.AssetKey(dataset.id.asset_key(source))
    names = [column.name for column in column_schema(dataset, layer).columns]
    return dg.TableColumnLineage({n: [dg.TableColumnDep(asset_key=key, column_name=n)] for n in names})


def freshness(dataset: Dataset) -> dg.FreshnessPolicy | None:
    """The update cycle with its tolerance, as the interface watches it."""
    days = FRESH_DAYS[dataset.frequency]
    return None if days is None else dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days))


def rule_table(results: Iterable[RuleResult]) -> dg.TableMetadataValue:
    """The rules of one severity, the broken ones first: counts, and masked examples for those who must correct them."""
    records = [
        dg.TableRecord(
            {
                "规则": result.title,
                "结果": "通过" if result.passed else ("未通过" if result.assessable else "无法评估"),
                "检查行数": result.evaluated,
                "不合格": result.unexpected,
                "指标": result.indicator,
                "示例": "；".join(result.examples),
            }
        )
        for result in sorted(results, key=lambda result: result.passed)
    ]
    kinds = {"检查行数": "int", "不合格": "int"}
    names = ("规则", "结果", "检查行数", "不合格", "指标", "示例")
    columns = [dg.TableColumn(name, kinds.get(name, "string")) for name in names]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def table_of(rows: Iterable[Mapping[str, object]], columns: dict[str, str]) -> dg.TableMetadataValue:
    """Rows as a table; columns: field → heading, in order."""
    records = [dg.TableRecord({title: _cell(row[field]) for field, title in columns.items()}) for row in rows]
    schema = dg.TableSchema(columns=[dg.TableColumn(title, "string") for title in columns.values()])
    return dg.MetadataValue.table(records, schema=schema)


def page_of(rows: Iterable[Mapping[str, object]], columns: dict[str, str]) -> dg.MarkdownMetadataValue:
    """The same as a list: in the interface's narrow tables long Chinese texts stand one character a line."""
    lines = []
    for row in rows:
        first, *others = columns
        said = [f"{columns[field]}：{_cell(row[field])}" for field in others if _cell(row[field])]
        lines.append(f"- **{_cell(row[first])}**　{'；'.join(said)}")
    return dg.MetadataValue.md("\n".join(lines) or "没有")


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else ""
    return "" if value is None else str(value)


CLASSIFICATION = {
    "title": "信息项", "kind_title": "像是", "grading": "分类与影响", "confidence": "把握", "reason": "理由",
    "declared": "登记级别", "proposed": "建议级别", "confirmed_by": "确认人", "too_low": "待确认",
}  # fmt: skip


def grade_result(proposal: dict, key: dg.AssetKey) -> dg.AssetCheckResult:
    """What the delivered values say about the grades."""
    low = [row for row in proposal["columns"] if row["too_low"]]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="grade",
        passed=not low,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(proposal['columns'])} 个信息项含敏感内容，{len(low)} 个登记偏低且无人确认",
        metadata={
            "分类分级": table_of(proposal["columns"], CLASSIFICATION),
            "合起来可识别个人的信息项": "、".join(proposal["quasi"]) or "无",
        },
    )


def check_results(results: Iterable[RuleResult], key: dg.AssetKey, page: str) -> Iterable[dg.AssetCheckResult]:
    """One check result per severity, with its rules as a table, and the dataset's quality page behind a link."""
    every = list(results)
    for severity in Severity:
        mine = [result for result in every if result.severity is severity]
        broken = [result for result in mine if not result.passed]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=severity.value,
            passed=not broken,
            severity=dg.AssetCheckSeverity.ERROR if severity is Severity.BLOCKING else dg.AssetCheckSeverity.WARN,
            description=f"{severity.label}：{len(mine)} 条规则，{len(broken)} 条未通过",
            metadata={
                "规则": rule_table(mine),
                "不合格数": sum(result.unexpected for result in broken),
                "一页看全（质量页）": dg.MetadataValue.url(page),
            },
        )
