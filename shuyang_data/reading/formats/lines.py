"""Lines of a delimited text → rows, also where quotes do not match, stand alone or were never escaped.

A line that keeps to the rules costs one split. For one that does not, every way to read its quotes is weighed, and the
one that gives the width of the other rows with the fewest stray quotes is taken; a stray quote stays in its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from sys import getrecursionlimit

from shuyang_data.reading.formats.dialect import DELIMITERS, Dialect, split_strictly

JOINED_LINES = 400
JOINED_CHARACTERS = 1 << 20
QUOTES_WEIGHED = 60
CELLS_WEIGHED = getrecursionlimit() // 3
# What a reading costs: a wrong width most, a cell that begins with a quote that never ends, then quotes inside a cell.
WRONG_WIDTH, STRAY_START, STRAY_INSIDE, HIDDEN_CELL = 100, 6, 2, 5

Cells = tuple[str, ...]


def read_rows(lines: Sequence[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """(index of the first line, cells) of every row."""
    i = 0
    while i < len(lines):
        cells = split_strictly(lines[i], dialect)
        if cells is not None and (len(cells) >= dialect.width or not _is_odd(lines[i], dialect)):
            yield i, cells
            i += 1
            continue
        joined = _joined(lines, i, dialect)
        if joined is not None:
            yield i, joined[0]
            i = joined[1]
        else:
            weighed = weigh(lines[i], dialect)
            yield i, weighed if cells is None or len(weighed) == dialect.width else cells
            i += 1


def _is_odd(line: str, dialect: Dialect) -> bool:
    """Whether a line of another width may only have been read wrong: it has quotes, or no delimiter at all."""
    return dialect.quote in line or dialect.delimiter not in line


def _joined(lines: Sequence[str], first: int, dialect: Dialect) -> tuple[list[str], int] | None:
    """A row whose quoted cell goes on over several lines, and the index after it; None when there is no such row.

    Where a following line is a whole row by itself, the quote before it is a stray one.
    """
    if lines[first].count(dialect.quote) % 2 == 0 and not dialect.escaped:
        return None
    text = lines[first]
    for i in range(first + 1, min(len(lines), first + JOINED_LINES)):
        alone = split_strictly(lines[i], dialect)
        if alone is not None and len(alone) == dialect.width and dialect.width > 1:
            return None
        text += "\n" + lines[i]
        if len(text) > JOINED_CHARACTERS:
            return None
        if dialect.quote not in lines[i]:
            continue
        cells = split_strictly(text, dialect)
        if cells is not None:
            return (cells, i + 1) if len(cells) == dialect.width else None
    return None


def weigh(line: str, dialect: Dialect) -> list[str]:
    """The likeliest cells of one line that breaks the rules."""
    if line.count(dialect.quote) > QUOTES_WEIGHED or line.count(dialect.delimiter) > CELLS_WEIGHED:
        return line.split(dialect.delimiter)
    cost, cells = _Weighing(line, dialect).best()
    if cost >= WRONG_WIDTH:
        for delimiter in DELIMITERS.replace(dialect.delimiter, ""):
            other = split_strictly(line, Dialect(delimiter, dialect.quote))
            if other is not None and len(other) == dialect.width > 1:
                return other
    return list(cells)


class _Weighing:
    """Every way to read the quotes of one line."""

    def __init__(self, line: str, dialect: Dialect) -> None:
        self._line, self._dialect = line, dialect
        self._from = cache(self._reading)

    def best(self) -> tuple[int, Cells]:
        return self._from(0, self._dialect.width)

    def _reading(self, start: int, wanted: int) -> tuple[int, Cells]:
        """(cost, cells) of the line from `start`, of which `wanted` cells are still expected."""
        found: list[tuple[int, Cells]] = []
        for cost, cell, end in self._cells(start):
            if end >= len(self._line):
                found.append((cost + WRONG_WIDTH * abs(wanted - 1), (cell,)))
            else:
                rest, cells = self._from(end + 1, wanted - 1) if wanted > -2 else self._plainly(end + 1)
                found.append((cost + rest, (cell, *cells)))
        return min(found, key=lambda reading: reading[0])

    def _plainly(self, start: int) -> tuple[int, Cells]:
        """Far too many cells already: no need to weigh the rest."""
        cells = tuple(self._line[start:].split(self._dialect.delimiter))
        return WRONG_WIDTH * (len(cells) + 2), cells

    def _cells(self, start: int) -> Iterator[tuple[int, str, int]]:
        """(cost, cell, index of the delimiter after it) of every way to read the next cell."""
        line, quote, mark = self._line, self._dialect.quote, self._dialect.delimiter
        begin = start
        while self._dialect.padded and line[begin : begin + 1] == " ":
            begin += 1
        end = line.find(mark, begin)
        end = len(line) if end < 0 else end
        bare = line[begin:end]
        yield (STRAY_START if bare.startswith(quote) else STRAY_INSIDE * bare.count(quote)), bare, end
        if line[begin : begin + 1] != quote:
            return
        closing = line.find(quote, begin + 1)
        while closing >= 0:
            if closing + 1 == len(line) or line.startswith(mark, closing + 1):
                inside = line[begin + 1 : closing]
                stray = (
                    inside.replace(quote * 2, "").count(quote)
                    + (inside.replace(quote * 2, "x") + "x").count(mark + quote) * HIDDEN_CELL
                )
                yield STRAY_INSIDE * stray, inside.replace(quote * 2, quote), closing + 1
            closing = line.find(quote, closing + 1)
