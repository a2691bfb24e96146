"""Bodies → rows of the officers' workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.catalog.workbook.fields import get_path
from shuyang_data.catalog.workbook.sheets import SHEETS, Sheet

Row = list[Any]


def sheet_rows(bodies: Mapping[Entry, Body], department: str = "") -> dict[str, list[Row]]:
    """Register → its rows, one cell a field of the sheet; department: only what belongs to it."""
    return {sheet.name: [_cells(sheet, keyed) for keyed in _entries(sheet, bodies, department)] for sheet in SHEETS}


def _cells(sheet: Sheet, body: Mapping[str, Any]) -> Row:
    return [field.to_cell(get_path(body, field.path)) for field in sheet.all]


def _entries(sheet: Sheet, bodies: Mapping[Entry, Body], department: str) -> Iterator[Body]:
    """The bodies of a sheet, each with what identifies it."""
    register = "datasets" if sheet.name == "columns" else sheet.name
    for (kind, name), body in bodies.items():
        if kind != register or not _belongs(kind, name, body, department):
            continue
        if register == "datasets":
            owner, _, dataset = name.partition("/")
            keyed = {"department": owner, "dataset": dataset}
            parts: Iterable[Body] = body["columns"] if sheet.name == "columns" else [body]
            for part in parts:
                yield {**part, **keyed}
        else:
            yield {**body, "id": name}


def _belongs(kind: str, name: str, body: Body, department: str) -> bool:
    if not department or kind == "elements":
        return True
    owner = {"departments": name, "datasets": name.partition("/")[0]}.get(kind, body.get("department"))
    return owner == department
