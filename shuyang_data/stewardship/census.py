"""普查: the tables of a department's database, held against the catalog, and drafted as entries for the officers.

Only the information schema is read, and the number of rows; no value leaves the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, inspect, quoted_name, text
from sqlalchemy import types as sql
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import SQLAlchemyError

from shuyang_data.catalog.codes import next_code
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.errors import Problem, SourceError, UsageError
from shuyang_data.reading.contract import same_heading

TYPES: tuple[tuple[type[Any], Type], ...] = (
    (sql.Boolean, Type.BOOLEAN), (sql.Integer, Type.INTEGER), (sql.Numeric, Type.DECIMAL),
    (sql.DateTime, Type.DATETIME), (sql.Date, Type.DATE),
)  # fmt: skip
ALIKE = 0.6
# Tables that a system keeps for itself.
INTERNAL = re.compile(r"^(?:sys_|tmp_|temp_|bak_|log_|qrtz_|act_|undo_)|(?:_log|_tmp|_bak|_history)$", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """One table as the information schema describes it. rows: None where nobody counts."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int | None


@dataclass(frozen=True)
class Column:
    name: str
    comment: str
    type: Type
    required: bool
    length: int | None


@dataclass(frozen=True)
class Surveyed:
    """dataset: the catalog's entry for the table; None is the gap. lacking: columns that the entry does not list."""

    table: Table
    dataset: Dataset | None
    lacking: tuple[str, ...] = ()
    internal: bool = False


def read_tables(url: str) -> list[Table]:
    """Every table of a database's default schema. Raises SourceError when it cannot be read; no password in it."""
    if not url:
        raise UsageError([Problem("SHUYANG_SOURCE_<来源>", "没有设置", "数据库地址", "在环境变量里写上")])
    try:
        engine = create_engine(url)
        try:
            inspector = inspect(engine)
            return [_table(engine, inspector, name) for name in sorted(inspector.get_table_names())]
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        # What a driver says may hold the address with its password: only the kind of fault is passed on.
        raise SourceError([Problem("数据库", f"读不到（{type(error).__name__}）", remedy="核对地址与权限")]) from None


def _table(engine: Engine, inspector: Inspector, name: str) -> Table:
    try:
        comment = inspector.get_table_comment(name).get("text") or ""
    except NotImplementedError:
        comment = ""
    columns = tuple(_column(column) for column in inspector.get_columns(name))
    key = tuple(inspector.get_pk_constraint(name).get("constrained_columns") or ())
    preparer = engine.dialect.identifier_preparer
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT count(*) FROM {preparer.quote(quoted_name(name, True))}")).scalar()
    return Table(name, comment, columns, key, rows)


def _column(column: Any) -> Column:
    kind = next((ours for theirs, ours in TYPES if isinstance(column["type"], theirs)), Type.TEXT)
    length = getattr(column["type"], "length", None) if kind is Type.TEXT else None
    return Column(column["name"], column.get("comment") or "", kind, not column.get("nullable", True), length)


def survey(tables: Iterable[Table], catalog: Catalog, department: str) -> list[Surveyed]:
    """Each table beside the department's entry that lists most of its columns."""
    mine = [dataset for dataset in catalog.datasets.values() if dataset.id.department == department]
    return [_surveyed(table, mine) for table in tables]


def _surveyed(table: Table, datasets: Sequence[Dataset]) -> Surveyed:
    names = {column.name: {same_heading(column.name), same_heading(column.comment)} - {""} for column in table.columns}
    best, listed = None, set[str]()
    for dataset in datasets:
        known = {same_heading(word) for c in dataset.columns for word in (c.name, c.title, *c.source)}
        found = {name for name, words in names.items() if words & known}
        if len(found) > len(listed):
            best, listed = dataset, found
    if best is None or len(listed) < ALIKE * min(len(table.columns), len(best.columns)):
        return Surveyed(table, None, internal=bool(INTERNAL.search(table.name)))
    return Surveyed(table, best, tuple(name for name in names if name not in listed))


def survey_rows(found: Iterable[Surveyed]) -> list[dict[str, Any]]:
    """One row a table, with the gap in words."""
    return [
        {
            "table": s.table.name, "comment": s.table.comment, "columns": len(s.table.columns), "rows": s.table.rows,
            "dataset": str(s.dataset.id) if s.dataset else None, "lacking": list(s.lacking), "internal": s.internal,
            "gap": _gap(s),
        }
        for s in found
    ]  # fmt: skip


def _gap(surveyed: Surveyed) -> str:
    if surveyed.dataset is None:
        return "系统内部表" if surveyed.internal else "没有编目"
    return f"目录缺信息项：{'、'.join(surveyed.lacking)}" if surveyed.lacking else ""


def drafts(found: Iterable[Surveyed], catalog: Catalog, department: str, system: str) -> dict[Entry, Body]:
    """A draft entry for every table of the gap; what only a person knows is left out, and has to be filled in."""
    bodies: dict[Entry, Body] = {}
    first = next_code(department, "部门信息资源", "公共服务", catalog)
    tree, _, serial = first.partition("/")
    for number, surveyed in enumerate(s for s in found if s.dataset is None and not s.internal):
        table = surveyed.table
        name = _ascii(table.name, f"table_{number + 1}")
        columns = [
            {"name": _ascii(c.name, f"column_{n}"), "title": c.comment or c.name, "type": c.type.value,
             "required": c.required or c.name in table.key, "max_length": c.length}
            for n, c in enumerate(table.columns, start=1)
        ]  # fmt: skip
        bodies["datasets", f"{department}/{name}"] = {
            "title": table.comment or table.name, "code": f"{tree}/{int(serial) + number:0{len(serial)}d}",
            "category": "部门信息资源", "system": system,
            "delivery": {"file": table.comment or table.name, "format": "csv"},
            "key": [_ascii(k, k) for k in table.key] or [columns[0]["name"]],
            "volume": {"records": table.rows} if table.rows is not None else {}, "columns": columns,
        }  # fmt: skip
    return bodies


def _ascii(text_: str, otherwise: str) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", text_.lower()).strip("_")
    return name if re.match(r"^[a-z][a-z0-9_]{0,62}$", name) else otherwise
