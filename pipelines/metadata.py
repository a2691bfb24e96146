"""Catalog and results as Dagster shows them: descriptions, owners, schemas, lineage, check tables."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import dagster as dg

from pipelines.keys import dataset_key
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import FRESH_DAYS, Protection, Type
from shuyang_data.names import Layer

MOST_COLUMNS = 6
REST = "内容"
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


def column_lineage(dataset: Dataset, catalog: Catalog, layer: Layer, source: Layer) -> dg.TableColumnLineage:
    """Every column comes from the same column of the layer it is made from."""
    key = dataset_key(dataset, catalog, source)
    names = [column.name for column in column_schema(dataset, layer).columns]
    return dg.TableColumnLineage({n: [dg.TableColumnDep(asset_key=key, column_name=n)] for n in names})


def freshness(dataset: Dataset) -> dg.FreshnessPolicy | None:
    """The update cycle with its tolerance, as the interface watches it."""
    days = FRESH_DAYS[dataset.frequency]
    return None if days is None else dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days))


def table_of(rows: Iterable[Mapping[str, object]], columns: Mapping[str, str]) -> dg.TableMetadataValue:
    """Rows as a table; columns: field → heading, in order.

    The interface's tables are narrow, and squeeze Chinese text to one character a line: what has more columns than fit
    stands in two, the first field and all that is said of it.
    """
    if len(columns) > MOST_COLUMNS:
        return _folded(rows, columns)
    records = [dg.TableRecord({title: _cell(row[field]) for field, title in columns.items()}) for row in rows]
    schema = dg.TableSchema(columns=[dg.TableColumn(title, "string") for title in columns.values()])
    return dg.MetadataValue.table(records, schema=schema)


def _folded(rows: Iterable[Mapping[str, object]], columns: Mapping[str, str]) -> dg.TableMetadataValue:
    first, *others = columns
    records = []
    for row in rows:
        said = [f"{columns[field]}：{_cell(row[field])}" for field in others if _cell(row[field])]
        records.append(dg.TableRecord({columns[first]: _cell(row[first]), REST: "；".join(said)}))
    schema = dg.TableSchema(columns=[dg.TableColumn(columns[first], "string"), dg.TableColumn(REST, "string")])
    return dg.MetadataValue.table(records, schema=schema)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else ""
    return "" if value is None else str(value)
