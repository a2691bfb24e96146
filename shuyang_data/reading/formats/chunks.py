"""A large delimited text in pieces of whole records, so that memory stays flat however long the file is."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.formats.dialect import Dialect
from shuyang_data.reading.formats.lines import JOINED_LINES, read_rows
from shuyang_data.records import Refusal

CHUNK = 32 << 20
LONGEST_LINE = 16 << 20
BLOCK_LINES = 50_000
TAIL = 1 << 20
# Encodings in which a line end and a quote are the same single byte as in ASCII.
ASCII_LIKE = ("utf-8", "utf-8-sig", "gb18030")


class IrregularTextError(Exception):
    """Quotes that do not match, so that no record surely ends, or bytes that are no characters."""


@dataclass(frozen=True)
class Chunk:
    """Whole records in UTF-8. lines: line ends in it; last: the file ends here."""

    content: bytes
    lines: int
    last: bool


def chunks(path: Path, encoding: str, first_line: int, size: int = CHUNK) -> Iterator[Chunk]:
    """The text from a line on, cut where quotes are in balance; raise IrregularTextError where they never are."""
    with path.open("rb") as source:
        for _ in range(first_line):
            source.readline()
        rest = b""
        while True:
            piece = rest + source.read(size)
            last = len(piece) < size or not source.peek(1)
            end = len(piece) if last else _balanced_end(piece)
            rest = piece[end:]
            content = piece[:end]
            if content:
                lines = content.count(b"\n") + (not content.endswith(b"\n"))
                yield Chunk(_as_utf8(content, encoding, last), lines, last)
            if last:
                return


def _balanced_end(piece: bytes) -> int:
    """The index after the last line end before which quotes come in pairs."""
    quotes = piece.count(b'"')
    end = piece.rfind(b"\n") + 1
    below = len(piece)
    while end > max(0, len(piece) - TAIL):
        quotes -= piece.count(b'"', end, below)
        if quotes % 2 == 0:
            return end
        below, end = end, piece.rfind(b"\n", 0, end - 1) + 1
    raise IrregularTextError


def _as_utf8(content: bytes, encoding: str, last: bool) -> bytes:
    """Strictly decoded; only a character cut in two at the very end of the file stays as the mark of a lost one."""
    if encoding != "gb18030":
        return content
    decoder = codecs.getincrementaldecoder("gb18030")()
    try:
        text = decoder.decode(content, final=not last)
    except UnicodeDecodeError as error:
        raise IrregularTextError from error
    return (text + ("\ufffd" if decoder.getstate()[0] else "")).encode()


def stream_records(path: Path, encoding: str, dialect: Dialect, first_line: int) -> Iterator[list[str]]:
    """Every record from a line on, however its quotes stand; raise DeliveryRefusedError for an endless line."""
    with path.open(encoding=encoding, errors="replace", newline=None) as source:
        for _ in range(first_line):
            source.readline(LONGEST_LINE)
        held: deque[str] = deque()
        ended = False
        while not ended:
            while len(held) < BLOCK_LINES:
                line = source.readline(LONGEST_LINE)
                if not line:
                    ended = True
                    break
                if len(line) >= LONGEST_LINE:
                    raise _endless(path)
                held.append(line.rstrip("\n"))
            block = list(held)
            safe = len(block) if ended else len(block) - JOINED_LINES
            used = 0
            for start, cells in read_rows(block, dialect):
                used = start
                if start >= safe:
                    break
                yield cells
            else:
                used = len(block)
            held = deque(block[used:])


def chunk_records(content: bytes, dialect: Dialect) -> Iterator[list[str]]:
    """Every record of a chunk, however its quotes stand."""
    lines = io.StringIO(content.decode("utf-8", errors="replace"), newline=None).read().split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    yield from (cells for _, cells in read_rows(lines, dialect))


def count_strictly(content: bytes, dialect: Dialect) -> int | None:
    """How many records a chunk has by the letter of the rules; None when it breaks them."""
    text = io.StringIO(content.decode("utf-8", errors="replace"), newline="")
    try:
        return sum(1 for _ in csv.reader(text, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True))
    except csv.Error:
        return None


def _endless(path: Path) -> DeliveryRefusedError:
    problem = Problem(path.name, f"有一行超过 {LONGEST_LINE >> 20} MB", "分行的文本", "重新导出后再送")
    return DeliveryRefusedError(Refusal.UNREADABLE, [problem])
