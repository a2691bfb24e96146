"""Cells of an OpenDocument sheet that show an error, or more than their value: the reader hands over the bare value.

OpenDocument 1.3, part 3, 9.1 (tables, repeated rows and cells) and 19.385 (value types).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from itertools import islice, product
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from shuyang_data.reading.formats.overlooked import Overlooked
from shuyang_data.reading.grid import Place
from shuyang_data.standard.damaged import NO_RESULT

CONTENT = "content.xml"
# A cell that repeats over more places than this is looked at no further.
FURTHEST = 1 << 16
# A number as a code: zeros in front, hyphens between, a prefix before zeros; a number with a unit.
CODED = re.compile(r"(?:\D*[^\d.,+-])?0\d[\d-]*|\D*\d+(?:-\d+)+")
UNIT = re.compile(r"[-+]?[\d,]+(?:\.\d+)?[^\d.,%E+-]+")


def cells_of_ods(container: zipfile.ZipFile, sheets: Collection[str]) -> dict[str, Overlooked]:
    """Sheet name → what the reader overlooks."""
    found = {}
    for table in ElementTree.fromstring(container.read(CONTENT)).iter():
        name = _attribute(table, "name") if _tag(table) == "table" else ""
        if name in sheets:
            found[name] = Overlooked()
            for place, cell in _cells(table):
                _sort(place, cell, found[name])
    return found


def _sort(place: Place, cell: Element, overlooked: Overlooked) -> None:
    text = "".join("".join(part.itertext()) for part in cell if _tag(part) == "p")
    formula, kind = _attribute(cell, "formula"), _attribute(cell, "value-type")
    if (kind == "percentage" and text.endswith("%")) or (kind == "float" and CODED.fullmatch(text)):
        overlooked.shown[place] = text
    elif kind == "float" and UNIT.fullmatch(text):
        overlooked.units += 1
    elif "error" in (v for n, v in cell.attrib.items() if n.endswith("}value-type")):
        overlooked.lost[place] = text if text.startswith("#") else f"{NO_RESULT}={text}"
    elif formula and not text and _attribute(cell, "value") == "" and kind != "string":
        overlooked.lost[place] = f"{NO_RESULT}{formula.partition(':')[2]}"


def _cells(table: Element) -> Iterator[tuple[Place, Element]]:
    row = 0
    for line in (element for element in table.iter() if _tag(element) == "table-row"):
        column, repeated = 0, _times(line, "number-rows-repeated")
        for cell in (child for child in line if _tag(child) in ("table-cell", "covered-table-cell")):
            times = _times(cell, "number-columns-repeated")
            if len(cell) or _attribute(cell, "formula"):
                for place in islice(product(range(row, row + repeated), range(column, column + times)), FURTHEST):
                    yield place, cell
            column += times
        row += repeated


def _times(element: Element, name: str) -> int:
    text = _attribute(element, name)
    return int(text) if text.isdigit() else 1


def _attribute(element: Element, name: str) -> str:
    """An attribute of the format's own; the one of the same name that a program added is another."""
    return next((v for n, v in element.attrib.items() if n.endswith(f"}}{name}") and "calcext" not in n), "")


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]
