from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shuyang_data.catalog import terms
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Access, Basis, ProjectState, SystemState
from shuyang_data.catalog.workbook.fields import labelled
from shuyang_data.classify.policy import opening_refusals, sharing_refusals
from shuyang_data.errors import CatalogError
from shuyang_data.exchange.records import Decision
from shuyang_data.quality.derive import derive_rules
from shuyang_data.words import Word
from tests.builders import COUNTY_CATALOG

CATALOG = load_catalog(COUNTY_CATALOG)
FILES = sorted((COUNTY_CATALOG / "datasets").glob("*/*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_is_a_dataset_that_may_be_published_as_it_says(path: Path) -> None:
    dataset = next(d for d in CATALOG.datasets.values() if d.id == (path.parent.name, path.stem))
    for access, refusals in (
        (dataset.sharing.access, sharing_refusals(dataset)),
        (dataset.opening.access, opening_refusals(dataset)),
    ):
        assert bool(refusals) is (access is Access.REFUSED), refusals
    rules = derive_rules(dataset, CATALOG.code_lists, date(2026, 11, 24))
    assert len({rule.id for rule in rules}) == len(rules)


def test_the_county_is_as_large_as_promised() -> None:
    assert len(CATALOG.datasets) >= 36
    assert len({identity.department for identity in CATALOG.datasets}) >= 14
    assert len(CATALOG.code_lists["town"].names) == 32
    assert len(CATALOG.code_lists["village"].names) == 487
    assert len(CATALOG.code_lists["nation"].names) == 56


def test_every_word_of_the_lists_has_a_chinese_label() -> None:
    lists = [kind for kind in Word.__subclasses__() if kind.__module__ == terms.__name__]
    assert len(lists) > 10
    for words in lists:
        labels = [word.label for word in words]
        assert all(labels), words
        assert len(set(labels)) == len(labels), f"two words of {words.__name__} read alike"
    assert {basis.value for basis in Basis} == {"法律", "行政法规", "国务院决定"}


def test_lists_that_share_a_value_keep_their_own_labels() -> None:
    """Seen: a system that is 在建 was printed as 建设, the label of a project's state, and 在建 was refused."""
    assert (SystemState.BUILDING.label, ProjectState.BUILDING.label) == ("在建", "建设")
    assert labelled(SystemState)["building"] == "在建"
    assert (Access.REFUSED.label, Decision.REFUSED.label) == ("不予", "不同意")


GOOD = """\
title: 某数据
abstract: 一份数据
code: 307001/1
category: 部门信息资源
theme: 公共服务
owner: 科
system: s
frequency: monthly
approved_on: 2026-01-05
approval: 文号
sharing: {access: unconditional}
opening: {access: unconditional}
delivery: {file: 某数据, format: csv}
key: [code]
columns:
- {name: code, title: 编号, type: text, grade: 1, required: true}
"""


def a_catalog_folder(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "catalog"
    (folder / "datasets" / "police").mkdir(parents=True)
    (folder / "departments.yaml").write_text(
        (COUNTY_CATALOG / "departments.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (folder / "datasets" / "police" / "thing.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_good_file_is_good(tmp_path: Path) -> None:
    dataset: Dataset = next(iter(load_catalog(a_catalog_folder(tmp_path, GOOD)).datasets.values()))
    assert str(dataset.id) == "police/thing"
    assert dataset.grade == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("sharing: {access: unconditional}", "sharing: {access: yes}", 11, "sharing.access"),
        ("sharing: {access: unconditional}\n", "", 1, "sharing"),
        ("opening: {access: unconditional}", "opening: {access: open}", 12, "opening.access"),
        ("grade: 1", "grade: 9", 16, "grade"),
        ("owner: 科", "owner: 科\nowned: x", 7, "owned"),
        ("key: [code]", "key: [other]", None, "other"),
        ("type: text", "type: text, code_list: nothing", None, "nothing"),
        ("sharing: {access: unconditional}", "sharing: {access: refused}", None, "不予共享没有依据"),
        ("opening: {access: unconditional}", "opening: {access: conditional}", None, "没有写条件"),
        ("required: true", "required: true, references: police/other.code", None, "不在目录里"),
        ("title: 某数据", "title: [某数据", 2, "YAML"),
    ],
)
def test_every_problem_names_file_line_and_field(
    tmp_path: Path, old: str, new: str, line: int | None, message: str
) -> None:
    with pytest.raises(CatalogError) as error:
        load_catalog(a_catalog_folder(tmp_path, GOOD.replace(old, new)))
    text = str(error.value)
    assert message in text
    assert "thing.yaml" + (f":{line}" if line else "") in text


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    broken = GOOD.replace("frequency: monthly", "frequency: sometimes").replace("grade: 1", "grade: 7")
    folder = a_catalog_folder(tmp_path, broken)
    (folder / "datasets" / "police" / "other.yaml").write_text("title: x\n", encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        load_catalog(folder)
    assert len(error.value.problems) >= 4
    assert {"thing.yaml", "other.yaml"} <= {
        Path(p.where.split(":")[0].split(" ")[0]).name for p in error.value.problems
    }
