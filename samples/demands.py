"""The demonstration county's demand list: satisfied, refused, overdue, withdrawn, duplicate and excluded demands."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import Access
from shuyang_data.exchange.demands import HEADINGS

USERS = ("approval", "civil_affairs", "command", "emergency", "social_security", "medical_insurance", "finance")
PURPOSE = "履行法定职责：办件核验与待遇资格确认"


def write_demands(path: Path, catalog: Catalog, today: date) -> int:
    """Write the list as CSV; how many demands."""
    rows = _ordinary(catalog, today) + _special(today)
    for number, row in enumerate(rows, start=1):
        row["需求编号"] = f"XQ2026{number:04d}"
    rows[-1]["重复于"] = rows[0]["需求编号"]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, HEADINGS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _ordinary(catalog: Catalog, today: date) -> list[dict[str, str]]:
    """One agreed demand for every dataset that may be shared, by a department that is not its provider."""
    rows = []
    shareable = [d for d in catalog.datasets.values() if d.sharing.access is not Access.REFUSED]
    for number, dataset in enumerate(shareable):
        user = next(u for u in USERS[number % len(USERS) :] + USERS if u != dataset.id.department)
        row = _row(user, dataset, today - timedelta(days=120 + number))
        row |= {"答复": "同意", "答复日期": _iso(today - timedelta(days=100 + number))}
        row["授权截止"] = _iso(today + timedelta(days=300))
        rows.append(row)
    return rows


def _row(requester: str, dataset: Dataset, received: date) -> dict[str, str]:
    wanted = dataset.columns[: max(3, len(dataset.columns) - 2)]
    items = ",".join(column.name for column in wanted)
    return {
        "需求部门": requester, "提供部门": dataset.id.department, "数据集": str(dataset.id), "信息项": items,
        "用途": PURPOSE, "受理日期": _iso(received), "状态": "已受理",
    }  # fmt: skip


def _special(today: date) -> list[dict[str, str]]:
    """The cases that make a rate honest. The last one is a duplicate of the first demand."""
    long_ago, recently = _iso(today - timedelta(days=60)), _iso(today - timedelta(days=30))
    base = {"需求部门": "command", "用途": PURPOSE, "受理日期": long_ago, "状态": "已受理"}
    refused = base | {"答复": "不同意", "答复日期": recently}
    return [
        base | {"提供部门": "police", "数据集": "police/vehicle"},  # overdue: never answered
        base | {"提供部门": "health", "用途": "出生医学证明核验"},  # overdue, not catalogued
        base | {"提供部门": "housing", "受理日期": _iso(today)},  # not yet due
        refused | {"提供部门": "finance", "不同意依据类型": "部门文件", "不同意依据": "内部管理规定"},
        refused | {"提供部门": "market", "数据集": "market/food_permit"},
        refused | {"提供部门": "statistics", "不同意依据类型": "法律", "不同意依据": "统计法第二十八条"},
        base | {"提供部门": "police", "状态": "已撤回"},
        base | {"提供部门": "education", "状态": "待补正"},
        base | {"提供部门": "police", "不计入原因": "涉密"},
        base | {"提供部门": "social_security", "不计入原因": "上级数据"},
        base | {"提供部门": "culture", "数据集": "culture/scenic_spot", "答复": "同意", "答复日期": recently,
                "授权截止": _iso(today - timedelta(days=5))},
        base | {"提供部门": "police", "数据集": "police/household", "状态": "重复"},
    ]  # fmt: skip


def _iso(day: date) -> str:
    return day.isoformat()
