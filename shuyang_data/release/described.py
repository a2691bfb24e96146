"""What an analyst is told of a published table: what each column is, what it joins with, what its codes mean."""

from __future__ import annotations

from collections.abc import Collection

from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Release
from shuyang_data.release.package import outgoing_columns

Published = Collection[tuple[DatasetId, str]]
# The last word of a numeric column's name, where no data element gives a unit.
UNITS = {
    "yuan": "元", "m2": "平方米", "mu": "亩", "km": "千米", "mm": "毫米", "kg": "千克", "percent": "%",
    "hours": "小时", "gb": "GB",
}  # fmt: skip
NUMERIC = (Type.INTEGER, Type.DECIMAL)
UNCHANGED_KEYS = (Protection.KEEP, Protection.HASH)
CATALOGUE_COMMENT = "目录：每个已发布的数据集一行；layer 为 shared 的是共享数据，按授权使用，不得公开"
CATALOGUE: dict[str, tuple[str, str]] = {
    "dataset": ("VARCHAR", "部门/数据集"),
    "title": ("VARCHAR", "信息资源名称"),
    "department": ("VARCHAR", "部门代码"),
    "department_title": ("VARCHAR", "信息资源提供方"),
    "layer": ("VARCHAR", "shared 共享，open 开放"),
    "view_name": ("VARCHAR", "在本库里的名称"),
    "key": ("VARCHAR", "主键"),
    "rows": ("BIGINT", "行数"),
    "data_on": ("DATE", "数据日期"),
    "update_cycle": ("VARCHAR", "更新周期"),
    "grade": ("INTEGER", "数据级别，1 至 4"),
    "licence": ("VARCHAR", "开放许可；共享数据没有"),
    "condition": ("VARCHAR", "有条件共享或开放的条件"),
    "code": ("VARCHAR", "信息资源代码"),
    "abstract": ("VARCHAR", "信息资源摘要"),
}


def catalogue_row(release: Release, dataset: Dataset | None, catalog: Catalog) -> tuple[object, ...]:
    """A release as a row of the catalogue; of a dataset that left the catalog, only what the release knows."""
    identity, layer = release.dataset, release.layer
    row: dict[str, object] = dict.fromkeys(CATALOGUE) | {
        "dataset": str(identity), "title": str(identity), "department": identity.department,
        "department_title": catalog.title(identity.department), "layer": layer.value,
        "view_name": f"{layer}.{identity.view(layer)}", "rows": release.rows, "data_on": release.data_on,
    }  # fmt: skip
    if dataset is not None:
        attribute = dataset.sharing if layer is Layer.SHARED else dataset.opening
        row |= {
            "title": dataset.title, "key": "、".join(shown_key(dataset, layer)) or None,
            "update_cycle": dataset.frequency.label, "grade": dataset.grade,
            "licence": dataset.opening.licence if layer is Layer.OPEN else None,
            "condition": attribute.condition or None, "code": dataset.code, "abstract": dataset.abstract,
        }  # fmt: skip
    return tuple(row[name] for name in CATALOGUE)


def name_columns(dataset: Dataset, layer: Layer) -> dict[str, tuple[str, str]]:
    """code column → (its code list, a free name for the column of names): `town_code` → (`town`, `town_name`)."""
    taken = {column.name for column in dataset.columns}
    found = {}
    for column in _leaving(dataset, layer):
        if column.code_list and column.protection(layer) is Protection.KEEP:
            offered = (f"{column.name.removesuffix('_code')}_name", f"{column.name}_name", f"{column.name}_code_name")
            free = next(name for name in (*offered, f"{column.name}__name") if name not in taken)
            taken.add(free)
            found[column.name] = (column.code_list, free)
    return found


def column_comments(dataset: Dataset, catalog: Catalog, layer: Layer, published: Published) -> dict[str, str]:
    """column → title, unit, key, code list, join, protection, note; the columns of names among them."""
    names = name_columns(dataset, layer)
    key = shown_key(dataset, layer)
    comments = {}
    for column in _leaving(dataset, layer):
        parts = [column.title, _unit(column, catalog), _key(column, key)]
        if column.name in names:
            code_list, shown = names[column.name]
            parts.append(f"代码见 codes.{code_list}，名称在 {shown}")
            comments[shown] = f"{column.title}的名称（{column.name} 按 codes.{code_list} 译出，表外代码为空）"
        protection = column.protection(layer)
        parts.append(_join(column, dataset, catalog, layer, published))
        parts += ["" if protection is Protection.KEEP else protection.label, column.note]
        comments[column.name] = "；".join(part for part in parts if part)
    return comments


def table_comment(dataset: Dataset, catalog: Catalog, layer: Layer, published: Published) -> str:
    """Title, department, key, joins, code lists, abstract."""
    parts = [dataset.title, catalog.title(dataset.id.department)]
    key = shown_key(dataset, layer)
    parts += [f"主键 {'、'.join(key)}"] if key else []
    for column in _leaving(dataset, layer):
        join = _join(column, dataset, catalog, layer, published)
        parts += [f"{column.name} {join}"] if join else []
    parts += [f"{name} 代码见 codes.{code_list}" for name, (code_list, _) in name_columns(dataset, layer).items()]
    return "；".join([*parts, dataset.abstract])


def shown_key(dataset: Dataset, layer: Layer) -> tuple[str, ...]:
    """The key where it still tells rows apart; nothing where a part of it is dropped, masked or made coarser."""
    whole = all(dataset.column(name).protection(layer) in UNCHANGED_KEYS for name in dataset.key)
    return dataset.key if whole else ()


def code_list_comment(name: str, catalog: Catalog) -> str:
    """The list's title; of one that has none, what it is used for."""
    title = catalog.code_lists[name].title
    if title != name:
        return f"代码表：{title}"
    columns = [c.title for d in catalog.datasets.values() for c in d.columns if c.code_list == name]
    elements = [e.title for e in catalog.registers.elements.values() if e.code_list == name]
    uses = "、".join(dict.fromkeys([*elements, *columns]))
    return f"代码表 {name}：{uses}" if uses else f"代码表 {name}"


def _leaving(dataset: Dataset, layer: Layer) -> list[Column]:
    return [dataset.column(name) for name in outgoing_columns(dataset, layer)]


def _unit(column: Column, catalog: Catalog) -> str:
    element = catalog.registers.elements.get(column.element or "")
    by_name = UNITS.get(column.name.rpartition("_")[2], "") if column.type in NUMERIC else ""
    unit = element.unit if element is not None and element.unit else by_name
    return f"单位：{unit}" if unit else ""


def _key(column: Column, key: tuple[str, ...]) -> str:
    if column.name not in key:
        return ""
    return "主键" if len(key) == 1 else f"联合主键（{'、'.join(key)}）"


def _join(column: Column, dataset: Dataset, catalog: Catalog, layer: Layer, published: Published) -> str:
    """What a column refers to, and whether the published values on both sides can be compared."""
    if not column.references:
        return ""
    parent, target = dataset.references()[column.name]
    other = catalog.datasets[parent].column(target)
    ways = {column.protection(layer), other.protection(layer)}
    if (parent, layer) in published and ways in ({Protection.KEEP}, {Protection.HASH}):
        return f"→ {layer}.{parent.view(Layer(layer))}.{target}"
    return f"引用 {catalog.datasets[parent].title} 的{other.title}，在这里不能连接"
