"""Rows of a filled workbook → bodies, with every cell that cannot be read.

What the workbook has no column for (how a dataset is pulled, the materials of a service item) stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.catalog.workbook.fields import CellError, Field, put_path
from shuyang_data.catalog.workbook.sheets import SHEETS, Sheet
from shuyang_data.names import SEGMENT


@dataclass(frozen=True)
class Cell:
    """A place in the workbook, 1-based; column 0 stands for the whole row."""

    sheet: str
    row: int
    column: int

    def __str__(self) -> str:
        return f"{self.sheet} 第 {self.row} 行" + (f"第 {self.column} 列" if self.column else "")


@dataclass(frozen=True)
class CellProblem:
    """One wrong cell. cell: None for what belongs to no cell."""

    cell: Cell | None
    found: str
    expected: str = ""

    def __str__(self) -> str:
        where = f"{self.cell}：" if self.cell else ""
        return f"{where}{self.found}" + (f"；应为 {self.expected}" if self.expected else "")


@dataclass(frozen=True)
class FilledRow:
    """number: 1-based; cells: field path → (1-based column, text). sheet: its name where that is not ours."""

    number: int
    cells: Mapping[str, tuple[int, str]]
    sheet: str = ""

    def text(self, path: str) -> str:
        return self.cells.get(path, (0, ""))[1].strip()

    def at(self, sheet: Sheet, column: int = 0) -> Cell:
        return Cell(self.sheet or sheet.title, self.number, column)


Filled = Mapping[str, Sequence[FilledRow]]


@dataclass
class Parsed:
    """bodies: what the workbook says; places: where each entry stands, and each of its fields by dotted path."""

    bodies: dict[Entry, Body] = field(default_factory=dict)
    places: dict[Entry, dict[str, Cell]] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)


def parse_workbook(filled: Filled, before: Mapping[Entry, Body], departments: Mapping[str, str]) -> Parsed:
    """Read the rows over the bodies as they are; departments: title → identity."""
    parsed = Parsed()
    for sheet in SHEETS:
        if sheet.name != "columns":
            for row in filled.get(sheet.name, ()):
                _read_entry(sheet, row, before, departments, parsed)
    if "columns" in filled:
        for (kind, _), body in parsed.bodies.items():
            if kind == "datasets":
                body["columns"] = []
    columns = next(sheet for sheet in SHEETS if sheet.name == "columns")
    for row in filled.get("columns", ()):
        _read_column(columns, row, before, departments, parsed)
    return parsed


def _read_entry(
    sheet: Sheet, row: FilledRow, before: Mapping[Entry, Body], departments: Mapping[str, str], parsed: Parsed
) -> None:
    name = _identity(sheet, row, departments, parsed)
    if name is None:
        return
    entry = (sheet.name, name)
    if entry in parsed.bodies:
        parsed.problems.append(CellProblem(row.at(sheet, 1), f"{name} 写了两次", "一行一个条目"))
        return
    body = copy.deepcopy(before.get(entry, {}))
    places = {"": row.at(sheet)}
    _fill(sheet, sheet.fields, row, body, "", places, departments, parsed)
    parsed.bodies[entry], parsed.places[entry] = body, places


def _read_column(
    sheet: Sheet, row: FilledRow, before: Mapping[Entry, Body], departments: Mapping[str, str], parsed: Parsed
) -> None:
    name = _identity(sheet, row, departments, parsed)
    if name is None:
        return
    entry = ("datasets", name)
    if entry not in parsed.bodies:
        found = CellProblem(row.at(sheet, 1), f"目录清单里没有 {name}", "目录清单里的数据集")
        parsed.problems.append(found)
        return
    columns = parsed.bodies[entry]["columns"]
    known = {c["name"]: c for c in before.get(entry, {}).get("columns", ())}
    body = copy.deepcopy(known.get(row.text("name"), {})) | {"name": row.text("name")}
    prefix = f"columns.{len(columns)}."
    places = parsed.places[entry]
    places[prefix.rstrip(".")] = row.at(sheet)
    places[f"{prefix}name"] = row.at(sheet, row.cells["name"][0])
    places.setdefault(f"column {row.text('name')}", row.at(sheet, row.cells["name"][0]))
    _fill(sheet, sheet.fields, row, body, prefix, places, departments, parsed)
    columns.append(body)


def _identity(sheet: Sheet, row: FilledRow, departments: Mapping[str, str], parsed: Parsed) -> str | None:
    """The row's identity; None, with a problem, when it has none that can be one."""
    found = []
    for key in sheet.keys:
        column, text = row.cells.get(key.path, (0, ""))
        text = departments.get(text.strip(), text.strip()) if key.path == "department" else text.strip()
        if not SEGMENT.match(text):
            wrong = f"{key.title}写的是“{text}”" if text else f"没有{key.title}"
            parsed.problems.append(CellProblem(row.at(sheet, column), wrong, key.note or "已登记的编号"))
            return None
        found.append(text)
    return "/".join(found[:2])


def _fill(
    sheet: Sheet, fields: Sequence[Field], row: FilledRow, body: dict[str, Any], prefix: str,
    places: dict[str, Cell], departments: Mapping[str, str], parsed: Parsed,
) -> None:  # fmt: skip
    """Put the row's cells into the body; a column that the sheet does not have leaves what is there."""
    for item in fields:
        if item.path not in row.cells:
            continue
        column, text = row.cells[item.path]
        cell = row.at(sheet, column)
        places[prefix + item.path] = cell
        try:
            value = item.from_cell(text)
        except CellError as error:
            parsed.problems.append(CellProblem(cell, error.found, error.expected))
            continue
        if item.path == "department" and value is not None:
            value = departments.get(value, value)
        if value is None and item.required:
            parsed.problems.append(CellProblem(cell, f"没有填{item.title}", item.note or "必填"))
        put_path(body, item.path, value)
