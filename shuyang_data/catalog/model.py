"""The catalog as frozen values: departments, datasets, columns, code lists. Parsing stands in `load`.

A field without a default must be written down; sharing, opening and grade never have one, so that
nothing is ever shared or opened because somebody left a line out.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.officers import Holder
from shuyang_data.catalog.registers import Registers
from shuyang_data.catalog.sources import CountyOrigin, Origin, ReturnRequest
from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.terms import (
    Access,
    Basis,
    Check,
    Frequency,
    KeyFolding,
    Kind,
    Personal,
    Protection,
    Type,
)
from shuyang_data.errors import Problem
from shuyang_data.names import PUBLISHED, DatasetId, Layer

UNPUBLISHED = {Layer.SHARED: (Access.REFUSED,), Layer.OPEN: (Access.REFUSED, Access.CONDITIONAL)}
Grade = Literal[1, 2, 3, 4]
Name = str


class Department(Strict):
    """A providing body. chief_data_officer and data_steward are titles of office, never names of people.

    number: three digits that its resource codes carry after the county's.
    """

    title: str = Field(min_length=2)
    credit_code: str = Field(pattern=r"^[0-9A-Z]{18}$")
    chief_data_officer: str
    data_steward: str
    number: str | None = Field(default=None, pattern=r"^\d{3}$")


class Assessments(Strict):
    """保密风险 and 个人信息保护影响 assessments, owed before an entry is submitted (政务数据共享条例第十二条)."""

    secrecy_on: date
    privacy_on: date
    approved_by: str = Field(min_length=1)


class Priority(Strict):
    """优先开放 inputs, each 0 to 5, as the department and the main department agreed."""

    livelihood: int = Field(ge=0, le=5)
    demand: int = Field(ge=0, le=5)
    economy: int = Field(ge=0, le=5)
    planned_for: date | None = None


class Volume(Strict):
    """大普查 figures: sizes in GB, records in rows."""

    storage_gb: float | None = Field(default=None, ge=0)
    records: int | None = Field(default=None, ge=0)
    shared_gb: float | None = Field(default=None, ge=0)
    shared_records: int | None = Field(default=None, ge=0)
    open_gb: float | None = Field(default=None, ge=0)
    open_records: int | None = Field(default=None, ge=0)


class Sharing(Strict):
    """共享属性. condition is owed when conditional; basis and basis_type when refused (条例第十五条)."""

    access: Access
    condition: str = ""
    basis_type: Basis | None = None
    basis: str = ""
    modes: tuple[Literal["interface", "batch", "file"], ...] = ("batch",)


class Opening(Strict):
    """开放属性. anonymity: the smallest class of quasi-identifiers that may be published, in rows."""

    access: Access
    condition: str = ""
    basis: str = ""
    anonymity: int = Field(default=20, ge=2)
    licence: str = "沭阳县公共数据开放许可"


class Confirmation(Strict):
    """A named person stands for a grade below the one that was detected, for a year.

    kind, share: what was found, and the largest share of the values that it may be. Without a kind it stands for what
    was found when it was given.
    """

    by: str = Field(min_length=1)
    reason: str = Field(min_length=4)
    confirmed_on: date
    kind: Kind | None = None
    share: float = Field(default=1.0, gt=0, le=1)


class Column(Strict):
    """One 信息项. source: further headings under which departments send it, beside title and name.

    references: `department/dataset.column` that must hold the value. band: width of a `band` protection.
    part: the value is the name of the sheet, or of the archive's member, that a row stands in.
    first_year, last_year: of its dates; 1850 and the delivery's year + 100 when not declared. years: how they may be
    written beside four digits. open_ends: days that stand for "no end", such as 9999-12-31, whatever those years.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    title: str = Field(min_length=1)
    type: Type
    grade: Grade
    source: tuple[str, ...] = ()
    part: Literal["sheet", "member"] | None = None
    required: bool = False
    scale: int = Field(default=2, ge=0, le=8)
    max_length: int | None = Field(default=None, ge=1)
    minimum: float | None = None
    maximum: float | None = None
    first_year: int | None = Field(default=None, ge=1, le=9999)
    last_year: int | None = Field(default=None, ge=1, le=9999)
    years: tuple[Literal["minguo", "two_digits"], ...] = Field(default=(), max_length=1)
    open_ends: tuple[Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")], ...] = ()
    pattern: str | None = None
    check: Check | None = None
    code_list: str | None = None
    references: str | None = None
    personal: Personal = Personal.NONE
    shared: Protection = Protection.KEEP
    open: Protection = Protection.KEEP
    band: float | None = Field(default=None, gt=0)
    note: str = ""
    element: str | None = None
    confirmed: Confirmation | None = None

    def protection(self, layer: Layer) -> Protection:
        """What is done to the column on its way into a published layer."""
        return {Layer.SHARED: self.shared, Layer.OPEN: self.open}[layer]


class DatasetFile(Strict):
    """What stands in `catalog/datasets/<department>/<dataset>.yaml`."""

    title: str = Field(min_length=2, max_length=50)
    abstract: str = Field(min_length=4, max_length=256)
    code: str = Field(pattern=r"^[1-3]\d{2}\d{3}\d*/\d+$")
    category: Literal["基础信息资源", "主题信息资源", "部门信息资源"]
    theme: str
    owner: str
    system: str
    frequency: Frequency
    approved_on: date
    approval: str
    sharing: Sharing
    opening: Opening
    delivery: Delivery
    origin: Origin = Field(default_factory=CountyOrigin, discriminator="kind")
    key: tuple[str, ...] = Field(min_length=1)
    key_folding: KeyFolding = KeyFolding.WIDTH
    columns: tuple[Column, ...] = Field(min_length=1)
    minimum_rows: int = Field(default=1, ge=0)
    reject_limit: float = Field(default=0.05, ge=0, lt=1)
    related: tuple[str, ...] = ()
    assessments: Assessments | None = None
    graded_on: date | None = None
    priority: Priority | None = None
    volume: Volume | None = None


class Dataset(DatasetFile):
    """A dataset with its identity, which is the path of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    id: DatasetId

    @property
    def grade(self) -> int:
        """The dataset's grade is the highest of its columns' (就高从严)."""
        return max(column.grade for column in self.columns)

    def access(self, layer: Layer) -> Access:
        """Whether the catalog wants the dataset in a published layer."""
        return {Layer.SHARED: self.sharing.access, Layer.OPEN: self.opening.access}[layer]

    def published_layers(self) -> tuple[Layer, ...]:
        """The layers that the catalog wants this dataset in. What is open on conditions is had by application, and
        does not lie in public beside what everybody may have.
        """
        return tuple(layer for layer in PUBLISHED if self.access(layer) not in UNPUBLISHED[layer])

    def is_whole_or_nothing(self, column: Column) -> bool:
        """Whether a value with lost digits is worth nothing there: of identifiers, references, keys, numbers, dates."""
        return bool(column.check or column.references or column.name in self.key or column.type is not Type.TEXT)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def references(self) -> dict[str, tuple[DatasetId, str]]:
        """column name → (dataset, column) that it must be found in."""
        found = {}
        for column in self.columns:
            if column.references:
                path, _, target = column.references.partition(".")
                found[column.name] = (DatasetId.parse(path), target)
        return found


class CodeList(Strict):
    """A code table: codes in file order, each with its name."""

    name: str
    title: str
    names: dict[str, str]


class MeasureDefinition(Strict):
    """A target's versioned definition; the numbers are configuration, the rules stand in `targets`."""

    title: str
    version: str
    source: str
    grace_working_days: int = Field(ge=0)
    conditions: dict[str, str]
    exclusions: dict[str, str]


class Catalog(BaseModel):
    """Everything that was declared, valid as a whole.

    faults: what stands in the files and cannot be used, so that its last valid state does. still: the datasets whose
    own file that is, of which nothing is made until it is mended.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    departments: dict[str, Department]
    datasets: dict[DatasetId, Dataset]
    code_lists: dict[str, CodeList]
    measures: dict[str, MeasureDefinition]
    workdays: dict[date, bool]
    returns: tuple[ReturnRequest, ...] = ()
    registers: Registers = Registers()
    checks: dict[DatasetId, tuple[DeclaredCheck, ...]] = Field(default_factory=dict)
    offices: dict[str, tuple[Holder, ...]] = Field(default_factory=dict)
    faults: tuple[Problem, ...] = ()
    still: frozenset[DatasetId] = frozenset()

    def parents(self, identity: DatasetId) -> set[DatasetId]:
        """The other datasets that a dataset is held against, by its foreign keys or its declared rules."""
        named = {parent for parent, _ in self.datasets[identity].references().values()}
        told = (str(check.kwargs.get("reference", "")) for check in self.checks.get(identity, ()))
        named |= {DatasetId(*text.partition(".")[0].partition("/")[::2]) for text in told}
        return (named & self.datasets.keys()) - {identity}

    def title(self, department: str) -> str:
        known = self.departments.get(department)
        return known.title if known else department
