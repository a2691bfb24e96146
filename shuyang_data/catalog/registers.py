"""The registers beside the datasets: systems, data elements, service items, projects, products, contracts.

Every entry has a short ASCII identity, which is its key in the file; entries name each other by it.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.terms import (
    Cloud,
    ItemKind,
    Network,
    ProductKind,
    ProductState,
    ProjectState,
    SystemState,
    Type,
)

ItemPath = str


class System(Strict):
    """信息系统. cloud: where it runs; protected_on, cipher_on: dates of the last 等保 and 密评 evaluation.

    upper: built and run by an upper level, so that the county cannot move it.
    """

    title: str = Field(min_length=2)
    department: str
    state: SystemState
    cloud: Cloud
    network: Network
    secret: bool = False
    upper: bool = False
    protection_level: Literal[1, 2, 3, 4] | None = None
    protected_on: date | None = None
    cipher_on: date | None = None
    project: str | None = None
    note: str = ""


class Element(Strict):
    """数据元 (after DB33/T 2426-2022). source: `department/dataset.column`, the one source of it (一数一源)."""

    title: str = Field(min_length=1)
    definition: str = Field(min_length=2)
    type: Type
    format: str = ""
    code_list: str | None = None
    unit: str = ""
    source: ItemPath | None = None
    version: str = "1"


class Material(Strict):
    """办事材料. column: `department/dataset.column` that holds what it proves; replaced: no longer asked for."""

    title: str = Field(min_length=1)
    column: ItemPath | None = None
    replaced: bool = False


class ServiceItem(Strict):
    """政务服务事项."""

    title: str = Field(min_length=2)
    department: str
    kind: ItemKind
    on_application: bool = True
    online: bool = False
    materials: tuple[Material, ...] = ()


class Project(Strict):
    """信息化项目. budget: in 10,000 yuan."""

    title: str = Field(min_length=2)
    department: str
    year: int = Field(ge=2000, le=2100)
    state: ProjectState
    systems: tuple[str, ...] = ()
    budget: float = Field(default=0, ge=0)
    shared_items: tuple[str, ...] = ()


class Product(Strict):
    """数据产品、业务组件或接口."""

    title: str = Field(min_length=2)
    department: str
    kind: ProductKind
    state: ProductState
    datasets: tuple[str, ...] = ()
    note: str = ""


class Contract(Strict):
    """社会数据合同."""

    title: str = Field(min_length=2)
    provider: str = Field(min_length=1)
    department: str
    signed_on: date
    until: date | None = None
    datasets: tuple[str, ...] = ()


class Registers(Strict):
    """identity → entry, of each register."""

    systems: dict[str, System] = Field(default_factory=dict)
    elements: dict[str, Element] = Field(default_factory=dict)
    services: dict[str, ServiceItem] = Field(default_factory=dict)
    projects: dict[str, Project] = Field(default_factory=dict)
    products: dict[str, Product] = Field(default_factory=dict)
    contracts: dict[str, Contract] = Field(default_factory=dict)


KINDS: dict[str, type[Strict]] = {
    "systems": System, "elements": Element, "services": ServiceItem, "projects": Project, "products": Product,
    "contracts": Contract,
}  # fmt: skip
TITLES = {
    "systems": "信息系统", "elements": "数据元", "services": "政务服务事项", "projects": "信息化项目",
    "products": "产品与接口", "contracts": "社会数据合同",
}  # fmt: skip
