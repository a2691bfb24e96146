"""What was found in a delivery and what became of it, part by part: nothing that came in goes without a word.

A part is a file, a member of an archive, a sheet or a table. Of each: the rows that are data, the rows that are none
and why, or why the part as a whole was left out or could not be used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shuyang_data.errors import AccountingError, Problem
from shuyang_data.words import Word

SHOWN = 10
# What stands above the data of every table, and needs no word.
HEADER, TITLE = "表头", "标题"


class Fate(Word):
    """What became of a part."""

    DATA = "data", "作为数据"
    LEFT_OUT = "left_out", "未采用"
    UNUSABLE = "unusable", "用不了"


@dataclass(frozen=True)
class LeftOut:
    """Rows that are no data. first: the numbers of the first ones."""

    why: str
    rows: int
    first: tuple[int, ...] = ()

    def __str__(self) -> str:
        more = "…" if self.rows > len(self.first) else ""
        where = f"（第 {'、'.join(map(str, self.first))}{more} 行）" if self.first else ""
        return f"{self.why} {self.rows} 行{where}"


@dataclass(frozen=True)
class Entry:
    """One part. place: its names from the outside in; rows: of data; why: it is no data.

    start: what its own row numbers are counted on from in the delivery. notes: what was done to its cells.
    """

    place: str
    fate: Fate
    rows: int = 0
    left_out: tuple[LeftOut, ...] = ()
    why: str = ""
    start: int = 0
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """Rows that stand in the part."""
        return self.rows + sum(each.rows for each in self.left_out)

    @property
    def around(self) -> list[str]:
        """What was left out of it, and what was done to its cells."""
        return [*map(str, self.left_out), *self.notes]

    def __str__(self) -> str:
        said = [f"{self.rows:,} 行数据"] if self.fate is Fate.DATA else [self.fate.label, self.why]
        if self.fate is not Fate.DATA and self.rows:
            said.append(f"{self.rows:,} 行")
        said += [f"行号从 {self.start} 接着数"] if self.start else []
        return f"{self.place}：{'；'.join([*filter(None, said), *self.around])}"


Ledger = tuple[Entry, ...]


@dataclass
class Tally:
    """Counts one part while it is read."""

    place: str
    start: int = 0
    _rows: dict[str, int] = field(default_factory=dict)
    _first: dict[str, list[int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def leave_out(self, number: int, why: str) -> None:
        self._rows[why] = self._rows.get(why, 0) + 1
        first = self._first.setdefault(why, [])
        if len(first) < SHOWN:
            first.append(number)

    def entry(self, rows: int, found: int) -> Entry:
        """The part as it was read; AccountingError when rows of data and rows left out are not all that was found."""
        left_out = tuple(LeftOut(why, count, tuple(self._first[why])) for why, count in self._rows.items())
        entry = Entry(self.place, Fate.DATA, rows, left_out, start=self.start, notes=tuple(self.notes))
        if entry.found != found:
            raise AccountingError([Problem(self.place, f"数据与未作数据的行共 {entry.found} 行", f"{found} 行")])
        return entry


def data_rows(ledger: Sequence[Entry]) -> int:
    """Rows of data in a delivery."""
    return sum(entry.rows for entry in ledger if entry.fate is Fate.DATA)


def told(ledger: Sequence[Entry]) -> list[str]:
    """What a person has to know of a delivery beside its rows of data."""
    apart = [str(entry) for entry in ledger if entry.fate is not Fate.DATA]
    rows: dict[str, int] = {}
    for entry in ledger:
        for each in entry.left_out if entry.fate is Fate.DATA else ():
            rows[each.why] = rows.get(each.why, 0) + each.rows
    noted = "、".join(f"{why} {count}" for why, count in rows.items() if why not in (HEADER, TITLE))
    notes = [f"{entry.place}：{note}" for entry in ledger for note in entry.notes]
    return [*([f"不是数据的行：{noted}"] if noted else []), *apart, *notes]
