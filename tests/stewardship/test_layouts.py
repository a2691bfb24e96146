"""Layouts that departments keep: the guide's two header rows, as we export them, and a city's template."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from shuyang_data.stewardship.city import export_city
from shuyang_data.stewardship.exchange_workbook import import_workbook
from shuyang_data.stewardship.lists import four_lists
from tests.stewardship.conftest import MakeCounty

TEMPLATE = (
    "信息资源分类1", "信息资源名称", "信息资源格式", "信息资源提供方", "信息资源代码", "共享类型", "共享条件", "共享方式",
    "发布日期", "开放类型", "所属系统名称", "信息资源摘要", "更新周期", "数据存储总量",
)  # fmt: skip
HOME = [
    "307", "养老机构名录", "电子表格/xlsx", "沭阳县民政局", "307001321322003/0004", "无条件共享", "无条件", "批量交换",
    "2026-01-09", "无条件开放", "民政局业务系统", "养老机构名录，由业务系统按更新周期导出，一行一条记录。", "每月", "",
]  # fmt: skip


def test_the_city_form_comes_back_as_it_went(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    assert export_city(county, tmp_path / "city.xlsx") == len(county.catalog.datasets)
    proposal = import_workbook(county, tmp_path / "city.xlsx").proposal
    assert (proposal.problems, proposal.changes) == ((), ())


def template(path: Path, *rows: list[str]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "目录"
    for row in ([*TEMPLATE], *rows):
        sheet.append([cell or None for cell in row])
    book.save(path)
    return path


def changed(**cells: str) -> list[str]:
    return [cells.get(heading, value) for heading, value in zip(TEMPLATE, HOME, strict=True)]


def test_a_template_without_items_keeps_them(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    assert import_workbook(county, template(tmp_path / "t.xlsx", HOME)).proposal.changes == ()
    found = import_workbook(county, template(tmp_path / "t.xlsx", changed(更新周期="每季度"))).proposal
    assert found.problems == ()
    (change,) = found.changes
    assert change.differences == {"frequency": ("monthly", "quarterly")}


@pytest.mark.parametrize(
    ("cells", "heading", "message"),
    [
        ({"信息资源名称": "民政局业务系统"}, "信息资源名称", "是系统的名称"),
        ({"信息资源提供方": ""}, "信息资源提供方", "没有部门"),
        ({"信息资源摘要": ""}, "信息资源摘要", "没有填信息资源摘要"),
        ({"信息资源格式": "电子文件/pdf", "共享方式": "共享平台方式/数据库"}, "共享方式", "不一致"),
        ({"数据存储总量": "3.5GB"}, "数据存储总量", "写了单位"),
        ({"更新周期": "经常"}, "更新周期", "更新周期写的是"),
        ({"信息资源代码": "3070013213220039/0004"}, "信息资源代码", "细目"),
    ],
)  # fmt: skip
def test_typical_mistakes_are_marked_where_they_stand(
    make_county: MakeCounty, tmp_path: Path, cells: dict[str, str], heading: str, message: str
) -> None:
    found = import_workbook(make_county(), template(tmp_path / "t.xlsx", changed(**cells)))
    assert any(message in str(problem) for problem in found.proposal.problems), found.proposal.problems
    assert found.marked is not None
    sheet = openpyxl.load_workbook(found.marked)["目录"]
    cell = sheet.cell(2, TEMPLATE.index(heading) + 1)
    assert cell.comment is not None and message in cell.comment.text


def test_items_of_unknown_types_are_told(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    export_city(county, tmp_path / "city.xlsx", "civil_affairs")
    book = openpyxl.load_workbook(tmp_path / "city.xlsx")
    sheet = book.active
    column = next(cell.column for cell in sheet[2] if cell.value == "数据类型")
    sheet.cell(4, column).value = "文本串"
    book.save(tmp_path / "city.xlsx")
    problems = import_workbook(county, tmp_path / "city.xlsx").proposal.problems
    assert [(p.cell.row, p.cell.column) for p in problems if p.cell and "文本串" in p.found] == [(4, column)]


def test_the_four_lists_are_linked(make_county: MakeCounty) -> None:
    lists = {title: (headings, rows) for title, headings, rows in four_lists(make_county())}
    assert set(lists) == {"目录清单", "需求清单", "共享清单", "信息系统清单"}
    headings, datasets = lists["目录清单"]
    systems = {row[0] for row in lists["信息系统清单"][1]}
    assert {row[headings.index("信息系统")] for row in datasets} <= systems
    assert len(datasets) == 40
