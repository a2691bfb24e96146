"""Departments and datasets by whatever name people call them."""

from __future__ import annotations

import pytest

from pipelines.keys import dataset_key
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.spoken import dataset_named, department_named, scope_named
from shuyang_data.errors import UsageError
from shuyang_data.names import DatasetId, Layer
from tests.builders import COUNTY_CATALOG, a_catalog, a_dataset

HOMES = DatasetId("civil_affairs", "nursing_home")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(COUNTY_CATALOG)


@pytest.mark.parametrize(
    "text",
    ["civil_affairs/nursing_home", "民政局/养老机构名录", "沭阳县民政局/养老机构名录", "civil_affairs/养老机构名录", "养老机构名录",
     "nursing_home", "民政局/养老机构名录·标准", "养老机构名录·open", " 民政局／养老机构名录 "],
)  # fmt: skip
def test_a_dataset_has_many_names(text: str, catalog: Catalog) -> None:
    assert dataset_named(text, catalog) == HOMES


@pytest.mark.parametrize("text", ["civil_affairs", "民政局", "沭阳县民政局"])
def test_a_department_has_three(text: str, catalog: Catalog) -> None:
    assert department_named(text, catalog) == scope_named(text, catalog) == "civil_affairs"


def test_every_dataset_is_found_by_what_dagster_calls_its_layers(catalog: Catalog) -> None:
    for identity, dataset in catalog.datasets.items():
        for layer in Layer:
            assert dataset_named(dataset_key(dataset, catalog, layer).to_user_string(), catalog) == identity


def test_every_department_is_found_by_its_title(catalog: Catalog) -> None:
    for code, department in catalog.departments.items():
        assert department_named(department.title, catalog) == code


@pytest.mark.parametrize("text", ["全县", "沭阳县", "321322"])
def test_the_county_is_a_scope_too(text: str, catalog: Catalog) -> None:
    assert scope_named(text, catalog) == "321322"
    assert scope_named("养老机构名录", catalog) == str(HOMES)


def test_a_name_that_several_bear_is_refused_with_all_of_them() -> None:
    catalog = a_catalog(a_dataset(path="a/one"), a_dataset(path="a/two"), a_dataset(path="b/one", title="另一个"))
    with pytest.raises(UsageError, match="不止一个.*a/one（某局/测试数据）、a/two（某局/测试数据）"):
        dataset_named("测试数据", catalog)
    with pytest.raises(UsageError, match="不止一个.*a/one.*b/one"):
        dataset_named("one", catalog)
    with pytest.raises(UsageError, match="不止一个"):
        department_named("某局", catalog)
    assert dataset_named("a/测试数据（two）", catalog) == DatasetId("a", "two")
    assert dataset_named("b/另一个", catalog) == DatasetId("b", "one")


def test_what_nobody_is_called_is_refused_with_what_is_like_it(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="目录里没有.*看是不是 .*civil_affairs/nursing_home（民政局/养老机构名录）"):
        dataset_named("养老机构目录", catalog)
    with pytest.raises(UsageError, match="不在部门名录.*部门的名称或代码"):
        department_named("海关", catalog)
