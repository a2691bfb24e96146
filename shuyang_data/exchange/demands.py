"""The demand list as departments keep it: one row per demand, read strictly, every wrong cell reported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import Problem
from shuyang_data.exchange.records import Decision, Demand, DemandStatus, Exclusion
from shuyang_data.names import DatasetId

STATUSES = {status.label: status for status in DemandStatus}
DECISIONS = {"": None, **{decision.label: decision for decision in Decision}}
EXCLUSIONS = {"": None, **{exclusion.label: exclusion for exclusion in Exclusion}}
HEADINGS = (
    "需求编号", "需求部门", "提供部门", "数据集", "信息项", "用途", "受理日期", "状态", "重复于", "不计入原因",
    "答复", "答复日期", "延长工作日", "不同意依据类型", "不同意依据", "授权截止",
)  # fmt: skip
# Names a folder of what is supplied.
NUMBER = re.compile(r"[^\s./\\][^/\\\x00-\x1f]*")
# Where a row's cells beyond the last heading stand.
TOO_MANY = "（多出的格）"


def read_demands(rows: Sequence[Mapping[str, str]], catalog: Catalog, where: str) -> tuple[list[Demand], list[Problem]]:
    """(demands, problems) of a demand list; a row with a problem is left out and reported."""
    demands: list[Demand] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        found = _row_problems(row, catalog, f"{where} 第 {number} 行", seen)
        problems += found
        if not found:
            demands.append(_demand(row))
        seen.add(row["需求编号"])
    return demands, problems


def _row_problems(row: Mapping[str, str], catalog: Catalog, where: str, seen: set[str]) -> list[Problem]:
    problems = _form_problems(row, where)
    if row["需求编号"] in seen:
        problems.append(Problem(where, f"需求编号 {row['需求编号']} 重复", "唯一编号"))
    for heading, words in (("状态", STATUSES), ("答复", DECISIONS), ("不计入原因", EXCLUSIONS)):
        if row[heading] not in words:
            problems.append(Problem(where, f"{heading} 写的是 {row[heading]!r}", "、".join(w for w in words if w)))
    for heading in ("需求部门", "提供部门"):
        if row[heading] not in catalog.departments:
            problems.append(Problem(where, f"{heading} {row[heading]!r} 不在名录", "部门代码"))
    for heading in ("受理日期", "答复日期", "授权截止"):
        if row[heading] and _date(row[heading]) is None:
            problems.append(Problem(where, f"{heading} {row[heading]!r}", "YYYY-MM-DD"))
    if not row["受理日期"]:
        problems.append(Problem(where, "没有受理日期", "YYYY-MM-DD"))
    if row["答复"] and not row["答复日期"]:
        problems.append(Problem(where, "有答复而没有答复日期", "YYYY-MM-DD"))
    return problems + _dataset_problems(row, catalog, where)


def _form_problems(row: Mapping[str, str], where: str) -> list[Problem]:
    problems = []
    if row.get(TOO_MANY):
        problems.append(Problem(where, f"比表头多 {len(row[TOO_MANY])} 格", "与表头一样多", "检查逗号与引号"))
    if not NUMBER.fullmatch(row["需求编号"]):
        problems.append(Problem(where, f"需求编号 {row['需求编号']!r}", "不空、不以点开头、不含斜杠的编号"))
    if row["延长工作日"] and not row["延长工作日"].isdecimal():
        problems.append(Problem(where, f"延长工作日 {row['延长工作日']!r}", "整数"))
    return problems


def _dataset_problems(row: Mapping[str, str], catalog: Catalog, where: str) -> list[Problem]:
    if not row["数据集"]:
        return []
    try:
        dataset = catalog.datasets.get(DatasetId.parse(row["数据集"]))
    except ValueError as error:
        return [Problem(where, str(error))]
    if dataset is None:
        return [Problem(where, f"数据集 {row['数据集']} 不在目录里", "目录里的数据集，或留空")]
    names = {column.name for column in dataset.columns}
    wrong = [item for item in _items(row) if item not in names]
    return [Problem(where, f"{row['数据集']} 没有信息项 {'、'.join(wrong)}")] if wrong else []


def _demand(row: Mapping[str, str]) -> Demand:
    received = _date(row["受理日期"])
    if received is None:
        raise ValueError("a demand without a date of receipt")
    return Demand(
        id=row["需求编号"],
        requester=row["需求部门"],
        provider=row["提供部门"],
        dataset=DatasetId.parse(row["数据集"]) if row["数据集"] else None,
        items=_items(row),
        purpose=row["用途"],
        received_on=received,
        status=STATUSES[row["状态"]],
        duplicate_of=row["重复于"] or None,
        exclusion=EXCLUSIONS[row["不计入原因"]],
        decision=DECISIONS[row["答复"]],
        decided_on=_date(row["答复日期"]),
        extension_days=int(row["延长工作日"] or 0),
        refusal_basis_type=row["不同意依据类型"] or None,
        refusal_basis=row["不同意依据"] or None,
        granted_until=_date(row["授权截止"]),
    )


def _items(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(item.strip() for item in row["信息项"].replace("、", ",").split(",") if item.strip())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
