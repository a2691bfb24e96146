"""The layouts of catalogues that departments keep: the national guide's two header rows, a city's import template.

One resource takes as many rows as it has 信息项, and its own cells are merged over them. What such a layout does not
carry stays as the catalog has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.workbook.parse import FilledRow
from shuyang_data.reading.content import Content, recognise
from shuyang_data.reading.grid import SourceTable
from shuyang_data.reading.headings import flatten, locate
from shuyang_data.reading.read import read_sheets, read_source

# Heading → field of our sheet, without white space and group names.
DATASET_HEADINGS: dict[str, str] = {
    "信息资源名称": "title", "资源名称": "title", "目录名称": "title", "信息资源代码": "code",
    "信息资源提供方": "department",
    "提供方": "department", "来源部门": "department", "信息资源摘要": "abstract", "描述": "abstract",
    "共享类型": "sharing.access", "共享属性": "sharing.access", "共享条件": "sharing.condition",
    "共享方式": "sharing.modes", "开放类型": "opening.access", "开放属性": "opening.access",
    "开放条件": "opening.condition", "更新周期": "frequency", "发布日期": "approved_on", "关联资源代码": "related",
    "所属系统名称": "system", "所属信息系统": "system", "信息资源分类": "category", "数据存储总量": "volume.storage_gb",
    "结构化信息记录总数": "volume.records", "已共享的数据存储量": "volume.shared_gb",
    "已共享的结构化记录数": "volume.shared_records", "已开放的数据存储量": "volume.open_gb",
    "已开放的结构化记录数": "volume.open_records",
}  # fmt: skip
COLUMN_HEADINGS = {
    "信息项名称": "title",
    "业务名称": "title",
    "技术名称": "name",
    "数据类型": "type",
    "长度": "max_length",
}
# The guide's letters for data types (1.5), and the words that its tables use.
TYPES = {
    "C": "text", "M": "text", "字符型": "text", "备注型": "text", "字符型C": "text", "N": "decimal", "Y": "decimal",
    "数值型": "decimal", "货币型": "decimal", "B": "decimal", "F": "decimal", "双精度型": "decimal",
    "浮点型": "decimal",
    "I": "integer", "整型": "integer", "D": "date", "日期型": "date", "T": "datetime", "日期时间型": "datetime",
    "L": "boolean", "逻辑型": "boolean",
}  # fmt: skip
MODES = {"共享平台方式/数据库": "批量交换", "数据库": "批量交换", "共享平台方式/文件": "文件",
         "共享平台方式/接口": "接口", "服务接口": "接口", "共享平台": "批量交换"}  # fmt: skip
FORMAT = "信息资源格式"
FILE_CLASSES = re.compile(r"电子文件|电子表格|图形图像|流媒体")
Filled = dict[str, list[FilledRow]]


def read_other_layout(path: Path, catalog: Catalog) -> Filled:
    """The rows of our sheets that such a file fills; empty when its headings are not known.

    Raises DeliveryRefusedError for a file that cannot be read.
    """
    filled: Filled = {}
    for table in _tables(path):
        places = _places(table)
        if "title" in places["datasets"].values() and "sharing.access" in places["datasets"].values():
            _read_table(table, places, catalog, filled)
    return filled


def _tables(path: Path) -> list[SourceTable]:
    """The tables of a file. A sheet's rows are all taken: an item may be called 联系电话 or 备注, as notes are."""
    if recognise(path) is not Content.WORKBOOK:
        return read_source(path)
    tables = []
    for grid in read_sheets(path):
        heading = locate(grid)
        if heading is not None and heading.rows:
            rows = grid.rows[heading.start :]
            numbers = [grid.first + heading.start + n for n in range(len(rows))]
            tables.append(SourceTable(grid.name, flatten(grid, heading.rows), rows, numbers))
    return tables


def _places(table: SourceTable) -> dict[str, dict[int, str]]:
    """Sheet → position of a column → field."""
    found: dict[str, dict[int, str]] = {"datasets": {}, "columns": {}}
    for position, heading in enumerate(table.columns):
        word = re.sub(r"[\s*＊]", "", heading.split(" ")[-1])
        if word in COLUMN_HEADINGS and COLUMN_HEADINGS[word] not in found["columns"].values():
            found["columns"][position] = COLUMN_HEADINGS[word]
        elif word in DATASET_HEADINGS and DATASET_HEADINGS[word] not in found["datasets"].values():
            found["datasets"][position] = DATASET_HEADINGS[word]
    return found


def _read_table(table: SourceTable, places: Mapping[str, Mapping[int, str]], catalog: Catalog, filled: Filled) -> None:
    """Resource by resource; a row without a name of its own is one more 信息项 of the resource above it."""
    title = next(position for position, field in places["datasets"].items() if field == "title")
    form = next((n for n, heading in enumerate(table.columns) if heading.split(" ")[-1].strip() == FORMAT), None)
    resource: FilledRow | None = None
    previous = ""
    for number, row in zip(table.numbers, table.rows, strict=True):
        if row[title].strip() and row[title].strip() != previous:
            previous = row[title].strip()
            about = row[form] if form is not None else ""
            resource = _resource(number, row, places["datasets"], catalog, about, table.name)
            filled.setdefault("datasets", []).append(resource)
        item = {field: (position + 1, row[position]) for position, field in places["columns"].items()}
        if resource is not None and item.get("title", (0, ""))[1].strip():
            filled.setdefault("columns", []).append(_item(number, item, resource, catalog))


def _resource(
    number: int, row: Sequence[str], places: Mapping[int, str], catalog: Catalog, form: str, sheet: str
) -> FilledRow:
    cells = {field: (position + 1, row[position].strip()) for position, field in places.items()}
    if "category" in cells and not cells["category"][1].endswith("信息资源"):
        del cells["category"]
    if "system" in cells:
        column, text = cells["system"]
        named = {system.title: name for name, system in catalog.registers.systems.items()}
        cells["system"] = (column, named.get(text, text))
    if "sharing.modes" in cells:
        column, text = cells["sharing.modes"]
        contradicts = FILE_CLASSES.search(form) and "数据库" in text
        word = f"{text}（与格式 {form.strip()} 不一致）" if contradicts else MODES.get(text, text)
        cells["sharing.modes"] = (column, word)
    for field in ("sharing.access", "opening.access"):
        if field in cells:
            column, text = cells[field]
            cells[field] = (column, _access(text, "共享" if field.startswith("sharing") else "开放"))
            _settle_condition(cells, field.partition(".")[0], cells[field][1])
    known = _known(cells, catalog)
    cells["dataset"] = (next(iter(cells.values()))[0], known)
    return FilledRow(number, cells, sheet)


def _settle_condition(cells: dict[str, tuple[int, str]], attribute: str, access: str) -> None:
    """The guide writes three things under 共享条件: 无条件, the condition, or the basis of a refusal."""
    column, text = cells.pop(f"{attribute}.condition", (0, ""))
    if column and access.startswith("不予"):
        cells[f"{attribute}.basis"] = (column, text)
    elif column:
        cells[f"{attribute}.condition"] = (column, "" if text == "无条件" else text)


def _access(text: str, word: str) -> str:
    """`有条件`, `有条件类`, `1` and the yes or no of the guide of 2017, in our words; anything else as it stood."""
    short = {"1": "无条件", "2": "有条件", "3": "不予", "是": "无条件", "否": "不予"}.get(text, text)
    match = re.match(r"^(无条件|有条件|不予)(?:共享|开放|类)?$", short)
    return f"{match[1]}{word}" if match else text


def _known(cells: Mapping[str, tuple[int, str]], catalog: Catalog) -> str:
    """The dataset that a resource is in the catalog, by code, else by department and title; else a new name."""
    code, title = cells.get("code", (0, ""))[1], cells["title"][1]
    for identity, dataset in catalog.datasets.items():
        if code and dataset.code == code:
            return identity.dataset
    for identity, dataset in catalog.datasets.items():
        if dataset.title == title:
            return identity.dataset
    serial = re.sub(r"\D", "", code.partition("/")[2])
    return f"resource_{serial}" if serial else ""


def _item(number: int, cells: dict[str, tuple[int, str]], resource: FilledRow, catalog: Catalog) -> FilledRow:
    """An item under its resource; its ASCII name is the declared one of the same title."""
    department = resource.text("department")
    owner = next((n for n, d in catalog.departments.items() if department in (n, d.title)), department)
    dataset = next((d for i, d in catalog.datasets.items() if tuple(i) == (owner, resource.text("dataset"))), None)
    title = cells["title"][1].strip()
    declared = {column.title: column.name for column in dataset.columns} if dataset else {}
    cells = {**cells, "title": (cells["title"][0], title)}
    if "name" not in cells:
        cells["name"] = (cells["title"][0], declared.get(title, f"item_{number}"))
    if "type" in cells:
        column, text = cells["type"]
        word = re.sub(r"[\s（(].*$", "", text.strip())
        cells["type"] = (column, TYPES.get(word.upper(), TYPES.get(word, text)))
    cells["department"] = resource.cells.get("department", (1, ""))
    cells["dataset"] = (1, resource.text("dataset"))
    return FilledRow(number, cells, resource.sheet)
