"""Departments and datasets by whatever name people call them: one reading for every place where one is asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import Problem, UsageError
from shuyang_data.names import COUNTY, COUNTY_CODE, DatasetId, Layer

LAYER_MARK = "·"
LIKELY = 3
COUNTY_WORDS = (COUNTY, "全县")
UNKNOWN_DEPARTMENT = Problem("", "不在部门名录", "部门的名称或代码，例如 民政局 或 civil_affairs")
UNKNOWN_DATASET = Problem(
    "", "目录里没有这个数据集", "部门/数据集，例如 民政局/养老机构名录 或 civil_affairs/nursing_home"
)


def office(title: str) -> str:
    """A department as people say it, without the county's name before it."""
    return title.removeprefix(COUNTY) or title


def department_named(text: str, catalog: Catalog) -> str:
    """`civil_affairs`, `民政局` or `沭阳县民政局` → the code; raise UsageError for none or for several."""
    spoken = {code: _departments(code, catalog) for code in catalog.departments}
    return _only(text, _normal(text), spoken, UNKNOWN_DEPARTMENT, catalog)


def dataset_named(text: str, catalog: Catalog) -> DatasetId:
    """`民政局/养老机构名录`, `civil_affairs/nursing_home`, either half of it alone where only one dataset is called so,
    or what Dagster calls one of its layers (`民政局/养老机构名录·标准`); raise UsageError for none or for several."""
    wanted = _normal(text)
    before, mark, layer = wanted.rpartition(LAYER_MARK)
    if mark and layer in {word for known in Layer for word in (known.value, known.label)}:
        wanted = before
    spoken = {str(identity): _datasets(identity, catalog) for identity in catalog.datasets}
    return DatasetId.parse(_only(text, wanted, spoken, UNKNOWN_DATASET, catalog))


def scope_named(text: str, catalog: Catalog) -> str:
    """What is scored: the county, a department or a dataset; raise UsageError for none or for several."""
    if text == COUNTY_CODE or _normal(text) in COUNTY_WORDS:
        return COUNTY_CODE
    if any(_normal(text) in _departments(code, catalog) for code in catalog.departments):
        return department_named(text, catalog)
    return str(dataset_named(text, catalog))


def _only(text: str, wanted: str, spoken: dict[str, frozenset[str]], unknown: Problem, catalog: Catalog) -> str:
    if wanted in spoken:
        return wanted
    called = [code for code, names in spoken.items() if wanted in names]
    if len(called) == 1:
        return called[0]
    if called:
        raise UsageError([Problem(text, "不止一个叫这个名字", f"其中一个：{_listed(called, catalog)}")])
    every = {name: code for code, names in spoken.items() for name in (code, *names)}
    likely = dict.fromkeys(every[name] for name in get_close_matches(wanted, every, LIKELY))
    raise UsageError([replace(unknown, where=text, remedy=f"看是不是 {_listed(likely, catalog)}" if likely else "")])


def _listed(codes: Iterable[str], catalog: Catalog) -> str:
    return "、".join(f"{code}（{_title(code, catalog)}）" for code in codes)


def _title(code: str, catalog: Catalog) -> str:
    if "/" not in code:
        return catalog.title(code)
    dataset = catalog.datasets[DatasetId.parse(code)]
    return f"{office(catalog.title(dataset.id.department))}/{dataset.title}"


def _departments(code: str, catalog: Catalog) -> frozenset[str]:
    title = catalog.title(code)
    return frozenset({code, _normal(title), _normal(office(title))})


def _datasets(identity: DatasetId, catalog: Catalog) -> frozenset[str]:
    title = catalog.datasets[identity].title
    own = {identity.dataset, _normal(title), _normal(f"{title}（{identity.dataset}）")}
    return frozenset(own | {f"{d}/{name}" for d in _departments(identity.department, catalog) for name in own})


def _normal(text: str) -> str:
    """One spelling of full-width and half-width signs."""
    return unicodedata.normalize("NFKC", text).strip()
