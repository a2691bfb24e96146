"""One delivered file → raw Parquet files, every value as text: regular pieces by the engine, all else row by row."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.fingerprint import contract_digest
from shuyang_data.county import County
from shuyang_data.ledger import SHOWN, Entry, Ledger, Tally, told
from shuyang_data.reading.contract import Layout, known_headings
from shuyang_data.reading.contract_rows import RawRow, sort_rows
from shuyang_data.reading.data_rows import DOUBTFUL, NOTE_STARTS, TOTAL_END
from shuyang_data.reading.delivered import read_delivered
from shuyang_data.reading.delivered_text import Counted, head_tally, is_text, text_layout, text_rows, whole_rows
from shuyang_data.reading.formats.chunks import CHUNK, Chunk, IrregularTextError, chunk_records, chunks, count_strictly
from shuyang_data.reading.seen import Looking, may_hold_damage
from shuyang_data.records import Delivery, Drift
from shuyang_data.storage.files import fresh_folder
from shuyang_data.storage.regular_text import CsvMismatchError, RegularText

SYSTEM = {"_delivery_id": "text", "_row_number": "integer", "_read_fault": "text"}
ROWS_AT_ONCE = 200_000
NOTES = tuple(f"(?is){pattern.pattern}" for pattern in DOUBTFUL)


@dataclass(frozen=True)
class Written:
    """files: raw Parquet files, not yet committed. notice: what a person should know of the reading."""

    files: tuple[Path, ...]
    rows: int
    drift: tuple[Drift, ...]
    notice: str
    ledger: Ledger = ()


def write_delivery(
    county: County,
    dataset: Dataset,
    delivery: Delivery,
    folder: Path,
    field_ids: dict[str, int],
    chunk: int = CHUNK,
) -> Written:
    """Read one file into Parquet files of `folder`; raise DeliveryRefusedError, leaving no file, if it is wrong."""
    with _no_collection():
        return _written(county, dataset, delivery, folder, field_ids, chunk)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python's search for cycles off: over millions of cells it costs more than reading them, and finds nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _written(
    county: County, dataset: Dataset, delivery: Delivery, folder: Path, field_ids: dict[str, int], chunk: int
) -> Written:
    path = county.settings.landing / delivery.path
    others = [d for d in county.catalog.datasets.values() if d.id != dataset.id]
    if is_text(path):
        layout = text_layout(path, dataset, others)
        writer = _Writer(county, dataset, delivery.id, layout, folder, field_ids)
        writer.headings = tuple(sorted(known_headings(dataset) | set(filter(None, layout.headings))))
        ledger: Ledger = (_written_text(writer, path, layout, dataset, chunk),)
    else:
        delivered = read_delivered(path, dataset, others)
        layout, ledger = delivered.layout, delivered.ledger
        writer = _Writer(county, dataset, delivery.id, layout, folder, field_ids)
        writer.write_rows(iter(delivered.rows))
    if rows := writer.looking.private:
        shown = "、".join(map(str, dict.fromkeys(rows[:SHOWN])))
        noted = f"{len(rows)} 格有私用区字符（第 {shown} 行等），只有有同样字库的人看得见"
        ledger = tuple(replace(e, notes=(*e.notes, noted)) if n == 0 else e for n, e in enumerate(ledger))
    notice = "；".join([*map(str, layout.drift), *told(ledger)])
    return Written(tuple(writer.files), writer.rows, layout.drift, notice, ledger)


def _written_text(writer: _Writer, path: Path, layout: Layout, dataset: Dataset, chunk: int) -> Entry:
    """Piece by piece, or row by row where pieces cannot be trusted; the ledger's entry of the text."""
    tally = head_tally(path, layout)
    try:
        records = writer.write_chunks(path, dataset, tally, chunk)
    except IrregularTextError:
        writer.restart()
        tally = head_tally(path, layout)
        counted = Counted()
        writer.write_rows(text_rows(path, layout, dataset, tally, counted))
        records = counted.records
    return tally.entry(writer.rows, layout.header + 1 + records)


class _Writer:
    """Writes one delivery's parts, numbered from 0."""

    def __init__(
        self,
        county: County,
        dataset: Dataset,
        delivery_id: str,
        layout: Layout,
        folder: Path,
        field_ids: dict[str, int],
    ) -> None:
        self._county, self._id, self._contract = county, delivery_id, contract_digest(dataset)
        self._layout, self._folder = layout, folder
        self._field_ids = {n: i for n, i in field_ids.items() if n in layout.columns or n in SYSTEM}
        self.headings: tuple[str, ...] = ()
        self.looking = Looking(dataset, layout.columns)
        self.files: list[Path] = []
        self.rows = 0

    def restart(self) -> None:
        """Take back what was written: it turned out to be cut at a wrong place."""
        for file in self.files:
            file.unlink(missing_ok=True)
        self.files, self.rows = [], 0

    def _new_file(self) -> Path:
        file = self._folder / f"{self._id}.{self._contract}-{len(self.files)}.parquet"
        self.files.append(file)
        return file

    def write_rows(self, rows: Iterator[RawRow]) -> None:
        """Rows as they come, a bounded number at a time; at least one file, be it empty."""
        try:
            while True:
                part = list(islice(rows, ROWS_AT_ONCE))
                if part or not self.files:
                    self._write_part(part, self._new_file())
                if len(part) < ROWS_AT_ONCE:
                    return
        except BaseException:
            self.restart()
            raise

    def _write_part(self, rows: Iterable[RawRow], target: Path) -> None:
        looked_at = ((number, cells, self.looking.fault(number, cells, fault)) for number, cells, fault in rows)
        numbers, cells, faults = list(zip(*looked_at, strict=True)) or [(), (), ()]
        system = dict(zip(SYSTEM, ([self._id] * len(numbers), numbers, faults), strict=True))
        values = {name: [row[place] for row in cells] for name, place in self._layout.columns.items()}
        self.rows += self._county.engine.columns_to_raw(system | values, target, self._field_ids)

    def write_chunks(self, path: Path, dataset: Dataset, tally: Tally, size: int) -> int:
        """A regular text, several pieces at a time; the records in it.

        Raises IrregularTextError when it cannot be cut into pieces.
        """
        if not self._layout.regular:
            raise IrregularTextError
        workers = self._county.settings.threads or self._county.settings.cores
        staging = fresh_folder(self._county.settings.lake / "spill" / self._id)
        try:
            with ThreadPoolExecutor(workers) as pool:
                pieces = chunks(path, self._layout.encoding, self._layout.first_line, size)
                return self._collect(pool, workers, pieces, path, staging, (dataset, tally))
        except BaseException:
            self.restart()
            raise
        finally:
            for left in staging.iterdir():
                left.unlink()
            staging.rmdir()

    def _collect(
        self, pool: ThreadPoolExecutor, workers: int, pieces: Iterable[Chunk], path: Path, staging: Path,
        contract: tuple[Dataset, Tally],
    ) -> int:  # fmt: skip
        """Records are numbered by lines; where a piece holds more or fewer of them, those after it are done again."""
        start = expected = self._layout.header + 2
        pending: deque[tuple[Chunk, int, Path, Future[int | None]]] = deque()
        for chunk in _ended(pieces):
            if chunk is not None:
                target = self._new_file()
                pending.append(
                    (chunk, expected, target, pool.submit(self._by_engine, chunk, expected, target, staging))
                )
                expected += chunk.lines
            while pending and (chunk is None or len(pending) > workers):
                piece, assumed, target, future = pending.popleft()
                rows = future.result() if assumed == start else self._again(future, piece, start, target, staging)
                if rows is None:
                    start += self._row_by_row(piece, start, target, path, contract)
                else:
                    self.rows += rows
                    start += piece.lines
                expected = start + sum(waiting.lines for waiting, *_ in pending)
        if not self.files:
            self.write_rows(iter(()))
        return start - (self._layout.header + 2)

    def _again(self, future: Future[int | None], piece: Chunk, start: int, target: Path, staging: Path) -> int | None:
        return None if future.result() is None else self._by_engine(piece, start, target, staging)

    def _by_engine(self, chunk: Chunk, start: int, target: Path, staging: Path) -> int | None:
        """Rows written; None when the piece has to be read row by row."""
        if may_hold_damage(chunk.content):
            return None
        source = staging / target.with_suffix(".csv").name
        source.write_bytes(chunk.content)
        layout = self._layout
        text = RegularText(
            source, layout.dialect.delimiter, len(layout.headings), layout.columns, 0, start, NOTES, NOTE_STARTS,
            TOTAL_END, self.headings,
        )  # fmt: skip
        try:
            rows = self._county.engine.csv_to_raw(text, self._id, target, self._field_ids)
        except CsvMismatchError:
            return None
        finally:
            source.unlink()
        return rows if rows == chunk.lines else None

    def _row_by_row(self, chunk: Chunk, start: int, target: Path, path: Path, contract: tuple[Dataset, Tally]) -> int:
        """Read one piece the patient way; the number of records in it.

        Raises IrregularTextError when its quotes do not match: then the place where it was cut is not to be trusted.
        """
        records = list(chunk_records(chunk.content, self._layout.dialect))
        if count_strictly(chunk.content, self._layout.dialect) != len(records):
            raise IrregularTextError
        begins = start == self._layout.header + 2
        numbered = enumerate(records, start=start)
        rows = sort_rows(numbered, self._layout, *contract, begins=begins, ends=chunk.last)
        if chunk.last:
            rows = whole_rows(rows, path)
        self._write_part(rows, target)
        return len(records)


def _ended(pieces: Iterable[Chunk]) -> Iterator[Chunk | None]:
    """The pieces, then None: nothing more comes."""
    yield from pieces
    yield None
