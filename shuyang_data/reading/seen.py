"""Damage that the reader sees decides, whatever the column declares: a cell that holds it is no value of any kind.

Told in a row's fault as `@reason:column;`, once for each such cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from shuyang_data.catalog.folding import foldings
from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.characters import half_width
from shuyang_data.records import Reason
from shuyang_data.standard.damaged import GARBLED, PRIVATE, SCIENTIFIC, SEEN_MARK, SEPARATOR

LOST = re.compile(GARBLED)
OWN = re.compile(PRIVATE)
EXPONENT = re.compile(SCIENTIFIC)
MARKED = re.compile("""^(?:="([^"]*)"|'(.*))$""")
# A first look at a whole row, or at the bytes of many: most hold nothing of the kind.
SUSPECT = re.compile(rf"{GARBLED}|{SEPARATOR}|{PRIVATE}|[0-9０-９][eEＥｅ][+＋0-9０-９]")
CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
# In UTF-8: the mark of a lost character, private ones, control characters, what a wrong code page left, exponents as
# spreadsheets and programs write them; each with bytes that have to be there at all, which are cheaper to look for.
SUSPECT_BYTES = {
    b"\xef": re.compile(rb"\xef(?:\xbf\xbd|[\x80-\xa3]|\xbc\xa5|\xbd\x85)"), b"\xc2": re.compile(rb"\xc2[\x80-\x9f]"),
    b"\xee": re.compile(rb"\xee"), b"+": re.compile(rb"\+(?<=[eE]\+)"), b".": re.compile(rb"\.[0-9]+[eE][0-9]"),
    b"\xf3": re.compile(rb"\xf3[\xb0-\xbf]"), b"\xf4": re.compile(rb"\xf4[\x80-\x8f]"),
    "锟".encode(): re.compile("锟斤".encode()), "烫".encode(): re.compile("烫烫".encode()),
    "屯".encode(): re.compile("屯屯".encode()),
}  # fmt: skip


def texts_of(dataset: Dataset) -> list[Column]:
    """The texts for which no rule of their own looks for exponents."""
    return [column for column in dataset.columns if not dataset.is_whole_or_nothing(column)]


def may_hold_damage(content: bytes) -> bool:
    """Whether UTF-8 text has to be looked at cell by cell."""
    if any(byte in content and form.search(content) for byte, form in SUSPECT_BYTES.items()):
        return True
    return len(content.translate(None, CONTROLS)) != len(content)


class Looking:
    """Looks at the cells of declared columns. private: rows with characters that mean something to few."""

    def __init__(self, dataset: Dataset, places: Mapping[str, int]) -> None:
        self._places = dict(places)
        self._texts = {column.name for column in texts_of(dataset)}
        self._folded = foldings(dataset)
        self.private: list[int] = []

    def fault(self, number: int, cells: Sequence[str], fault: str | None) -> str | None:
        """What was wrong with the row already, else what its cells show."""
        if fault is not None or not SUSPECT.search("\n".join(cells)):
            return fault
        told = ""
        for name, place in self._places.items():
            if LOST.search(cells[place]) or (SEPARATOR in cells[place] and name not in self._folded):
                told += f"{Reason.GARBLED}:{name};"
            elif name in self._texts and EXPONENT.match(_without_dress(cells[place])):
                told += f"{Reason.SCIENTIFIC}:{name};"
            elif OWN.search(cells[place]):
                self.private.append(number)
        return SEEN_MARK + told if told else None


def _without_dress(cell: str) -> str:
    """The text in half width, without a spreadsheet's marks of text."""
    text = half_width(cell).strip()
    return MARKED.sub(lambda found: found[1] or found[2], text)
