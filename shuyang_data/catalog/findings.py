"""What is allowed in a catalog and still not right: each finding belongs to a department, which owes something.

Errors stop the catalog from loading (`rules`, `register_rules`); findings are shown, and stand in the to-do listing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import Access, Cloud, SystemState
from shuyang_data.names import DatasetId

TITLES = {
    "collected_twice": "重复采集",
    "split_family": "同类数据拆分编目",
    "vague_condition": "条件不具体",
    "no_legal_basis": "依据不是法律法规",
    "not_assessed": "没有保密风险与个人信息保护影响评估",
    "grade_review": "级别一年以上没有复核",
    "no_dataset": "系统没有编目",
    "not_on_cloud": "系统没有上云",
    "evaluation_overdue": "等保或密评到期",
    "no_source": "数据元没有数源",
    "material_not_replaced": "可共享的材料仍要群众提交",
}
YEAR = timedelta(days=365)
EVALUATED_YEARLY = 3
VAGUE = re.compile(
    r"^(?:按需|视情况|酌情|经批准|经审批|经同意|按规定|依申请|有条件|其他|需要时|内部使用|无|—|/)?[。.]?$"
)
LAW = re.compile(r"法|条例|国务院|规定|办法|决定")
PERIOD = re.compile(r"(?:19|20)\d{2}\s*(?:年度?)?|第?[一二三四1-4]季度|\d{1,2}月份?|上半年|下半年")
PUNCTUATION = re.compile(r"[\W_]")


@dataclass(frozen=True)
class Finding:
    """code: one of `TITLES`; entry: what it is about; since: from when; due: until when, where a rule says so."""

    code: str
    entry: str
    department: str
    text: str
    since: date | None = None
    due: date | None = None


def catalog_findings(catalog: Catalog, today: date) -> list[Finding]:
    """Every finding of the catalog as declared, in the order of `TITLES`."""
    found = [
        *_collected_twice(catalog),
        *_split_families(catalog),
        *(finding for dataset in catalog.datasets.values() for finding in _dataset_findings(dataset, today)),
        *_system_findings(catalog, today),
        *_element_findings(catalog),
        *_material_findings(catalog),
    ]
    return sorted(found, key=lambda finding: (list(TITLES).index(finding.code), finding.entry))


def _collected_twice(catalog: Catalog) -> Iterator[Finding]:
    """一次录入、多方共享: a data element that another department is the source of, delivered once more.

    The element by which a record is found in the source (a foreign key) has to be there, and is no finding.
    """
    elements = catalog.registers.elements
    for identity, dataset in catalog.datasets.items():
        linked = {parent for parent, _ in dataset.references().values()}
        for column in dataset.columns:
            element = elements.get(column.element or "")
            if element is None or element.source is None or column.references:
                continue
            source = DatasetId.parse(element.source.partition(".")[0])
            if source in linked and source.department != identity.department:
                text = f"{column.title} 的数源是 {element.source}（{catalog.title(source.department)}），可共享取得"
                yield Finding("collected_twice", f"{identity} {column.title}", identity.department, text)


def _split_families(catalog: Catalog) -> Iterator[Finding]:
    """同类数据不得按年度、乡镇拆分编目 (泰州姜堰 "四项机制"，2025): titles that differ only in a period or a town."""
    towns = catalog.code_lists.get("town")
    places = sorted(towns.names.values(), key=len, reverse=True) if towns else []
    families: dict[tuple[str, str], list[Dataset]] = {}
    for identity, dataset in catalog.datasets.items():
        families.setdefault((identity.department, family_name(dataset.title, places)), []).append(dataset)
    for (department, name), members in families.items():
        if len(members) > 1:
            titles = "、".join(dataset.title for dataset in members)
            yield Finding("split_family", str(members[0].id), department, f"{titles}：应合为“{name}”一个条目")


def family_name(title: str, places: Iterable[str]) -> str:
    """A title without periods, towns, numbers at its end and punctuation."""
    name = PERIOD.sub("", title)
    for place in places:
        name = name.replace(place, "")
    return re.sub(r"\d+$", "", PUNCTUATION.sub("", name)) or title


def _dataset_findings(dataset: Dataset, today: date) -> Iterator[Finding]:
    identity = dataset.id
    for access, condition, word in (
        (dataset.sharing.access, dataset.sharing.condition, "共享"),
        (dataset.opening.access, dataset.opening.condition, "开放"),
    ):
        if access is Access.CONDITIONAL and VAGUE.match(condition.strip()):
            text = f"有条件{word}的条件写的是“{condition}”，应列明范围、用途等"
            yield Finding("vague_condition", str(identity), identity.department, text, dataset.approved_on)
    for access, basis, word in (
        (dataset.sharing.access, dataset.sharing.basis, "共享"),
        (dataset.opening.access, dataset.opening.basis, "开放"),
    ):
        if access is Access.REFUSED and not LAW.search(basis):
            text = f"不予{word}的依据写的是“{basis}”，应为法律、行政法规或国务院决定"
            yield Finding("no_legal_basis", str(identity), identity.department, text, dataset.approved_on)
    if dataset.assessments is None:
        yield Finding(
            "not_assessed", str(identity), identity.department, "补做两项评估并经负责人同意（条例第十二条）",
            dataset.approved_on,
        )  # fmt: skip
    reviewed = dataset.graded_on or dataset.approved_on
    if today - reviewed > YEAR:
        text = f"上次定级 {reviewed}，每年至少复核一次"
        yield Finding("grade_review", str(identity), identity.department, text, reviewed + YEAR, reviewed + YEAR)


def _system_findings(catalog: Catalog, today: date) -> Iterator[Finding]:
    used = {dataset.system for dataset in catalog.datasets.values()}
    for name, system in catalog.registers.systems.items():
        if system.secret or system.state is SystemState.STOPPED:
            continue
        if name not in used and not system.upper:
            yield Finding("no_dataset", name, system.department, f"{system.title} 没有一个目录条目")
        if system.cloud is Cloud.LOCAL and not system.upper:
            yield Finding("not_on_cloud", name, system.department, f"{system.title} 还在本地机房")
        if system.state is SystemState.RUNNING and (system.protection_level or 0) >= EVALUATED_YEARLY:
            for evaluated, word in ((system.protected_on, "等保测评"), (system.cipher_on, "密码应用安全性评估")):
                if evaluated is None or today - evaluated > YEAR:
                    due = None if evaluated is None else evaluated + YEAR
                    text = (
                        f"{system.title} 的{word}{'没有做过' if evaluated is None else f'是 {evaluated}'}，三级每年一次"
                    )
                    yield Finding("evaluation_overdue", name, system.department, text, due, due)


def _element_findings(catalog: Catalog) -> Iterator[Finding]:
    """An element without a source that several departments deliver: nobody answers for it."""
    for name, element in catalog.registers.elements.items():
        holders = {i.department for i, d in catalog.datasets.items() if any(c.element == name for c in d.columns)}
        if element.source is None and element.code_list is None and len(holders) > 1:
            for department in sorted(holders):
                yield Finding(
                    "no_source", name, department, f"{element.title} 有 {len(holders)} 个部门在采集，没有确定数源"
                )


def _material_findings(catalog: Catalog) -> Iterator[Finding]:
    for name, item in catalog.registers.services.items():
        for material in item.materials:
            if material.column and not material.replaced:
                text = f"{item.title} 的 {material.title} 可由 {material.column} 代替（在线政务服务若干规定第七条）"
                yield Finding("material_not_replaced", f"{name} {material.title}", item.department, text)
