"""The rows below a contract's header: numbered, of the header's width, those that are no data left out and counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.ledger import Tally
from shuyang_data.reading.cells import Kind, blank, kind_of
from shuyang_data.reading.contract import Layout, known_headings, match_columns, names_columns
from shuyang_data.reading.data_rows import LEADING, NOTE, NOTE_STARTS, NUMBERING, REPEATED, TOTAL_END, DataRows, Row
from shuyang_data.reading.formats.chunks import IrregularTextError
from shuyang_data.reading.headings import NAMING, WORDS
from shuyang_data.records import Refusal

# Cells that a header has at least.
SMALLEST = 3
# The columns in which a total can stand.
TOTAL_COLUMNS = LEADING + 1
RawRow = tuple[int, Sequence[str], str | None]


def sort_rows(
    records: Iterable[tuple[int, Sequence[str]]], layout: Layout, dataset: Dataset, tally: Tally, *,
    handmade: bool = False, spanned: Collection[int] = (), headers: Sequence[Sequence[str]] = (),
    begins: bool = True, ends: bool = True,
) -> Iterator[RawRow]:  # fmt: skip
    """The records that are data: (number from 1, cells, fault); what is none is counted by its reason.

    A row of another width is kept with a fault. headers: further rows that name the columns. begins, ends: whether the
    records are the first and the last ones below the header. Raises DeliveryRefusedError where another header follows
    that does not name the same columns, IrregularTextError where it names them elsewhere and these are not all records.
    """
    width = len(layout.headings)
    records = _without_unnamed(records, layout, tally) if layout.unnamed else records
    sorter = DataRows(
        [layout.headings, *headers], layout.body, width, tally.leave_out, handmade=handmade, spanned=spanned
    )
    unlikely = {*NOTE_STARTS, *layout.headings[0][:1]}
    known = known_headings(dataset) | set(layout.headings)
    places: dict[int, int] = {}
    gap = _Gap(layout, tally)
    # A total stands behind the number of its row.
    leading = 1 + bool(width > 1 and NUMBERING.match(layout.headings[0]))
    if not begins:
        sorter.passed()
    for number, row in records:
        if not sorter.is_open and len(row) == width and _is_usual(row, leading, unlikely) and row[0] not in known:
            gap.pass_by(number, row)
            sorter.passed(row)
            yield number, row if not places else _moved(row, places), None
            continue
        if not known.isdisjoint(row) and not sorter.repeats_header(row) and names_columns(row, dataset):
            yield from _fitted(sorter.settled(REPEATED), places, width)
            places = _places(number, row, layout, dataset, tally)
            if places and not (begins and ends):
                raise IrregularTextError
            tally.leave_out(number, REPEATED)
            gap.close()
            continue
        gap.pass_by(number, row, is_header=sorter.repeats_header(row))
        yield from _fitted(sorter.next(number, row), places, width)
    yield from _fitted(sorter.settled("" if ends else None), places, width)


def _without_unnamed(
    records: Iterable[tuple[int, Sequence[str]]], layout: Layout, tally: Tally
) -> Iterator[tuple[int, Sequence[str]]]:
    """The same records; how many hold something below no heading is told at the end."""
    places, rows, first = layout.unnamed, 0, 0
    for number, row in records:
        if any(place < len(row) and not blank(row[place]) for place in places):
            rows, first = rows + 1, first or number
        yield number, row
    if rows:
        tally.notes.append(f"有 {rows} 行在没有列名的列里有内容（第 {first} 行起），没有读")


def _is_usual(row: Sequence[str], leading: int, unlikely: Collection[str]) -> bool:
    """Whether a row is data at a first look: more than its first cell, and no leading one that may begin a note."""
    if not any(islice(row, 1, None)):
        return False
    if any(cell.endswith(TOTAL_END) for cell in row[:TOTAL_COLUMNS]):
        return False
    return all(cell and cell[0] not in unlikely and not cell[0].isspace() for cell in row[:leading])


class _Gap:
    """What parts tables of one part: empty rows, and captions below them."""

    def __init__(self, layout: Layout, tally: Tally) -> None:
        self._body, self._tally, self._is_open = layout.body, tally, False

    def close(self) -> None:
        """The table goes on."""
        self._is_open = False

    def pass_by(self, number: int, row: Sequence[str], *, is_header: bool = False) -> None:
        """Raise DeliveryRefusedError where a row below a gap is words that do not look like the rows above it, as
        another table's header: its rows would be read as records of this one. is_header: the table's own comes again.
        """
        if not self._is_open or is_header:
            self._is_open = not is_header and all(map(blank, row))
            return
        words = [cell for cell in row if not blank(cell)]
        if len(words) < SMALLEST:
            return
        self._is_open = False
        is_worded = all(kind_of(cell) is Kind.TEXT for cell in words) and not any(map(NOTE.match, words))
        if is_worded and self._is_another(row):
            problem = Problem(
                f"{self._tally.place} 第 {number} 行", "空行下面像是另一张表的表头", "一部分里只有一张表",
                "把两张表分成两个文件或工作表再送",
            )  # fmt: skip
            raise DeliveryRefusedError(Refusal.PART, [problem])

    def _is_another(self, row: Sequence[str]) -> bool:
        """Whether most cells of a row are words where the data have numbers or codes, or all of them name columns."""
        places = [n for n, cell in enumerate(row) if not blank(cell)]
        unlike = 0
        for n in places:
            is_word = bool(WORDS.search(row[n]))
            words = sum(bool(WORDS.search(value)) for value in self._body.values(n))
            unlike += is_word and (n in self._body.typed or not words) and not self._body.resembles(n, row[n])
        if self._body.typed or unlike:
            return 2 * unlike >= len(places) or (unlike > 0 and not self._body.resembles(places[0], row[places[0]]))
        return all(NAMING.search(row[n]) for n in places)


def _fitted(rows: Iterable[Row], places: dict[int, int], width: int) -> Iterator[RawRow]:
    for number, cells in rows:
        fault = None if len(cells) == width else f"{len(cells)} 列，表头 {width} 列"
        placed = _moved(cells, places) if places else cells
        yield number, placed if len(placed) == width else [*placed, *[""] * width][:width], fault


def _places(number: int, row: Sequence[str], layout: Layout, dataset: Dataset, tally: Tally) -> dict[int, int]:
    """Position under the first header → position under this one."""
    columns = match_columns(row, dataset)[0]
    if set(columns) != set(layout.columns):
        problem = Problem(
            f"{tally.place} 第 {number} 行", "又有一个表头，列与前面的不同", "一个表头，或列相同的表头",
            "把两张表分成两个文件，或补齐列后再送",
        )  # fmt: skip
        raise DeliveryRefusedError(Refusal.PART, [problem])
    return {} if columns == layout.columns else {layout.columns[name]: columns[name] for name in columns}


def _moved(cells: Sequence[str], places: dict[int, int]) -> list[str]:
    width = max(len(cells), *(place + 1 for place in places))
    row = [""] * width
    for place, stands in places.items():
        row[place] = cells[stands] if stands < len(cells) else ""
    return row
