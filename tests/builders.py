"""Small builders for tests: a catalog of one dataset, an engine, a table of text, a county in a folder."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from shuyang_data.catalog.changes import EntryChange
from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog, CodeList, Column, Dataset, Department, Opening, Sharing
from shuyang_data.catalog.terms import Access, FileFormat, Frequency, Type
from shuyang_data.names import DatasetId
from shuyang_data.settings import REPOSITORY

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
COUNTY_CATALOG = REPOSITORY / "catalog"


def a_column(name: str, kind: Type = Type.TEXT, **more: Any) -> Column:
    return Column(**{"name": name, "title": name, "type": kind, "grade": 1} | more)


def a_dataset(
    *columns: Column, key: tuple[str, ...] = ("code",), path: str = "civil_affairs/thing", **more: Any
) -> Dataset:
    fields: dict[str, Any] = {
        "id": DatasetId.parse(path), "title": "测试数据", "abstract": "只用于测试", "code": "307001/1",
        "category": "部门信息资源", "theme": "公共服务", "owner": "科", "system": "s", "frequency": Frequency.MONTHLY,
        "approved_on": date(2026, 1, 5), "approval": "文号", "sharing": Sharing(access=Access.UNCONDITIONAL),
        "opening": Opening(access=Access.UNCONDITIONAL), "delivery": Delivery(file="测试数据", format=FileFormat.CSV),
        "key": key, "columns": columns or (a_column("code", required=True),),
    }  # fmt: skip
    return Dataset(**fields | more)


def a_catalog(*datasets: Dataset, **code_lists: list[str]) -> Catalog:
    department = Department(title="某局", credit_code="1" * 18, chief_data_officer="首席数据官", data_steward="专员")
    lists = {name: CodeList(name=name, title=name, names={c: c for c in codes}) for name, codes in code_lists.items()}
    return Catalog(
        departments={d.id.department: department for d in datasets}, datasets={d.id: d for d in datasets},
        code_lists=lists, measures=load_catalog(COUNTY_CATALOG).measures, workdays={},
    )  # fmt: skip


def write_csv(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def a_change(**more: Any) -> EntryChange:
    fields: dict[str, Any] = {
        "id": "BG2026-0001-0001", "batch": "BG2026-0001", "kind": "datasets", "name": "a/b", "before": None,
        "after": {"title": "新"}, "author": "甲", "reason": "理由", "submitted_on": TODAY,
    }  # fmt: skip
    return EntryChange(**fields | more)
