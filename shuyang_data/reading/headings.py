"""Where a table's header stands in a grid, and one name per column from a header of one or several rows.

A header is what does not look like the rows below it: columns that hold numbers, dates or codes further down hold words
in the header. A row of years is a header although it holds numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shuyang_data.reading.cells import DATA_KINDS, Kind, blank, is_period, is_year, kind_of, squash
from shuyang_data.reading.grid import Grid, filled

SAMPLE = 400
TYPED_SHARE = 0.6
# Digits that no small number has: of a year or a code, under a row that numbers the columns.
LONG, STEMS = 4, "甲乙丙丁"
UNIT = re.compile(r"[（(\[【].{1,10}[)）\]】]|单位[:：].{1,10}")
HEADER_ROWS = 10
CAPTION = re.compile(
    r"^(?:[（(].*[）)]|表\s*[\d一二三四五六七八九十].*|续表.*|附[件表].*|.{0,12}[:：].*|\d{4}年.*)$", re.DOTALL
)
NAMING = re.compile(
    "地区|区域|指标|项目|名称|类别|分类|行业|单位|部门|年份|年度|季度|月份|日期|时间|城市|国家|省|市县|县区|区县|乡镇|品种|产品|科目|性别|年龄|代码|编号|序号|"
    "area|region|item|name|date|year|indicator|city|country",
    re.IGNORECASE,
)
ORDINAL = re.compile("^[（(]?[一二三四五六七八九十]+[、）)]")
WORDS, LATIN, DIGITS = re.compile(r"[\u3400-\u9fff]+"), re.compile("[A-Za-z]+"), re.compile("[0-9]+")


@dataclass(frozen=True)
class Heading:
    """rows: indexes of the header rows in the grid; start: the first data row; typed: columns of data kinds."""

    rows: tuple[int, ...]
    start: int
    typed: frozenset[int]


class Body:
    """What the rows below a header look like, from the last third of the first few hundred."""

    def __init__(self, grid: Grid, first: int) -> None:
        counts = [filled(row) for row in grid.rows]
        enough = 1 if grid.width == 1 else 2
        likely = [i for i in range(first, len(counts)) if counts[i] >= enough][:SAMPLE]
        full = sorted(counts[i] for i in likely)[len(likely) // 2] if likely else 0
        likely = [i for i in likely if counts[i] >= 0.4 * full]
        self._rows = [grid.rows[i] for i in likely]
        self._sample = [grid.rows[i] for i in likely[-max(1, len(likely) // 3) :]] if len(likely) > 1 else []
        self.typed = frozenset(j for j in range(grid.width) if self._is_typed(j))
        self._forms: dict[int, tuple[frozenset[str], int]] = {}

    def _is_typed(self, column: int) -> bool:
        kinds = [kind for row in self._sample if (kind := kind_of(row[column])) is not Kind.BLANK]
        return bool(kinds) and sum(kind in DATA_KINDS for kind in kinds) >= TYPED_SHARE * len(kinds)

    def conforms(self, row: Sequence[str]) -> bool | None:
        """Whether the row looks like those below; None when it has nothing in the columns that tell."""
        kinds = [kind for j in self.typed if j < len(row) and (kind := kind_of(row[j])) is not Kind.BLANK]
        if not kinds:
            return None
        if self._is_row_of_years(row):
            return False
        return sum(kind in DATA_KINDS for kind in kinds) >= 0.5 * len(kinds)

    def tells(self, row: Sequence[str]) -> int:
        """How many cells of the row stand in columns of data kinds."""
        return sum(not blank(row[j]) for j in self.typed if j < len(row))

    def resembles(self, column: int, cell: str) -> bool:
        """Whether a cell looks like the values of its column: of their kinds, of words their form and no longer."""
        forms, longest = self._forms_of(column)
        return form_of(cell) in forms and (kind_of(cell) in DATA_KINDS or len(cell) <= longest)

    @property
    def size(self) -> int:
        """How many rows were looked at."""
        return len(self._rows)

    def values(self, column: int) -> list[str]:
        """What the rows have in the column."""
        return [row[column] for row in self._rows if column < len(row) and not blank(row[column])]

    def _forms_of(self, column: int) -> tuple[frozenset[str], int]:
        if column not in self._forms:
            values = self.values(column)
            self._forms[column] = frozenset(map(form_of, values)), max(map(len, values), default=0)
        return self._forms[column]

    def _is_row_of_years(self, row: Sequence[str]) -> bool:
        """Years or periods, equal or in even steps, over columns that hold none; one alone beside a word for a name."""
        columns = [j for j, cell in enumerate(row) if kind_of(cell) in DATA_KINDS]
        if not columns or not all(_names_a_time(row[j]) for j in columns):
            return False
        years = [int(row[j].strip()) for j in columns if is_year(row[j])]
        steps = {b - a for a, b in zip(years, years[1:], strict=False)}
        if len(years) not in (0, len(columns)) or len(steps) > 1:
            return False
        is_one_day = len(columns) == 1 and kind_of(row[columns[0]]) is Kind.DATE
        if (len(years) == 1 or is_one_day) and not any(NAMING.search(cell) for cell in row):
            return False
        below = [r[j] for r in self._sample for j in columns if j < len(r) and not blank(r[j])]
        return sum(map(_names_a_time, below)) < 0.5 * max(1, len(below))

    def names_codes(self, row: Sequence[str]) -> bool:
        """Different codes of one length over values of other lengths, and a word for a name or over other values."""
        words = [
            j for j, cell in enumerate(row) if kind_of(cell) is Kind.TEXT and (j in self.typed or NAMING.search(cell))
        ]
        codes = {j: row[j].strip() for j in self.typed if j < len(row) and row[j].strip().isdigit()}
        lengths = set(map(len, codes.values()))
        if not words or len(codes) < 2 or len(set(codes.values())) < len(codes) or len(lengths) > 1:
            return False
        return not any(len(r[j].strip()) in lengths for r in self._sample for j in codes if j < len(r))


def _names_a_time(cell: str) -> bool:
    """A year, a period or a day, as columns of a time series are called."""
    return is_period(cell) or kind_of(cell) is Kind.DATE


def form_of(cell: str) -> str:
    """The kind of a number, date or code; of words the order of their Chinese, Latin and other characters."""
    kind = kind_of(cell)
    if kind in DATA_KINDS:
        return str(kind)
    return WORDS.sub("字", LATIN.sub("a", DIGITS.sub("9", ORDINAL.sub("#", cell.strip()))))


def locate(grid: Grid) -> Heading | None:
    """The first table's header; None when the grid holds nothing."""
    first = next((i for i, row in enumerate(grid.rows) if _can_be_header(row, grid.width)), None)
    if first is None:
        return None
    body = Body(grid, first)
    begins_with_data = body.conforms(grid.rows[first]) and not body.names_codes(grid.rows[first])
    if begins_with_data or _stands_twice(grid, first, body):
        return Heading((), first, body.typed)
    rows, start = _header_rows(grid, first, body)
    return Heading((*_group_above(grid, first), *rows), start, body.typed)


def _stands_twice(grid: Grid, first: int, body: Body) -> bool:
    """Two equal rows of words above others: nobody names columns twice, but rows of data do repeat."""
    below = next((row for row in grid.rows[first + 1 :] if filled(row)), None)
    return not body.typed and below is not None and same_names(grid.rows[first], below)


def _can_be_header(row: Sequence[str], width: int) -> bool:
    """Not a title, a unit or another caption above the table."""
    cells = [cell.strip() for cell in row if not blank(cell)]
    if width == 1:
        return bool(cells)
    return len(cells) >= 2 and not (len(cells) <= width / 2 and all(CAPTION.match(cell) for cell in cells))


def _header_rows(grid: Grid, first: int, body: Body) -> tuple[list[int], int]:
    """(indexes of the header rows, index of the first data row), going down from the first row that can be one."""
    rows, i = [first], first + 1
    while i < min(len(grid.rows), first + HEADER_ROWS):
        row = grid.rows[i]
        if filled(row) == 0:
            if i + 1 < len(grid.rows) and body.typed and not _is_header_row(grid, i + 1, rows, body):
                return rows, i + 1
        elif goes_on_below(grid, i):
            return [*rows, i], i + 1
        elif not _is_header_row(grid, i, rows, body):
            break
        else:
            rows.append(i)
        i += 1
    return rows, i


def _is_header_row(grid: Grid, i: int, above: Sequence[int], body: Body) -> bool:
    """Whether the row goes on with the header that stands above it."""
    row = grid.rows[i]
    conforms = body.conforms(row)
    if conforms or filled(row) == 0 or is_section(grid, i):
        return False
    if any(top < i <= bottom and top in above for top, _, bottom, _ in grid.merged):
        return True
    opened = {j for j in range(grid.width) if all(blank(grid.rows[a][j]) for a in above)}
    if conforms is False and (opened or filled(row) < grid.width or body.tells(row) > 1):
        return not _occurs_below(grid, i, body)
    return bool(opened) and all(j in opened for j, cell in enumerate(row) if not blank(cell))


def _occurs_below(grid: Grid, i: int, body: Body) -> bool:
    """Whether a word of this row stands in the same column of a later row: then it is a value, not a name."""
    words = {(j, cell) for j, cell in enumerate(grid.rows[i]) if not blank(cell) and kind_of(cell) is Kind.TEXT}
    below = grid.rows[i + 1 : i + 1 + SAMPLE]
    return any((j, row[j]) in words for row in below for j, _ in words if body.conforms(row) is not False)


def is_section(grid: Grid, i: int) -> bool:
    """A caption between the rows: one cell at the very left of a wide table, or one merged over its whole width."""
    if grid.width < 3 or filled(grid.rows[i]) != 1:
        return False
    return i in grid.captions or not blank(grid.rows[i][0])


def goes_on_below(grid: Grid, i: int) -> bool:
    """A row below the names that numbers the columns or says their units; a row of data may be 1, 2, 3 as well, where
    numbers stand below all of it.
    """
    cells = [cell.strip() for cell in grid.rows[i] if not blank(cell)]
    if cells and all(UNIT.fullmatch(cell) for cell in cells):
        return True
    if not is_ordinals(grid.rows[i]):
        return False
    below = [row for row in grid.rows[i + 1 : i + 1 + SAMPLE] if filled(row)]
    columns = {j: [row[j].strip() for row in below if not blank(row[j])] for j, cell in enumerate(grid.rows[i]) if cell}
    return not below or any(
        not any(value.isdigit() or value in STEMS for value in values)
        or all(value.isdigit() and len(value) >= LONG for value in values)
        or (values[0] == "1" and grid.rows[i][j].strip() == "1")
        for j, values in columns.items() if values
    )  # fmt: skip


def is_ordinals(row: Sequence[str]) -> bool:
    """A row that numbers the columns: 甲 乙 1 2 3 …, 栏次 1 2 3 …"""
    cells = [cell.strip() for cell in row if not blank(cell)]
    if cells and cells[0] in ("栏次", "行次", "列次"):
        cells = cells[1:]
    while cells and cells[0] in STEMS:
        cells = cells[1:]
    return len(cells) >= 3 and [c.strip("()（）") for c in cells] == [str(n) for n in range(1, len(cells) + 1)]


def _group_above(grid: Grid, first: int) -> list[int]:
    """A row above that names groups of columns by merged cells."""
    above = first - 1
    grouped = any(top == above == bottom and left < right < left + grid.width - 1
                  for top, left, bottom, right in grid.merged)  # fmt: skip
    return [above] if above >= 0 and grouped else []


def flatten(grid: Grid, rows: Sequence[int]) -> list[str]:
    """One name per column: the cells of the header rows from above, groups written into every column they cover.

    What only numbers the columns names none.
    """
    rows = [n for n in rows if not is_ordinals(grid.rows[n])] or rows
    covered = _covered(grid, rows)
    return [" ".join(_words(grid, rows, j, covered)) for j in range(grid.width)]


def _words(grid: Grid, rows: Sequence[int], column: int, covered: dict[tuple[int, int], str]) -> list[str]:
    words: list[str] = []
    for i in rows:
        word = " ".join(
            (grid.rows[i][column] if not blank(grid.rows[i][column]) else covered.get((i, column), "")).split()
        )
        if word and not ((i, column) in covered and words and words[-1] == word):
            words.append(word)
    return words


def _covered(grid: Grid, rows: Sequence[int]) -> dict[tuple[int, int], str]:
    """(row, column) → the word that a merged cell, or a group's first cell, puts there."""
    found: dict[tuple[int, int], str] = {}
    sideways = False
    for top, left, bottom, right in grid.merged:
        if top in rows or bottom in rows:
            sideways |= right > left
            found |= {(i, j): grid.rows[top][left] for i in range(top, bottom + 1) for j in range(left, right + 1)}
    for position, i in enumerate(() if sideways else rows[:-1]):
        word = ""
        for j in range(grid.width):
            above = any(not blank(grid.rows[a][j]) for a in rows[:position])
            below = any(not blank(grid.rows[b][j]) for b in rows[position + 1 :])
            if not blank(grid.rows[i][j]):
                word = grid.rows[i][j]
            elif word and below and not above and j > 0:
                found[i, j] = word
            else:
                word = ""
    return found


def same_names(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row repeats the header."""
    return [squash(cell) for cell in row] == [squash(name) for name in names]
