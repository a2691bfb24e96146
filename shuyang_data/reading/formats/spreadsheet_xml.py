"""Excel's XML workbook of 2003: sheets as grids."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from shuyang_data.reading.grid import Grid, Range, make_grid

SPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
WORKBOOK = f"{SPACE}Workbook"
FURTHEST = 1 << 20


def read_spreadsheet(root: Element) -> Iterator[Grid]:
    """One grid for every sheet; ValueError when a cell claims a place beyond any sheet."""
    for sheet in root.iter(f"{SPACE}Worksheet"):
        rows: list[list[str]] = []
        merged: list[Range] = []
        for row in sheet.iter(f"{SPACE}Row"):
            while len(rows) < _index(row, len(rows)):
                rows.append([])
            rows.append(_cells(row, len(rows), merged))
        yield make_grid(rows, sheet.get(f"{SPACE}Name", ""), merged)


def _index(element: Element, following: int) -> int:
    index = int(element.get(f"{SPACE}Index", following + 1)) - 1
    if not following <= index < FURTHEST:
        raise ValueError(f"ss:Index {index + 1}")
    return index


def _cells(row: Element, number: int, merged: list[Range]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{SPACE}Cell"):
        cells += [""] * (_index(cell, len(cells)) - len(cells))
        data = cell.find(f"{SPACE}Data")
        left = len(cells)
        cells.append("" if data is None else "".join(data.itertext()))
        across, down = int(cell.get(f"{SPACE}MergeAcross", 0)), int(cell.get(f"{SPACE}MergeDown", 0))
        if not 0 <= across < FURTHEST:
            raise ValueError(f"ss:MergeAcross {across}")
        cells += [""] * across
        if across or down:
            merged.append((number, left, number + down, left + across))
    return cells
