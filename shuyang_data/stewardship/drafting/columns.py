"""What a delivery's columns seem to be: type, key, code list, check, grade and protection, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.terms import Check, Kind, Personal, Protection, Type
from shuyang_data.chain.classify import gather_evidence, place_names
from shuyang_data.classify.content import About
from shuyang_data.classify.decide import NOTHING, Finding, decide
from shuyang_data.reading.inspect import likely_type
from shuyang_data.stewardship.drafting.names import column_names
from shuyang_data.storage.engine import Engine

TYPES = {"integer": Type.INTEGER, "decimal": Type.DECIMAL, "date": Type.DATE, "datetime": Type.DATETIME}
CHECKS = {
    Kind.RESIDENT_ID: Check.RESIDENT_ID, Kind.CREDIT_CODE: Check.CREDIT_CODE, Kind.MOBILE: Check.MOBILE,
    Kind.PLATE: Check.PLATE,
}  # fmt: skip
SHARED = {
    Kind.RESIDENT_ID: Protection.MASK_ID, Kind.MOBILE: Protection.MASK_PHONE, Kind.PHONE: Protection.MASK_PHONE,
    Kind.NAME: Protection.MASK_NAME, Kind.ADDRESS: Protection.MASK_ADDRESS, Kind.BANK_CARD: Protection.MASK_ACCOUNT,
    Kind.PLATE: Protection.MASK_PLATE,
}  # fmt: skip
# What alone leads to one person; what else says something of a person only does so together.
DIRECT = {
    Kind.RESIDENT_ID, Kind.PASSPORT, Kind.PERMIT, Kind.MOBILE, Kind.PHONE, Kind.BANK_CARD, Kind.PLATE, Kind.EMAIL,
    Kind.NAME, Kind.STUDENT, Kind.REAL_ESTATE, Kind.BIOMETRIC,
}  # fmt: skip
OF_BODIES = {Kind.CREDIT_CODE, Kind.COORDINATE, Kind.LICENCE}
IDENTIFYING = re.compile(r"编号|代码|号码|编码|标识|证号|\bid\b|_id$", re.IGNORECASE)
FEW_CODES = 3


@dataclass(frozen=True)
class DraftColumn:
    """fields: as they stand in the catalog; reasons: why, for the officer who has to decide."""

    fields: dict[str, Any]
    values: tuple[str, ...]
    reasons: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def is_unique(self) -> bool:
        return bool(self.values) and all(self.values) and len(set(self.values)) == len(self.values)


def draft_columns(
    headings: Sequence[str], rows: Sequence[Sequence[str]], catalog: Catalog, engine: Engine, today: date
) -> list[DraftColumn]:
    """One column a heading."""
    titles = [heading.strip() or f"第{number}列" for number, heading in enumerate(headings, start=1)]
    named = column_names(titles, catalog)
    values = [tuple(row[place].strip() if place < len(row) else "" for row in rows) for place in range(len(titles))]
    findings = _findings([name for name, _ in named], titles, values, catalog, engine, today)
    return [
        _column(name, f"名称：{why}", title, cells, findings.get(name), catalog)
        for (name, why), title, cells in zip(named, titles, values, strict=True)
    ]


def _findings(
    names: Sequence[str], titles: Sequence[str], values: Sequence[tuple[str, ...]], catalog: Catalog, engine: Engine,
    today: date,
) -> Mapping[str, Finding]:  # fmt: skip
    """What the classification of contents finds, as it would of a delivery."""
    rows = zip(*values, strict=True)
    records = [{"_row_number": n, **dict(zip(names, row, strict=True))} for n, row in enumerate(rows, start=1)]
    headings = {name: [name, title] for name, title in zip(names, titles, strict=True)}
    evidence = {}
    if records:
        table = engine.rows(records, {"_row_number": "int64"} | dict.fromkeys(names, "string"))
        evidence = gather_evidence(engine, table, headings, About(today, place_names(catalog)), 0)
    found = {name: decide(name, headings[name], evidence.get(name, NOTHING)) for name in names}
    return {name: finding for name, finding in found.items() if finding is not None}


def _column(
    name: str, why: str, title: str, values: tuple[str, ...], finding: Finding | None, catalog: Catalog
) -> DraftColumn:
    fields: dict[str, Any] = {"name": name, "title": title}
    reasons = [why]
    kind = TYPES.get(likely_type(values), Type.TEXT)
    check = CHECKS.get(finding.kind) if finding is not None else None
    code_list = _code_list(values, catalog) if check is None else ""
    fields["type"] = str(Type.TEXT if check or code_list else kind)
    if name in catalog.registers.elements:
        fields["element"] = name
    if values and all(values):
        fields["required"] = True
        reasons.append(f"必填：{len(values)} 行都有值")
    if check:
        fields["check"] = str(check)
        reasons.append(f"校验：内容像{check.label}")
    if code_list:
        fields["code_list"] = code_list
        reasons.append(f"代码表：取值都在 {code_list} 里")
    fields |= _graded(finding, reasons)
    return DraftColumn(fields, values, tuple(reasons))


def _graded(finding: Finding | None, reasons: list[str]) -> dict[str, Any]:
    """Grade and what protects it, at what was found or stricter."""
    if finding is None:
        reasons.append("级别：内容里没有发现敏感信息，按 1 级起草")
        return {"grade": 1}
    reasons.append(f"级别：像{finding.title}（{finding.reason}），{finding.grade} 级")
    if finding.kind in OF_BODIES:
        return {"grade": finding.grade}
    shared = SHARED.get(finding.kind, Protection.DROP)
    personal = Personal.DIRECT if finding.kind in DIRECT else Personal.QUASI
    reasons.append(f"保护：共享{shared.label}，开放{Protection.DROP.label}")
    return {
        "grade": finding.grade, "personal": str(personal), "shared": str(shared), "open": str(Protection.DROP),
    }  # fmt: skip


def _code_list(values: Sequence[str], catalog: Catalog) -> str:
    """The smallest list that holds every value; none for a column of which every row has another value."""
    distinct = {value for value in values if value}
    if len(distinct) < 2 or len(distinct) == sum(map(bool, values)) or sum(map(bool, values)) < FEW_CODES:
        return ""
    fitting = [name for name, codes in catalog.code_lists.items() if distinct <= codes.names.keys()]
    return min(fitting, key=lambda name: len(catalog.code_lists[name].names), default="")


def proposed_key(columns: Sequence[DraftColumn]) -> tuple[list[str], str]:
    """(columns, why): one that is whole and never repeated, by preference one that is called a number or a code."""
    whole = [column for column in columns if column.is_unique]
    called = [column for column in whole if IDENTIFYING.search(column.fields["title"]) or "check" in column.fields]
    for chosen in (*called, *whole):
        return [chosen.name], f"主键：{chosen.fields['title']} 每行都有且不重复"
    complete = [column for column in columns if column.values and all(column.values)]
    for first, second in combinations(complete, 2):
        if len(set(zip(first.values, second.values, strict=True))) == len(first.values):
            titles = f"{first.fields['title']}、{second.fields['title']}"
            return [first.name, second.name], f"主键：{titles} 合起来不重复"
    return [], "主键：没有一列或两列是每行都有且不重复的，待填"
