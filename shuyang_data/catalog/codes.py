"""信息资源代码: 类 1 digit, 项 2, 目 3, 细目 of any length, `/`, 顺序码.

政务信息资源目录编制指南（试行），发改高技〔2017〕1272号.

What stands under 307 is local, and ours: 目 001, 细目 = the county's 321322 and the department's three digits.
"""

from __future__ import annotations

from collections.abc import Iterator

from shuyang_data.catalog.model import Catalog, Dataset, DatasetFile
from shuyang_data.errors import Problem
from shuyang_data.names import COUNTY_CODE, DatasetId

CLASSES = {"基础信息资源": "1", "主题信息资源": "2", "部门信息资源": "3"}
# 项, in the order in which the guide lists them.
ITEMS: dict[str, tuple[str, ...]] = {
    "1": ("国家人口", "法人单位", "自然资源和空间地理", "社会信用", "电子证照"),
    "2": (
        "公共服务", "健康保障", "社会保障", "食品药品安全", "安全生产", "价格监管", "能源安全", "信用体系", "城乡建设",
        "社区治理", "生态环保", "应急维稳",
    ),
    "3": (
        "党中央", "全国人大常委会", "国务院", "全国政协", "最高人民法院", "最高人民检察院", "省及以下政务部门",
        "计划单列市",
    ),
}  # fmt: skip
LOCAL = "307001"
SERIAL_DIGITS = 4


def code_problems(catalog: Catalog) -> Iterator[Problem]:
    """Codes that contradict their category or their department."""
    for identity, dataset in catalog.datasets.items():
        yield from dataset_code_problems(dataset, identity, catalog)


def dataset_code_problems(dataset: DatasetFile, identity: DatasetId, catalog: Catalog) -> Iterator[Problem]:
    where, tree = f"{identity} code", dataset.code.partition("/")[0]
    first = CLASSES[dataset.category]
    if tree[0] != first:
        yield Problem(where, f"{dataset.category}的代码以 {tree[0]} 开头", first)
    elif not 1 <= int(tree[1:3]) <= len(ITEMS[first]):
        yield Problem(where, f"类 {first} 没有项 {tree[1:3]}", f"01 至 {len(ITEMS[first]):02d}")
    department = catalog.departments.get(identity.department)
    if tree.startswith(LOCAL) and department is not None and department.number:
        expected = f"{LOCAL}{COUNTY_CODE}{department.number}"
        if tree not in (LOCAL, expected):
            yield Problem(where, f"细目 {tree[6:]} 不是 {department.title} 的", expected)


def next_code(department: str, category: str, theme: str, catalog: Catalog) -> str:
    """A code for a new dataset: the department's or theme's place in the tree, and the next number of the county."""
    serials = [int(dataset.code.partition("/")[2]) for dataset in catalog.datasets.values()]
    serial = f"{max(serials, default=0) + 1:0{SERIAL_DIGITS}d}"
    first = CLASSES[category]
    if first == "3":
        number = catalog.departments[department].number or "000"
        return f"{LOCAL}{COUNTY_CODE}{number}/{serial}"
    item = ITEMS[first].index(theme) + 1 if theme in ITEMS[first] else 1
    return f"{first}{item:02d}001/{serial}"


def code_tree(dataset: Dataset) -> tuple[str, str, str, str]:
    """(类, 项, 目, 细目) in words where the guide has words, else as digits."""
    tree = dataset.code.partition("/")[0]
    items = ITEMS[tree[0]]
    number = int(tree[1:3])
    return dataset.category, items[number - 1] if 1 <= number <= len(items) else tree[1:3], tree[3:6], tree[6:]
