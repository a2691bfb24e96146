"""References between the registers, resource codes, and findings."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from shuyang_data.catalog.codes import code_tree, next_code
from shuyang_data.catalog.findings import catalog_findings, family_name
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Opening, Sharing
from shuyang_data.catalog.terms import Access
from shuyang_data.errors import CatalogError
from tests.builders import COUNTY_CATALOG, TODAY, a_catalog, a_column, a_dataset
from tests.catalog.test_catalog_files import GOOD, a_catalog_folder

CATALOG = load_catalog(COUNTY_CATALOG)
SYSTEM = {
    "title": "某系统", "department": "police", "state": "running", "cloud": "local", "network": "extranet",
}  # fmt: skip


def with_register(tmp_path: Path, name: str, entries: dict[str, Any], text: str = GOOD) -> Path:
    folder = a_catalog_folder(tmp_path, text)
    (folder / "code_lists").mkdir()
    (folder / "code_lists" / "town.csv").write_text("code,name\n1,沭城街道\n", encoding="utf-8")
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "entries", "message"),
    [
        ("systems", {"other": SYSTEM}, "信息系统 s 没有登记"),
        ("systems", {"s": SYSTEM | {"department": "nobody"}}, "部门 nobody 没有登记"),
        ("systems", {"s": SYSTEM | {"project": "p"}}, "项目 p 没有登记"),
        ("systems", {"S 1": SYSTEM}, "不能作编号"),
        ("systems", {"s": SYSTEM | {"cloud": "moon"}}, "cloud"),
        ("elements", {"e": {"title": "元", "definition": "定义", "type": "text", "source": "police/no.code"}}, "目录里没有"),
        ("elements", {"e": {"title": "元", "definition": "定义", "type": "text", "code_list": "no"}}, "代码表 no"),
        ("services", {"v": {"title": "事项", "department": "police", "kind": "licence",
                            "materials": [{"title": "证", "replaced": True}]}}, "由哪个信息项代替"),
        ("projects", {"p": {"title": "项目", "department": "police", "year": 2026, "state": "applied",
                            "systems": ["no"]}}, "信息系统 no"),
        ("products", {"p": {"title": "产品", "department": "police", "kind": "interface", "state": "serving",
                            "datasets": ["police/no"]}}, "数据集 police/no"),
    ],
)  # fmt: skip
def test_what_is_named_must_be_registered(tmp_path: Path, name: str, entries: dict[str, Any], message: str) -> None:
    with pytest.raises(CatalogError) as error:
        load_catalog(with_register(tmp_path, name, entries))
    assert message in str(error.value)


def test_a_column_is_what_its_element_says(tmp_path: Path) -> None:
    element = {"e": {"title": "元", "definition": "定义", "type": "text", "code_list": "town"}}
    good = GOOD.replace("type: text", "type: text, element: e, code_list: town")
    assert load_catalog(with_register(tmp_path / "a", "elements", element, good)).registers.elements
    for number, (text, message) in enumerate(
        [(GOOD.replace("type: text", "type: text, element: e"), "代码表"),
         (GOOD.replace("type: text", "type: integer, element: e"), "类型"),
         (GOOD.replace("type: text", "type: text, element: f"), "没有登记")]
    ):  # fmt: skip
        with pytest.raises(CatalogError) as error:
            load_catalog(with_register(tmp_path / str(number), "elements", element, text))
        assert message in str(error.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [("101001/1", "以 1 开头"), ("309001/1", "没有项 09"), ("307001321322999/1", "细目")],
)
def test_a_code_agrees_with_category_and_department(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(CatalogError) as error:
        load_catalog(a_catalog_folder(tmp_path, GOOD.replace("code: 307001/1", f"code: {code}")))
    assert message in str(error.value)


def test_the_next_code_is_free_and_in_its_place() -> None:
    made = next_code("police", "部门信息资源", "公共服务", CATALOG)
    assert made.startswith("307001321322002/")
    assert made not in {dataset.code for dataset in CATALOG.datasets.values()}
    assert next_code("police", "主题信息资源", "社会保障", CATALOG).startswith("203001/")
    assert code_tree(CATALOG.datasets[next(iter(CATALOG.datasets))])[0].endswith("信息资源")


def codes(*datasets: Any, today: date = TODAY) -> list[str]:
    return [finding.code for finding in catalog_findings(a_catalog(*datasets, town=["沭城街道"]), today)]


def test_conditions_and_bases_must_say_something() -> None:
    vague = a_dataset(sharing=Sharing(access=Access.CONDITIONAL, condition="按需"))
    assert "vague_condition" in codes(vague)
    clear = a_dataset(sharing=Sharing(access=Access.CONDITIONAL, condition="限民政救助核对，按项提供"))
    assert "vague_condition" not in codes(clear)
    assert "no_legal_basis" in codes(a_dataset(opening=Opening(access=Access.REFUSED, basis="领导要求")))
    assert "no_legal_basis" not in codes(a_dataset(opening=Opening(access=Access.REFUSED, basis="统计法第九条")))


def test_a_family_is_one_entry() -> None:
    parts = [
        a_dataset(path=f"civil_affairs/t{n}", title=title, code=f"307001/{n}")
        for n, title in enumerate(("2024年低保对象", "2025年度低保对象", "沭城街道低保对象"))
    ]
    assert codes(*parts).count("split_family") == 1
    assert "split_family" not in codes(parts[0], a_dataset(path="civil_affairs/x", title="特困人员", code="307001/9"))
    assert family_name("2024年12月份低保对象（一）", ()) == "低保对象一"


def test_grades_are_reviewed_every_year() -> None:
    assert "grade_review" in codes(a_dataset(), today=date(2027, 1, 6))
    assert "grade_review" not in codes(a_dataset(graded_on=date(2026, 12, 1)), today=date(2027, 1, 6))


def test_the_county_has_findings_of_every_department_kind_and_no_other() -> None:
    found = catalog_findings(CATALOG, TODAY)
    assert {finding.department for finding in found} <= set(CATALOG.departments)
    assert {"collected_twice", "not_assessed", "no_dataset", "not_on_cloud", "material_not_replaced"} <= {
        finding.code for finding in found
    }
    assert not any(finding.entry.endswith("公民身份号码") for finding in found if finding.code == "collected_twice")
    assert a_column("x").element is None
