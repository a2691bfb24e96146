"""Where a dataset comes from: how it is fetched, and whose data it is (本级, 上级回流, 社会)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.terms import PagingStyle


class DatabasePull(Strict):
    """Read a department's database. source: the URL stands in `SHUYANG_SOURCE_<source>`, never in the catalog.

    watermark: a column that only grows; a pull takes what is not older than the last one's maximum less `overlap`
    (seconds of a time, units of a number).
    """

    kind: Literal["database"]
    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    table: str | None = None
    query: str | None = None
    watermark: str | None = None
    overlap: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def one_of_both(self) -> DatabasePull:
        if (self.table is None) == (self.query is None):
            raise ValueError("table 与 query 要写一个，也只写一个")
        return self


class Paging(Strict):
    """How an interface hands out its records. next: dotted path of the next cursor in the answer.

    style link: the next page is the answer's `Link: <…>; rel="next"` header.
    """

    style: PagingStyle
    parameter: str = "page"
    size_parameter: str = "size"
    size: int = Field(default=500, ge=1, le=100_000)
    first: int = 1
    next: str = ""


class HttpPull(Strict):
    """Call a department's interface. source: the base address stands in `SHUYANG_SOURCE_<source>`, a bearer token in
    `SHUYANG_SOURCE_<source>_TOKEN`. records: dotted path of the records in the answer, to know when a page is empty.
    """

    kind: Literal["http"]
    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    path: str = ""
    format: Literal["json", "csv"] = "json"
    records: str = ""
    paging: Paging | None = None
    per_second: float = Field(default=5, gt=0)
    timeout: float = Field(default=30, gt=0)


class CountyOrigin(Strict):
    """本级汇聚: collected by the county's own departments."""

    kind: Literal["county"] = "county"


class UpperOrigin(Strict):
    """上级回流: returned by an upper level on request. request: number in `returns.yaml`."""

    kind: Literal["upper"]
    provider: str = Field(min_length=1)
    request: str = Field(min_length=1)


class SocietyOrigin(Strict):
    """社会数据: from a company under a contract that says what the county may do with it, and until when."""

    kind: Literal["society"]
    provider: str = Field(min_length=1)
    contract: str = Field(min_length=1)
    permitted: tuple[Literal["share", "open"], ...] = ()
    purpose: str = Field(min_length=1)
    until: date | None = None


Origin = CountyOrigin | UpperOrigin | SocietyOrigin


class ReturnRequest(Strict):
    """回流申请: what was asked of an upper level. datasets: what is to come of it; rows: what was promised of each."""

    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    provider: str = Field(min_length=1)
    requested_on: date
    due_on: date | None = None
    datasets: tuple[str, ...] = Field(min_length=1)
    columns: tuple[str, ...] = ()
    rows: dict[str, int] = Field(default_factory=dict)


class ReturnRegister(Strict):
    """What stands in `catalog/returns.yaml`."""

    requests: tuple[ReturnRequest, ...] = ()
