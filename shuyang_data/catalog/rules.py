"""What must hold between the fields of a dataset and between files, once each file could be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.catalog.sources import UpperOrigin
from shuyang_data.catalog.terms import Access, PeriodUnit, Personal, Protection, Type
from shuyang_data.errors import Place, Problem
from shuyang_data.names import PUBLISHED, DatasetId

NUMERIC = (Type.INTEGER, Type.DECIMAL)
DATED = (Type.DATE, Type.DATETIME)
# Which protections make sense on which types.
ONLY_ON: dict[Protection, tuple[Type, ...]] = {
    Protection.YEAR: DATED,
    Protection.MONTH: DATED,
    Protection.BAND: NUMERIC,
}


def catalog_problems(catalog: Catalog, places: Mapping[DatasetId, Place]) -> list[Problem]:
    """Every broken rule of the catalog as a whole, each with the file it stands in."""
    problems: list[Problem] = []
    for identity, dataset in catalog.datasets.items():
        where = str(places.get(identity, identity))
        problems += _dataset_problems(dataset, catalog, where)
        for column in dataset.columns:
            problems += _column_problems(column, dataset, catalog, f"{where} {column.name}")
    problems += _twins(catalog)
    problems += _return_problems(catalog)
    return problems


def _return_problems(catalog: Catalog) -> Iterator[Problem]:
    """Requests to upper levels and the datasets that answer them name each other."""
    requests = {request.id for request in catalog.returns}
    for identity, dataset in catalog.datasets.items():
        if isinstance(dataset.origin, UpperOrigin) and dataset.origin.request not in requests:
            yield Problem(
                str(identity), f"回流申请 {dataset.origin.request} 没有登记", "returns.yaml 里的编号", "先登记申请"
            )
    known = {str(identity) for identity in catalog.datasets}
    for request in catalog.returns:
        for name in (*request.datasets, *request.rows):
            if name not in known:
                yield Problem(f"returns.yaml {request.id}", f"目录里没有 {name}", "部门/数据集")


def _dataset_problems(dataset: Dataset, catalog: Catalog, where: str) -> Iterator[Problem]:
    if dataset.id.department not in catalog.departments:
        yield Problem(where, f"部门 {dataset.id.department} 不在名录", "departments.yaml 里的部门", "先登记部门")
    for field in ("name", "title"):
        for word, count in Counter(getattr(c, field) for c in dataset.columns).items():
            if count > 1:
                yield Problem(where, f"信息项 {field} {word} 写了 {count} 次", "信息项唯一")
    names = {column.name for column in dataset.columns}
    for key in dataset.key:
        if key not in names:
            yield Problem(where, f"主键 {key} 不是信息项", "columns 里的 name")
        elif not dataset.column(key).required:
            yield Problem(f"{where} {key}", "主键未标必填", "required: true")
    yield from _increment_problems(dataset, names, where)
    yield from _access_problems(dataset, where)


def _increment_problems(dataset: Dataset, names: Collection[str], where: str) -> Iterator[Problem]:
    """What takes rows away is a column of the dataset, of a type that can say it."""
    operation, period = dataset.delivery.operation, dataset.delivery.replaces
    if operation is not None and operation.column not in names:
        yield Problem(where, f"delivery.operation 的 {operation.column} 不是信息项", "columns 里的 name")
    if period is not None and period.column not in names:
        yield Problem(where, f"delivery.replaces 的 {period.column} 不是信息项", "columns 里的 name")
    elif period is not None and not _names_periods(dataset.column(period.column), period.unit):
        yield Problem(where, f"{period.column} 不是日期，不能按{period.unit.label}替换", "日期型的信息项")


def _names_periods(column: Column, unit: PeriodUnit) -> bool:
    return unit is PeriodUnit.VALUE or column.type in DATED


def _access_problems(dataset: Dataset, where: str) -> Iterator[Problem]:
    sharing, opening = dataset.sharing, dataset.opening
    if sharing.access is Access.CONDITIONAL and not sharing.condition:
        yield Problem(where, "有条件共享没有写条件", "sharing.condition（条例第十五条）")
    if sharing.access is Access.REFUSED and not (sharing.basis and sharing.basis_type):
        yield Problem(where, "不予共享没有依据", "sharing.basis_type 与 sharing.basis（条例第十四、十五条）")
    if opening.access is Access.CONDITIONAL and not opening.condition:
        yield Problem(where, "有条件开放没有写条件", "opening.condition")
    if opening.access is Access.REFUSED and not opening.basis:
        yield Problem(where, "不予开放没有理由和依据", "opening.basis")
    if sharing.access is Access.REFUSED and opening.access is not Access.REFUSED:
        yield Problem(where, "不予共享却要开放", "不予共享的也不予开放")


def _column_problems(column: Column, dataset: Dataset, catalog: Catalog, where: str) -> Iterator[Problem]:
    if column.code_list and column.code_list not in catalog.code_lists:
        yield Problem(where, f"没有代码表 {column.code_list}", "code_lists 里的文件名")
    if column.pattern is not None and not _compiles(column.pattern):
        yield Problem(where, f"正则写法有误：{column.pattern}")
    if (column.minimum is not None or column.maximum is not None) and column.type not in NUMERIC:
        yield Problem(where, f"{column.type.label}不能有上下限", "整型或数值型")
    for field in ("first_year", "last_year", "open_ends", "years"):
        if getattr(column, field) not in (None, ()) and column.type not in (Type.DATE, Type.DATETIME):
            yield Problem(where, f"{field} 只用于日期型", "type: date 或 datetime")
    for field in ("check", "code_list", "pattern", "max_length", "part"):
        if getattr(column, field) is not None and column.type is not Type.TEXT:
            yield Problem(where, f"{field} 只用于字符型", "type: text")
    yield from _protection_problems(column, dataset, where)
    if column.references:
        yield from _reference_problems(column, dataset, catalog, where)


def _protection_problems(column: Column, dataset: Dataset, where: str) -> Iterator[Problem]:
    for layer in PUBLISHED:
        protection = Protection(getattr(column, layer))
        allowed = ONLY_ON.get(protection)
        text_only = protection.value.startswith("mask") or protection in (Protection.HASH, Protection.AREA)
        if (allowed and column.type not in allowed) or (text_only and column.type is not Type.TEXT):
            yield Problem(where, f"{column.type.label}不能用{protection.label}", "适合该类型的保护方式")
        if protection is Protection.BAND and column.band is None:
            yield Problem(where, "泛化到区间没有写区间宽度", "band")
    opens = dataset.opening.access is not Access.REFUSED
    if opens and column.personal is Personal.DIRECT and column.open is not Protection.DROP:
        yield Problem(where, f"直接标识开放时用{column.open.label}", "open: drop")


def _reference_problems(column: Column, dataset: Dataset, catalog: Catalog, where: str) -> Iterator[Problem]:
    path, _, target = (column.references or "").partition(".")
    try:
        identity = DatasetId.parse(path)
    except ValueError as error:
        yield Problem(where, str(error), "部门/数据集.信息项")
        return
    parent = catalog.datasets.get(identity)
    if parent is None:
        yield Problem(where, f"引用的数据集 {path} 不在目录里")
    elif target not in {c.name for c in parent.columns}:
        yield Problem(where, f"{path} 没有信息项 {target}")
    elif parent.key != (target,):
        yield Problem(where, f"{path}.{target} 不是主键", "只能引用另一数据集的唯一主键")
    if identity == dataset.id:
        yield Problem(where, "引用了自己")


def _twins(catalog: Catalog) -> Iterator[Problem]:
    """One code for one dataset, and no title that differs only in blanks and punctuation."""
    seen: dict[str, DatasetId] = {}
    for identity, dataset in catalog.datasets.items():
        for mark, label in ((dataset.code, "信息资源代码"), (re.sub(r"[\W_]", "", dataset.title), "名称")):
            first = seen.setdefault(f"{label}{mark}", identity)
            if first != identity:
                yield Problem(str(identity), f"{label}与 {first} 重复：{mark}", "全目录唯一")


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
