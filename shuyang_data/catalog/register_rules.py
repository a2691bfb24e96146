"""What must hold between the registers, and between them and the datasets: every name that is used is registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shuyang_data.catalog.codes import code_problems
from shuyang_data.catalog.model import Catalog, Column, Dataset
from shuyang_data.catalog.registers import ItemPath
from shuyang_data.catalog.sources import SocietyOrigin
from shuyang_data.errors import Problem
from shuyang_data.names import DatasetId


def register_problems(catalog: Catalog) -> list[Problem]:
    """Every broken reference; a register that has no entry at all is not in use yet, and nothing has to stand in it."""
    return [
        *_department_problems(catalog),
        *_system_problems(catalog),
        *_element_problems(catalog),
        *_path_problems(catalog),
        *_contract_problems(catalog),
        *code_problems(catalog),
    ]


def _missing(names: Iterable[str], known: Iterable[str], where: str, what: str, file: str) -> Iterator[Problem]:
    registered = set(known)
    for name in names:
        if name not in registered:
            yield Problem(where, f"{what} {name} 没有登记", file, "先登记，或改成已登记的编号")


def _department_problems(catalog: Catalog) -> Iterator[Problem]:
    registers = catalog.registers
    for kind in ("systems", "services", "projects", "products", "contracts"):
        for name, entry in getattr(registers, kind).items():
            yield from _missing(
                [entry.department], catalog.departments, f"{kind}.yaml {name}", "部门", "departments.yaml"
            )
    numbers: dict[str, str] = {}
    for name, department in catalog.departments.items():
        if department.number and numbers.setdefault(department.number, name) != name:
            yield Problem(
                f"departments.yaml {name}", f"编号 {department.number} 与 {numbers[department.number]} 相同", "编号唯一"
            )


def _system_problems(catalog: Catalog) -> Iterator[Problem]:
    registers = catalog.registers
    for identity, dataset in catalog.datasets.items():
        if registers.systems:
            where = f"{identity} system"
            yield from _missing([dataset.system], registers.systems, where, "信息系统", "systems.yaml")
    for name, system in registers.systems.items():
        if system.project:
            yield from _missing([system.project], registers.projects, f"systems.yaml {name}", "项目", "projects.yaml")
    for name, project in registers.projects.items():
        yield from _missing(project.systems, registers.systems, f"projects.yaml {name}", "信息系统", "systems.yaml")


def _element_problems(catalog: Catalog) -> Iterator[Problem]:
    elements = catalog.registers.elements
    for name, element in elements.items():
        if element.code_list:
            yield from _missing(
                [element.code_list], catalog.code_lists, f"elements.yaml {name}", "代码表", "code_lists 里的文件名"
            )
    for identity, dataset in catalog.datasets.items():
        for column in dataset.columns:
            if column.element:
                yield from _column_problems(column, dataset, catalog, f"{identity} {column.name}")


def _column_problems(column: Column, dataset: Dataset, catalog: Catalog, where: str) -> Iterator[Problem]:
    """A column is what its data element says it is."""
    element = catalog.registers.elements.get(column.element or "")
    if element is None:
        yield Problem(where, f"数据元 {column.element} 没有登记", "elements.yaml", "先登记数据元")
        return
    if column.type is not element.type:
        yield Problem(where, f"类型与数据元 {element.title} 不同", element.type.value)
    if element.code_list and column.code_list != element.code_list:
        yield Problem(where, f"没有用数据元 {element.title} 的代码表", f"code_list: {element.code_list}")


def _path_problems(catalog: Catalog) -> Iterator[Problem]:
    registers = catalog.registers
    for name, element in registers.elements.items():
        if element.source:
            yield from _path_problem(element.source, catalog, f"elements.yaml {name}")
    for name, item in registers.services.items():
        for material in item.materials:
            if material.column:
                yield from _path_problem(material.column, catalog, f"services.yaml {name} {material.title}")
            elif material.replaced:
                yield Problem(f"services.yaml {name} {material.title}", "免交而没有写由哪个信息项代替", "column")
    for name, product in registers.products.items():
        known = [str(identity) for identity in catalog.datasets]
        yield from _missing(product.datasets, known, f"products.yaml {name}", "数据集", "目录里的数据集")


def _path_problem(path: ItemPath, catalog: Catalog, where: str) -> Iterator[Problem]:
    """`department/dataset.column` names a column that is there."""
    name, _, column = path.partition(".")
    try:
        dataset = catalog.datasets.get(DatasetId.parse(name))
    except ValueError as error:
        yield Problem(where, str(error), "部门/数据集.信息项")
        return
    if dataset is None or column not in {c.name for c in dataset.columns}:
        yield Problem(where, f"目录里没有 {path}", "部门/数据集.信息项")


def _contract_problems(catalog: Catalog) -> Iterator[Problem]:
    contracts = catalog.registers.contracts
    titles = {entry.title for entry in contracts.values()}
    for identity, dataset in catalog.datasets.items():
        if contracts and isinstance(dataset.origin, SocietyOrigin):
            named = (dataset.origin.contract,)
            yield from _missing(named, {*contracts, *titles}, str(identity), "社会数据合同", "contracts.yaml")
    known = [str(identity) for identity in catalog.datasets]
    for name, contract in contracts.items():
        yield from _missing(contract.datasets, known, f"contracts.yaml {name}", "数据集", "目录里的数据集")
