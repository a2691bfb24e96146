"""The officers' workbook: out and in changes nothing, wrong cells come back marked, nothing is written meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.officers import MAIN_OFFICE
from shuyang_data.catalog.workbook.bodies import catalog_bodies
from shuyang_data.catalog.workbook.build import sheet_rows
from shuyang_data.catalog.workbook.parse import FilledRow
from shuyang_data.catalog.workbook.sheets import SHEETS
from shuyang_data.errors import UsageError
from shuyang_data.stewardship.exchange_workbook import export_workbook, import_workbook
from shuyang_data.stewardship.proposal import propose
from tests.builders import COUNTY_CATALOG
from tests.stewardship.conftest import MakeCounty

CATALOG = load_catalog(COUNTY_CATALOG)
BODIES = catalog_bodies(CATALOG)
Edit = Callable[[Any], None]


def headings(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1]}


def edited(path: Path, sheet: str, edit: Edit) -> Path:
    book = openpyxl.load_workbook(path)
    edit(book[sheet])
    book.save(path)
    return path


def row_of(sheet: Any, **cells: str) -> int:
    """The row whose cells under these headings hold these texts."""
    columns = headings(sheet)
    return next(
        row
        for row in range(2, sheet.max_row + 1)
        if all(sheet.cell(row, columns[heading]).value == text for heading, text in cells.items())
    )


def test_export_and_import_change_nothing(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    entries = export_workbook(county, tmp_path / "all.xlsx")
    assert entries > len(CATALOG.datasets) + len(CATALOG.departments)
    found = import_workbook(county, tmp_path / "all.xlsx")
    assert found.proposal.problems == ()
    assert found.proposal.changes == ()
    export_workbook(county, tmp_path / "one.xlsx", "police")
    assert import_workbook(county, tmp_path / "one.xlsx").proposal.changes == ()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_part_of_the_catalog_round_trips_as_cells(data: st.DataObject) -> None:
    """Rows shuffled, cells as the reader of workbooks hands them over."""
    rows = sheet_rows(BODIES)
    filled = {}
    for sheet in SHEETS:
        order = rows[sheet.name]
        if sheet.name != "columns":
            order = data.draw(st.permutations(order))
        filled[sheet.name] = [
            FilledRow(n, {f.path: (c + 1, "" if v is None else str(v)) for c, (f, v) in enumerate(zip(sheet.all, row, strict=True))})
            for n, row in enumerate(order, start=2)
        ]  # fmt: skip
    found = propose(CATALOG, filled, "")
    assert (found.problems, found.changes) == ((), ())


def test_a_diff_says_what_changes_and_who_approves(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    path = tmp_path / "w.xlsx"
    export_workbook(county, path)

    def edit(sheet: Any) -> None:
        columns = headings(sheet)
        row = row_of(sheet, 部门="civil_affairs", 数据集编号="nursing_home")
        sheet.cell(row, columns["信息资源摘要"]).value = "全县养老机构的名录与床位"
        row = row_of(sheet, 部门="education", 数据集编号="school")
        sheet.cell(row, columns["开放类型"]).value = "不予开放"
        sheet.cell(row, columns["不予开放依据"]).value = "依据教育法第五十条"
        sheet.delete_rows(row_of(sheet, 部门="water", 数据集编号="rain_reading"))

    edited(path, "目录清单", edit)

    def drop_columns(sheet: Any) -> None:
        while True:
            try:
                sheet.delete_rows(row_of(sheet, 部门="water", 数据集编号="rain_reading"))
            except StopIteration:
                return

    edited(path, "信息项", drop_columns)
    proposal = import_workbook(county, path).proposal
    assert proposal.problems == ()
    found = {change.entry[1]: change for change in proposal.changes}
    assert {name: change.action for name, change in found.items()} == {
        "civil_affairs/nursing_home": "变更", "education/school": "变更", "water/rain_reading": "删除",
    }  # fmt: skip
    assert list(found["civil_affairs/nursing_home"].differences) == ["abstract"]
    assert found["civil_affairs/nursing_home"].approvers == ("民政局首席数据官",)
    assert MAIN_OFFICE in found["education/school"].approvers
    assert MAIN_OFFICE in found["water/rain_reading"].approvers


def put(heading: str, value: Any, **where: str) -> Edit:
    def edit(sheet: Any) -> None:
        sheet.cell(row_of(sheet, **where), headings(sheet)[heading]).value = value

    return edit


HOME = {"部门": "civil_affairs", "数据集编号": "nursing_home"}


@pytest.mark.parametrize(
    ("sheet", "edit", "heading", "message"),
    [
        ("目录清单", put("信息资源名称", "民政业务系统", **HOME), "信息资源名称", "是系统的名称"),
        ("目录清单", put("信息资源名称", "学校 名录", **HOME), "信息资源名称", "只差标点或空格"),
        ("目录清单", put("信息资源代码", "30700132132200300/0004", **HOME), "信息资源代码", "位"),
        ("目录清单", put("信息资源摘要", None, **HOME), "信息资源摘要", "没有填信息资源摘要"),
        ("目录清单", put("部门", None, **HOME), "部门", "没有部门"),
        ("目录清单", put("数据存储总量", "12GB", **HOME), "数据存储总量", "写了单位"),
        ("目录清单", put("共享类型", "都可以", **HOME), "共享类型", "无条件共享、有条件共享、不予共享"),
        ("目录清单", put("共享方式", "接口", **HOME), "共享方式", "文件或批量交换"),
        ("目录清单", put("更新周期", "有时", **HOME), "更新周期", "更新周期写的是"),
        ("目录清单", put("发布日期", "去年", **HOME), "发布日期", "不是日期"),
        ("目录清单", put("信息系统", "no_such", **HOME), "信息系统", "没有登记"),
        ("信息项", put("数据类型", "字符", **HOME, 信息项英文名="phone"), "数据类型", "数据类型写的是"),
        ("信息项", put("级别", "4级", **HOME, 信息项英文名="phone"), "", "4 级"),
        ("信息项", put("代码表", "nowhere", **HOME, 信息项英文名="town_code"), "", "没有代码表"),
        ("部门", put("统一社会信用代码", "1132132201", 部门编号="police"), "统一社会信用代码", "18"),
        ("信息系统清单", put("部署", "云上", 系统编号="police_core"), "部署", "政务云沭阳专区"),
    ],
)  # fmt: skip
def test_a_wrong_cell_comes_back_marked(
    make_county: MakeCounty, tmp_path: Path, sheet: str, edit: Edit, heading: str, message: str
) -> None:
    county = make_county()
    path = tmp_path / "w.xlsx"
    export_workbook(county, path)
    before = {p: p.read_bytes() for p in county.settings.catalog.rglob("*.yaml")}
    found = import_workbook(county, edited(path, sheet, edit))
    assert any(message in str(problem) for problem in found.proposal.problems), found.proposal.problems
    assert {p: p.read_bytes() for p in county.settings.catalog.rglob("*.yaml")} == before
    assert found.marked is not None
    book = openpyxl.load_workbook(found.marked)
    marked = [(s.title, c) for s in book for row in s.iter_rows() for c in row if c.comment and c.row > 1]
    assert any(message in cell.comment.text for _, cell in marked)
    if heading:
        assert any(
            title == sheet
            and cell.column == headings(book[sheet])[heading]
            and cell.fill.fgColor.rgb.endswith("FFC7CE")
            for title, cell in marked
        )


def test_a_drag_down_that_numbers_names_is_seen(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    path = tmp_path / "w.xlsx"
    export_workbook(county, path)

    def edit(sheet: Any) -> None:
        columns = headings(sheet)
        for number, name in enumerate(("nursing_home", "marriage", "minimum_living"), start=1):
            row = row_of(sheet, 部门="civil_affairs", 数据集编号=name)
            sheet.cell(row, columns["信息资源名称"]).value = f"民政数据{number}"

    found = import_workbook(county, edited(path, "目录清单", edit)).proposal.problems
    assert sum("下拉填充" in str(problem) for problem in found) == 3


def test_a_workbook_of_one_department_removes_nothing_elsewhere(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    path = tmp_path / "w.xlsx"
    export_workbook(county, path, "water")
    edited(path, "信息系统清单", lambda sheet: sheet.delete_rows(2))
    found = import_workbook(county, path).proposal
    assert [problem.found for problem in found.problems if "没有登记" in problem.found]
    assert {change.entry for change in found.changes} == {("systems", "water_core")}


def test_what_is_no_catalogue_is_refused(make_county: MakeCounty, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["甲", "乙"])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(UsageError, match="没有认得的清单"):
        import_workbook(make_county(), tmp_path / "x.xlsx")
    (tmp_path / "y.xlsx").write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(UsageError):
        import_workbook(make_county(), tmp_path / "y.xlsx")


def direct_edit(county: Any, **fields: str) -> None:
    """Somebody else changes an entry of the catalog meanwhile."""
    path = county.settings.catalog / "datasets" / "civil_affairs" / "nursing_home.yaml"
    text = path.read_text(encoding="utf-8")
    for name, value in fields.items():
        lines = [f"{name}: {value}" if line.startswith(f"{name}:") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")


def test_a_workbook_of_an_older_catalog_proposes_only_what_its_user_changed(
    make_county: MakeCounty, tmp_path: Path
) -> None:
    """Seen: it undid what had been changed since."""
    path = tmp_path / "w.xlsx"
    export_workbook(make_county(), path)
    edited(path, "目录清单", put("信息资源摘要", "填写人写的摘要", **HOME))
    direct_edit(make_county(), theme="社会救助")
    found = import_workbook(make_county(), path).proposal
    (change,) = found.changes
    assert list(change.differences) == ["abstract"]
    assert change.after is not None and change.after["theme"] == "社会救助"
    assert "导出于 2026-11-24" in found.note and "civil_affairs/nursing_home" in found.note


def test_what_was_changed_on_both_sides_is_marked_at_its_cell(make_county: MakeCounty, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    export_workbook(make_county(), path)
    edited(path, "目录清单", put("信息资源摘要", "填写人写的摘要", **HOME))
    direct_edit(make_county(), abstract="别人写的摘要")
    imported = import_workbook(make_county(), path)
    (problem,) = imported.proposal.problems
    assert problem.cell is not None and problem.cell.sheet == "目录清单"
    assert "abstract" in problem.found
    assert imported.marked is not None


def test_what_was_added_since_is_not_removed_by_a_workbook_without_it(make_county: MakeCounty, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    export_workbook(make_county(), path)
    folder = make_county().settings.catalog / "datasets" / "civil_affairs"
    text = (folder / "nursing_home.yaml").read_text(encoding="utf-8")
    added = "\n".join(
        {"title": "title: 另一份名录", "code": "code: 307999/98"}.get(line.partition(":")[0], line)
        for line in text.splitlines()
    )
    (folder / "another.yaml").write_text(added, encoding="utf-8")
    assert import_workbook(make_county(), path).proposal.changes == ()


def test_a_base_that_somebody_changed_is_refused(make_county: MakeCounty, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    export_workbook(make_county(), path)

    def spoil(sheet: Any) -> None:
        sheet["A1"] = "x" + str(sheet["A1"].value)

    with pytest.raises(UsageError, match="重新导出"):
        import_workbook(make_county(), edited(path, "_依据", spoil))
