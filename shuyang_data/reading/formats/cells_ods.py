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
from shuyang_data.reading.formats.shown_numbers import Shown
from shuyang_data.reading.grid import Place
from shuyang_data.standard.damaged import FAILED, NO_RESULT

CONTENT = "content.xml"
# A cell that repeats over more places than this is looked at no further.
FURTHEST = 1 << 16
# A number as it is, if need be with its thousands parted or its currency; a number with a unit.
NUMBER = re.compile(r"[¥￥$€]? ?[-+(]?(?:0|[1-9][\d,]*)?(?:\.\d+)?(?:E[-+]?\d+)?\)?", re.IGNORECASE)
UNIT = re.compile(r"[-+]?[\d,]+(?:\.\d+)?[^\d.,%E+-]+")
SPACES = {"tab": "\t", "line-break": "\n", "s": " "}


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
    text, formula, kind = _text(cell), _attribute(cell, "formula"), _attribute(cell, "value-type")
    down, across = _times(cell, "number-rows-spanned"), _times(cell, "number-columns-spanned")
    if down > 1 or across > 1:
        overlooked.merged.append((*place, place[0] + down - 1, place[1] + across - 1))
    if "error" in (v for n, v in cell.attrib.items() if n.endswith("}value-type")):
        overlooked.lost[place] = text if text.startswith("#") else f"{NO_RESULT}={text}"
    elif re.match(FAILED, text):
        overlooked.instead[place] = text
    elif kind in ("percentage", "time") and text:
        overlooked.shown.texts[place] = text
    elif kind == "float" and text:
        _sort_number(place, text, overlooked.shown)
    elif formula and not text and _attribute(cell, "value") == "" and kind != "string":
        overlooked.lost[place] = f"{NO_RESULT}{formula.partition(':')[2]}"
    elif kind == "string" and _is_composed(cell):
        overlooked.instead[place] = text


def _sort_number(place: Place, text: str, shown: Shown) -> None:
    """A number that is shown as more than itself: what is shown, unless that is a unit behind it."""
    if UNIT.fullmatch(text):
        shown.units += 1
    elif not NUMBER.fullmatch(text):
        shown.texts[place] = text


def _is_composed(cell: Element) -> bool:
    """Whether its text has tabs, breaks or several paragraphs, which the reader leaves out."""
    inner = [element for part in cell for element in part.iter()]
    return sum(_tag(part) == "p" for part in cell) > 1 or any(_tag(each) in SPACES for each in inner)


def _text(cell: Element) -> str:
    """What a cell shows, its paragraphs as lines."""
    return "\n".join("".join(_pieces(part)) for part in cell if _tag(part) == "p")


def _pieces(element: Element) -> Iterator[str]:
    yield SPACES.get(_tag(element), "") * _times(element, "c")
    yield element.text or ""
    for child in element:
        if _tag(child) != "annotation":
            yield from _pieces(child)
        yield child.tail or ""


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
