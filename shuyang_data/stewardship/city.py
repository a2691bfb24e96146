"""The catalogue as the city platform takes it: the national guide's two header rows, cells merged over the items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

from shuyang_data.catalog.codes import code_tree
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Access
from shuyang_data.catalog.workbook.sheets import MODES
from shuyang_data.county import County
from shuyang_data.stewardship.lists import datasets_of
from shuyang_data.storage.files import storage_errors

# The guide's two header rows: (group, headings below it); no group: the heading stands over both.
CITY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("信息资源分类", ("类", "项", "目", "细目")), ("", ("信息资源名称",)), ("", ("信息资源代码",)),
    ("", ("信息资源提供方",)),
    ("", ("信息资源提供方代码",)), ("", ("信息资源摘要",)), ("", ("信息资源格式",)),
    ("信息项信息", ("信息项名称", "数据类型")),
    ("共享属性", ("共享类型", "共享条件", "共享方式")), ("开放属性", ("是否向社会开放", "开放类型", "开放条件")),
    ("", ("更新周期",)), ("", ("发布日期",)), ("", ("所属系统名称",)), ("", ("关联资源代码",)), ("", ("数据分级",)),
)  # fmt: skip
ITEM_COLUMNS = (10, 11)
# 信息资源格式, by how a dataset is delivered (1.4 of the domain's code lists).
CLASSES = {
    "csv": "电子表格", "xlsx": "电子表格", "xls": "电子表格", "zip": "电子文件", "json": "自描述格式",
    "xml": "自描述格式", "dbf": "数据库", "sql": "数据库",
}  # fmt: skip


def export_city(county: County, path: Path, department: str = "") -> int:
    """Write the catalogue with the guide's two header rows; a resource's own cells are merged over its items."""
    datasets = datasets_of(county, department)
    with storage_errors(path), xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("信息资源目录")
        head = book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "border": 1, "align": "center", "valign": "vcenter"}
        )
        cell = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True})
        sheet.set_column(0, 3, 10)
        sheet.set_column(4, 30, 18)
        _city_head(sheet, head)
        row = 2
        for dataset in datasets:
            row = _city_resource(sheet, row, dataset, county, cell)
    return len(datasets)


def _city_head(sheet: Any, head: Any) -> None:
    column = 0
    for group, headings in CITY:
        if not group:
            sheet.merge_range(0, column, 1, column, headings[0], head)
        else:
            sheet.merge_range(0, column, 0, column + len(headings) - 1, group, head)
            sheet.write_row(1, column, headings, head)
        column += len(headings)


def _city_resource(sheet: Any, row: int, dataset: Dataset, county: County, cell: Any) -> int:
    """Write one resource from this row on; the row below it."""
    values = _city_values(dataset, county)
    last = row + len(dataset.columns) - 1
    for column, value in enumerate(values):
        if column in ITEM_COLUMNS:
            continue
        if last > row:
            sheet.merge_range(row, column, last, column, value, cell)
        else:
            sheet.write_string(row, column, value, cell)
    for number, item in enumerate(dataset.columns):
        sheet.write_string(row + number, ITEM_COLUMNS[0], item.title, cell)
        sheet.write_string(row + number, ITEM_COLUMNS[1], item.type.label, cell)
    return last + 1


def _city_values(dataset: Dataset, county: County) -> list[str]:
    department = county.catalog.departments[dataset.id.department]
    system = county.catalog.registers.systems.get(dataset.system)
    sharing, opening = dataset.sharing, dataset.opening
    condition = {Access.UNCONDITIONAL: "无条件", Access.CONDITIONAL: sharing.condition}.get(
        sharing.access, sharing.basis
    )
    opens = {Access.UNCONDITIONAL: "无条件", Access.CONDITIONAL: opening.condition}.get(opening.access, opening.basis)
    return [
        *code_tree(dataset), dataset.title, dataset.code, department.title, department.credit_code, dataset.abstract,
        f"{CLASSES[dataset.delivery.format]}/{dataset.delivery.format}", "", "", f"{sharing.access.label}共享",
        condition,
        "、".join(MODES[mode] for mode in sharing.modes), "否" if opening.access is Access.REFUSED else "是",
        f"{opening.access.label}开放", opens, dataset.frequency.label, dataset.approved_on.isoformat(),
        system.title if system else dataset.system, "、".join(dataset.related), f"一般{dataset.grade}级",
    ]  # fmt: skip
