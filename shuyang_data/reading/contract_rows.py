"""The rows below a contract's header: numbered, of the header's width, those that are no data left out and counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.ledger import Tally
from shuyang_data.reading.contract import Layout, known_headings, match_columns, names_columns
from shuyang_data.reading.data_rows import NOTE_STARTS, REPEATED, DataRows, Row
from shuyang_data.reading.formats.chunks import IrregularTextError
from shuyang_data.records import Refusal

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
    sorter = DataRows(
        [layout.headings, *headers], layout.body, width, tally.leave_out, handmade=handmade, spanned=spanned
    )
    unlikely = {*NOTE_STARTS, *layout.headings[0][:1]}
    known = known_headings(dataset) | set(layout.headings)
    places: dict[int, int] = {}
    if not begins:
        sorter.passed()
    for number, row in records:
        first = row[0] if row else ""
        usual = len(row) == width and first and first[0] not in unlikely and not first[0].isspace()
        if usual and first not in known and not sorter.is_open and any(islice(row, 1, None)):
            sorter.passed()
            yield number, row if not places else _moved(row, places), None
            continue
        if not known.isdisjoint(row) and not sorter.repeats_header(row) and names_columns(row, dataset):
            yield from _fitted(sorter.settled(REPEATED), places, width)
            places = _places(number, row, layout, dataset, tally)
            if places and not (begins and ends):
                raise IrregularTextError
            tally.leave_out(number, REPEATED)
            continue
        yield from _fitted(sorter.next(number, row), places, width)
    yield from _fitted(sorter.settled("" if ends else None), places, width)


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
