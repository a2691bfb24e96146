"""How a delimited text is written: delimiter, quote, escape; found by trying which one makes the lines agree most."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# On a tie the earlier one wins: commas stand inside texts more often than tabs, and blanks most often of all.
DELIMITERS = "\t|;, ^\x01\x1f~，"
QUOTES = "\"'"
SAMPLE_LINES = 400
ENOUGH = 0.5
# What a wide table counts beside agreement, and what a delimiter costs that stands inside texts, or hardly anywhere.
WIDE, RARE = 0.15, 0.2
USUAL = "\t|;,"
JOINED_LINES = 40
# Cells that still begin with a quote: it was the other kind of quote, and delimiters inside cells were taken for real.
TORN = 0.3


@dataclass(frozen=True)
class Dialect:
    """width: cells in most lines. padded: blanks follow the delimiters. escaped: backslashes stand before quotes."""

    delimiter: str = ","
    quote: str = '"'
    escaped: bool = False
    padded: bool = False
    width: int = 1


def detect_dialect(lines: Sequence[str]) -> Dialect:
    """The dialect of a text's first lines; a text without any delimiter has one column."""
    sample = [line for line in lines if line.strip()][:SAMPLE_LINES]
    score, found = _best(sample, QUOTES)
    records = _records(sample)
    if len(records) < len(sample):
        # Where breaks stand inside quotes, records agree, not lines; on a tie the breaks end rows.
        joined, whole = _best(records, '"')
        score, found = (joined, whole) if joined > score else (score, found)
    if score <= 0:
        return Dialect(quote='"')
    return Dialect(found.delimiter, found.quote, _escaped(sample, found.quote), found.padded, found.width)


def _best(sample: Sequence[str], quotes: str) -> tuple[float, Dialect]:
    marks = [mark for mark in DELIMITERS if any(mark in line for line in sample)]
    tried = [_tried(sample, mark, quote) for mark in marks for quote in quotes]
    return max(tried, key=lambda pair: pair[0], default=(0.0, Dialect()))


def _records(lines: Sequence[str]) -> list[str]:
    """The lines with those joined between which a quote stands open; one that stays open long joins nothing."""
    records: list[str] = []
    n = 0
    while n < len(lines):
        end = n + 1
        if lines[n].count('"') % 2:
            closing = (i for i in range(n + 1, min(len(lines), n + JOINED_LINES)) if lines[i].count('"') % 2)
            end = next(closing, n) + 1
        records.append("\n".join(lines[n:end]))
        n = end
    return records


def dialect_with(lines: Sequence[str], delimiter: str) -> Dialect:
    """The dialect of the lines when the delimiter is known."""
    sample = [line for line in lines if line.strip()][:SAMPLE_LINES]
    found = _tried(sample, delimiter, '"')[1]
    return Dialect(delimiter, '"', _escaped(sample, '"'), found.padded, found.width)


def _tried(sample: Sequence[str], delimiter: str, quote: str) -> tuple[float, Dialect]:
    """How well the lines agree under a delimiter and a quote: the share of the commonest width, wide before narrow."""
    padded = delimiter != " " and _is_padded(sample, delimiter)
    dialect = Dialect(delimiter, quote, False, padded)
    widths: Counter[int] = Counter()
    quoted = torn = 0
    for line in sample:
        cells = split_strictly(line, dialect)
        torn += cells is not None and any(cell.strip()[:1] in QUOTES and cell.strip() for cell in cells)
        widths[len(cells) if cells is not None else 0] += 1
        quoted += quote in line and cells is not None and len(cells) > 1
    width, count = max(((w, n) for w, n in widths.items() if w > 1), key=lambda pair: pair[1], default=(1, 0))
    share = count / max(1, len(sample))
    if share < ENOUGH and not (width >= 3 and share >= 0.3):
        return 0.0, dialect
    # A quote that is not needed says nothing; one that makes more lines agree shows in the share.
    used = 0.001 if quote == '"' or quoted == 0 else 0.0
    rare = 0.0 if delimiter in USUAL else RARE
    return share + WIDE * (1 - 1 / width) - TORN * torn / len(sample) - rare + (used if quote == '"' else 0.0), Dialect(
        delimiter, quote, False, padded, width
    )


def _is_padded(sample: Sequence[str], delimiter: str) -> bool:
    """Whether a blank follows nearly every delimiter."""
    marks = sum(line.count(delimiter) for line in sample)
    blanks = sum(line.count(delimiter + " ") for line in sample)
    return marks > 0 and blanks >= 0.9 * marks


def _escaped(sample: Sequence[str], quote: str) -> bool:
    """Backslashes before quotes, where doubling would be expected."""
    slashes = sum(line.count(f"\\{quote}") for line in sample)
    doubled = sum(line.count(quote * 2) for line in sample)
    return slashes > doubled


def split_strictly(line: str, dialect: Dialect) -> list[str] | None:
    """The cells of a line that keeps to the rules; None when it does not, or ends within a quoted cell."""
    if dialect.quote not in line:
        cells = line.split(dialect.delimiter)
        return [cell.lstrip(" ") for cell in cells] if dialect.padded else cells
    reader = csv.reader(
        io.StringIO(line, newline=""), delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True,
        skipinitialspace=dialect.padded, escapechar="\\" if dialect.escaped else None,
        doublequote=True,
    )  # fmt: skip
    try:
        rows = list(reader)
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
