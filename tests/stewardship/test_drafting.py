"""Drafts from real files: proposals with reasons, a synthetic example, no value of the file; submitted and approved."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Dataset, DatasetFile
from shuyang_data.errors import CatalogError, UsageError
from shuyang_data.ledger import Tally
from shuyang_data.names import DatasetId
from shuyang_data.reading.delivered_text import text_layout, text_rows
from shuyang_data.standard.identifiers import resident_check_digit
from shuyang_data.stewardship.change_control import Motive, approve
from shuyang_data.stewardship.drafting.draft import TODO, draft_dataset, draft_path, open_drafts, submit_draft
from shuyang_data.stewardship.drafting.names import spelled
from tests.builders import COUNTY_CATALOG, write_csv
from tests.stewardship.conftest import MakeCounty

PARK = DatasetId("culture", "park")
SURNAMES = "赵钱孙李周吴郑王冯陈"


def a_resident_id(number: int) -> str:
    first = f"321322198{number % 10}0{number % 9 + 1}1{number % 10}{number % 1000:03d}"
    return first + resident_check_digit(first)


PEOPLE = [
    [f"D{n:04d}", f"{SURNAMES[n % 10]}{'明红伟芳强'[n % 5]}{'军丽杰'[n % 3]}", a_resident_id(n), f"139{n:04d}{n:04d}"[:11],
     "01" if n % 2 else "02", f"{n % 7}", f"{n}.25", f"2024-0{n % 9 + 1}-1{n % 9}", "" if n % 3 else f"备注内容{n}"]
    for n in range(1, 81)
]  # fmt: skip
HEADINGS = ["登记编号", "姓名", "公民身份号码", "联系电话", "类别", "次数", "金额", "登记日期", "备注"]
FILLED_IN = {
    "abstract": "某类人员的登记信息", "code": "307001321322099/0001", "theme": "公共服务", "owner": "业务科", "frequency": "monthly",
    "approved_on": "2026-11-01", "approval": "沭数目审〔2026〕9号", "sharing": {"access": "conditional", "condition": "依申请核验"},
    "opening": {"access": "refused", "basis": "涉及个人隐私"},
}  # fmt: skip


@pytest.fixture
def drafted(make_county: MakeCounty, tmp_path: Path) -> dict[str, Any]:
    source = write_csv(
        tmp_path / "人员登记_20261101.csv", ",".join(HEADINGS), *map(",".join, PEOPLE), encoding="gb18030"
    )
    county = make_county()
    files = draft_dataset(county, PARK, source)
    text = files[0].read_text(encoding="utf-8")
    return {"county": county, "files": files, "text": text, "body": yaml.safe_load(text)}


def column(drafted: dict[str, Any], title: str) -> dict[str, Any]:
    (found,) = [each for each in drafted["body"]["columns"] if each["title"] == title]
    return dict(found)


def test_nothing_of_the_file_but_its_headings_is_written(drafted: dict[str, Any]) -> None:
    """Seen: twenty full ID numbers in the checkout."""
    delivered = {cell for row in PEOPLE for cell in row if len(cell) > 2}
    for path in drafted["files"]:
        text = path.read_text(encoding="utf-8")
        assert [value for value in delivered if value in re.split(r"[,\n\s：、；（）{}\[\]']+", text)] == []
        assert not re.search("|".join(map(re.escape, (row[2] for row in PEOPLE))), text)


def test_columns_are_proposed_with_their_reasons(drafted: dict[str, Any]) -> None:
    body, text = drafted["body"], drafted["text"]
    assert body["key"] == ["registration_id"]
    assert "主键：登记编号 每行都有且不重复" in text
    identity = column(drafted, "公民身份号码")
    assert (identity["check"], identity["grade"], identity["open"]) == ("resident_id", 4, "drop")
    assert identity["personal"] == "direct"
    assert column(drafted, "联系电话")["check"] == "mobile"
    assert column(drafted, "姓名")["shared"] == "mask_name"
    types = {each["title"]: each["type"] for each in body["columns"]}
    assert (types["次数"], types["金额"], types["登记日期"], types["登记编号"]) == (
        "integer",
        "decimal",
        "date",
        "text",
    )
    assert "required" not in column(drafted, "备注") and column(drafted, "姓名")["required"]
    names = [each["name"] for each in body["columns"]]
    assert max(Counter(names).values()) == 1
    assert not any(name.startswith("column_") for name in names)
    assert text.count("# 级别：") == len(HEADINGS)


def test_the_example_is_read_by_the_draft_without_damage(drafted: dict[str, Any]) -> None:
    _, example = drafted["files"]
    fields = drafted["body"] | FILLED_IN
    declared = DatasetFile.model_validate_json(__import__("json").dumps(fields, default=str))
    dataset = Dataset(id=PARK, **{name: getattr(declared, name) for name in DatasetFile.model_fields})
    layout = text_layout(example, dataset, [])
    rows = list(text_rows(example, layout, dataset, Tally("x")))
    assert layout.drift == ()
    assert (len(rows), {fault for *_, fault in rows}) == (20, {None})
    with example.open(encoding="utf-8", newline="") as source:
        table = list(csv.DictReader(source))
    assert all(row["公民身份号码"][-1] == resident_check_digit(row["公民身份号码"][:17]) for row in table)
    assert len({row["登记编号"] for row in table}) == 20


def test_every_example_of_the_checkout_is_synthetic() -> None:
    """Whatever lies among drafts and examples: no ID number of anybody born after 1900."""
    from shuyang_data.settings import REPOSITORY

    found = [*REPOSITORY.glob("catalog/drafts/**/*.csv"), *REPOSITORY.glob("tests/examples/**/*")]
    for path in found:
        if path.is_file():
            assert re.findall(rb"[1-9]\d{5}(?:19[1-9]|190[1-9]|20)\d{2}[01]\d[0-3]\d{4}[\dX]", path.read_bytes()) == []


def test_a_draft_stops_nothing(drafted: dict[str, Any]) -> None:
    county = drafted["county"]
    catalog = load_catalog(county.settings.catalog)
    assert PARK not in catalog.datasets
    assert open_drafts(county.settings.catalog, catalog) == [draft_path(county.settings.catalog, PARK)]
    with pytest.raises(UsageError, match="已经有"):
        draft_dataset(county, PARK, drafted["files"][1])


def test_what_is_not_filled_in_is_listed_with_its_line(drafted: dict[str, Any]) -> None:
    with pytest.raises(CatalogError) as refused:
        submit_draft(drafted["county"], PARK, Motive("甲", "新增"))
    assert sum(TODO in problem.found for problem in refused.value.problems) >= 3
    assert all(re.search(r"park\.yaml:\d+", problem.where) for problem in refused.value.problems)


def test_a_completed_draft_comes_into_force_when_both_offices_approve(
    drafted: dict[str, Any], make_county: MakeCounty
) -> None:
    county = drafted["county"]
    system = next(name for name, s in county.catalog.registers.systems.items() if s.department == "culture")
    path = draft_path(county.settings.catalog, PARK)
    known = load_catalog(COUNTY_CATALOG)
    from shuyang_data.catalog.codes import next_code

    body = (
        drafted["body"]
        | FILLED_IN
        | {"system": system, "code": next_code("culture", "部门信息资源", "公共服务", known)}
    )
    path.write_text(yaml.safe_dump(body, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (change,) = submit_draft(make_county(), PARK, Motive("甲", "新增"))
    assert PARK not in load_catalog(county.settings.catalog).datasets
    for office in change.offices:
        approve(make_county(), change.batch, office)
    catalog = load_catalog(county.settings.catalog)
    assert catalog.datasets[PARK].key == ("registration_id",)
    assert open_drafts(county.settings.catalog, catalog) == []


def a_sheet(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("kind", ["workbook", "json", "empty", "doubled"])
def test_files_of_every_kind_are_drafted(make_county: MakeCounty, tmp_path: Path, kind: str) -> None:
    sources = {
        "workbook": lambda: a_sheet(tmp_path / "a.xlsx", ["编号", "", "Home ID"], ["A1", 1, "x"], ["A2", 2, "y"]),
        "json": lambda: _text(tmp_path / "a.json", '[{"编号": "A1", "n": 1}, {"编号": "A2", "n": 2}]'),
        "empty": lambda: write_csv(tmp_path / "a.csv", "编号,名称"),
        "doubled": lambda: write_csv(tmp_path / "a.csv", "编号,编号,名称", "1,1,甲", "1,2,乙"),
    }
    files = draft_dataset(make_county(), PARK, sources[kind]())
    body = yaml.safe_load(files[0].read_text(encoding="utf-8"))
    names = [each["name"] for each in body["columns"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in names)


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("机构编号", "jigoubianhao"),
        ("Home ID", "home_id"),
        ("2024年产量", "item_2024_nianchanliang"),
        ("绿化率（%）", "lvhualv"),
        ("％", "item"),
    ],
)
def test_a_title_is_spelled(title: str, name: str) -> None:
    assert spelled(title) == name


def test_a_data_element_names_its_column(make_county: MakeCounty, tmp_path: Path) -> None:
    county = make_county()
    code, element = next(iter(county.catalog.registers.elements.items()))
    files = draft_dataset(county, PARK, write_csv(tmp_path / "a.csv", f"编号,{element.title}", "1,x"))
    second = yaml.safe_load(files[0].read_text(encoding="utf-8"))["columns"][1]
    assert (second["name"], second["element"]) == (code, code)
