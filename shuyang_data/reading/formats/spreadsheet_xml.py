"""Excel's XML workbook of 2003: sheets as grids, their cells as the formats show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from xml.etree.ElementTree import Element

from shuyang_data.reading.formats.shown_numbers import Shown, shown_numbers, shows_more
from shuyang_data.reading.formats.workbook import HIDDEN, cell_text
from shuyang_data.reading.grid import Aside, Grid, Place, Range, filled, make_grid
from shuyang_data.standard.damaged import NO_RESULT

EXCEL = "{urn:schemas-microsoft-com:office:excel}"
SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
WORKBOOK = f"{SPACE}Workbook"
FURTHEST = 1 << 20
BOOLEANS = {"1": "是", "0": "否"}
BUILT_IN = {"Percent": "0.00%", "Short Time": "h:mm", "Long Time": "h:mm:ss AM/PM", "Medium Time": "h:mm AM/PM"}
EPOCH, FIRST_DAY, LEAP_DAY = datetime(1899, 12, 30), datetime(1900, 1, 1), 60
Formats = Mapping[str, str]


def read_spreadsheet(root: Element) -> Iterator[Grid | Aside]:
    """One grid for every sheet that is not hidden; ValueError when a cell claims a place beyond any sheet."""
    formats = _formats(root)
    for sheet in root.iter(f"{SPACE}Worksheet"):
        rows: list[list[str]] = []
        merged: list[Range] = []
        shown = Shown()
        for row in sheet.iter(f"{SPACE}Row"):
            while len(rows) < _index(row, len(rows)):
                rows.append([])
            rows.append(_cells(row, len(rows), merged, formats, shown))
        grid = make_grid(rows, sheet.get(f"{SPACE}Name", ""), merged)
        if sheet.findtext(f"{EXCEL}WorksheetOptions/{EXCEL}Visible", "").startswith("Sheet"):
            yield Aside(grid.name, HIDDEN, rows=sum(filled(row) > 0 for row in grid.rows))
            continue
        yield replace(grid, notes=shown.notes)


def _formats(root: Element) -> dict[str, str]:
    """Style → its number format, of those that show more than the value."""
    found: dict[str, str] = {}
    for style in root.iter(f"{SPACE}Style"):
        inherited = found.get(style.get(f"{SPACE}Parent", ""), "")
        number = style.find(f"{SPACE}NumberFormat")
        code = inherited if number is None else number.get(f"{SPACE}Format", "")
        found[style.get(f"{SPACE}ID", "")] = BUILT_IN.get(code, code)
    return {style: code for style, code in found.items() if shows_more(code)}


def _index(element: Element, following: int) -> int:
    index = int(element.get(f"{SPACE}Index", following + 1)) - 1
    if not following <= index < FURTHEST:
        raise ValueError(f"ss:Index {index + 1}")
    return index


def _cells(row: Element, number: int, merged: list[Range], formats: Formats, shown: Shown) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{SPACE}Cell"):
        cells += [""] * (_index(cell, len(cells)) - len(cells))
        left = len(cells)
        style = cell.get(f"{SPACE}StyleID") or row.get(f"{SPACE}StyleID") or ""
        cells.append(_text(cell, (number, left), formats.get(style, ""), shown))
        across, down = int(cell.get(f"{SPACE}MergeAcross", 0)), int(cell.get(f"{SPACE}MergeDown", 0))
        if not 0 <= across < FURTHEST:
            raise ValueError(f"ss:MergeAcross {across}")
        cells += [""] * across
        if across or down:
            merged.append((number, left, number + down, left + across))
    return cells


def _text(cell: Element, place: Place, code: str, shown: Shown) -> str:
    """What a cell shows; a formula without a result by what stands for it."""
    data = cell.find(f"{SPACE}Data")
    text = "" if data is None else "".join(data.itertext())
    kind = "" if data is None else data.get(f"{SPACE}Type", "")
    formula = cell.get(f"{SPACE}Formula")
    if formula is not None and not text and kind != "String":
        return f"{NO_RESULT}{formula}"
    if kind == "Boolean":
        return BOOLEANS.get(text, text)
    if kind == "DateTime":
        moment = datetime.fromisoformat(text)
        # The day before the first one stands for no day.
        text = cell_text(moment if moment >= FIRST_DAY else moment.time())
    number = _number(data.text or "", kind) if code and data is not None else None
    if number is not None:
        shown.add(shown_numbers([(place, 0, number)], {0: code}))
    return shown.texts.get(place, text)


def _number(text: str, kind: str) -> float | None:
    """The number behind a cell's text; a spreadsheet counts a day more from 1900-03-01 on (18.17.4.1)."""
    if kind != "DateTime":
        return float(text) if kind == "Number" else None
    days = (datetime.fromisoformat(text) - EPOCH).total_seconds() / 86_400
    return days if days > LEAP_DAY else days - 1
