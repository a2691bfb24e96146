"""The four lists (目录、需求、共享、信息系统清单), with the keys that link them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.workbook.sheets import MODES
from shuyang_data.county import County
from shuyang_data.exchange.records import Decision
from shuyang_data.release.package import ORIGINS
from shuyang_data.storage.files import storage_errors

CATALOGUE = (
    "数据集", "信息资源代码", "信息资源名称", "提供部门", "信息系统", "级别", "共享", "开放", "更新周期", "信息项数",
    "数据来源", "发布日期",
)  # fmt: skip
DEMANDS = ("需求编号", "需求部门", "提供部门", "数据集", "用途", "受理日期", "状态", "答复", "答复日期", "授权截止")
SHARES = (
    "需求编号",
    "需求部门",
    "数据集",
    "信息资源名称",
    "信息项",
    "共享方式",
    "授权截止",
    "供给次数",
    "最近供给",
    "行数",
)
SYSTEMS = (
    "系统编号",
    "系统名称",
    "部门",
    "状态",
    "部署",
    "网络",
    "等保级别",
    "等保测评日期",
    "密评日期",
    "项目",
    "数据集数",
)
Table = tuple[str, Sequence[str], list[list[Any]]]


def four_lists(county: County, department: str = "") -> list[Table]:
    """(title, headings, rows) of the four lists, linked by department, system, dataset and demand."""
    return [
        ("目录清单", CATALOGUE, _catalogue(county, department)),
        ("需求清单", DEMANDS, _demands(county, department)),
        ("共享清单", SHARES, _shares(county, department)),
        ("信息系统清单", SYSTEMS, _systems(county, department)),
    ]


def datasets_of(county: County, department: str) -> list[Dataset]:
    """The datasets of one department, of all when it is empty."""
    return [d for d in county.catalog.datasets.values() if department in ("", d.id.department)]


def _catalogue(county: County, department: str) -> list[list[Any]]:
    return [
        [
            str(d.id), d.code, d.title, d.id.department, d.system, d.grade, f"{d.sharing.access.label}共享",
            f"{d.opening.access.label}开放", d.frequency.label, len(d.columns),
            ORIGINS[d.origin.kind], d.approved_on,
        ]
        for d in datasets_of(county, department)
    ]  # fmt: skip


def _demands(county: County, department: str) -> list[list[Any]]:
    return [
        [
            d.id, d.requester, d.provider, str(d.dataset or ""), d.purpose, d.received_on, d.status, d.decision,
            d.decided_on, d.granted_until,
        ]
        for d in county.registry.demands()
        if department in ("", d.requester, d.provider)
    ]  # fmt: skip


def _shares(county: County, department: str) -> list[list[Any]]:
    """One row a granted demand, with what was really supplied under it."""
    supplies: dict[str, list[Any]] = {}
    for supply in county.registry.supplies():
        supplies.setdefault(supply.demand_id, []).append(supply)
    rows = []
    for demand in county.registry.demands():
        dataset = county.catalog.datasets.get(demand.dataset) if demand.dataset else None
        concerned = department in ("", demand.requester, demand.provider)
        if demand.decision is not Decision.AGREED or dataset is None or not concerned:
            continue
        made = sorted(supplies.get(demand.id, []), key=lambda supply: supply.at)
        modes = "、".join(MODES[mode] for mode in dataset.sharing.modes)
        rows.append(
            [
                demand.id, demand.requester, str(dataset.id), dataset.title, "、".join(demand.items), modes,
                demand.granted_until, len(made), county.settings.today(made[-1].at) if made else None,
                made[-1].rows if made else 0,
            ]
        )  # fmt: skip
    return rows


def _systems(county: County, department: str) -> list[list[Any]]:
    used = [dataset.system for dataset in county.catalog.datasets.values()]
    return [
        [
            name, s.title, s.department, s.state.label, s.cloud.label, s.network.label, s.protection_level,
            s.protected_on, s.cipher_on, s.project, used.count(name),
        ]
        for name, s in county.catalog.registers.systems.items()
        if department in ("", s.department)
    ]  # fmt: skip


def export_lists(county: County, path: Path, department: str = "") -> int:
    """Write the four lists, a sheet each; how many entries."""
    tables = four_lists(county, department)
    with storage_errors(path), xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, headings, rows in tables:
            sheet = book.add_worksheet(title)
            sheet.set_column(0, len(headings) - 1, 18)
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, headings, head)
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    _write(sheet, number, column, value, day)
    return sum(len(rows) for _, _, rows in tables)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None or value == "":
        return
    if hasattr(value, "isoformat"):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
