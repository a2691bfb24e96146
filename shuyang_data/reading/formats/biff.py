"""The records of an .xls stream ([MS-XLS] 2.1.4): a kind, a size, and a body; and how numbers are packed in cells."""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEAD = struct.calcsize("<HH")


def records(stream: bytes, start: int) -> Iterator[tuple[int, int, bytes]]:
    """(index of the body, kind, body) of every record from a place on."""
    while start + HEAD <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        start += HEAD
        yield start, kind, stream[start : start + size]
        start += size


def short_number(packed: int) -> float:
    """A number in four bytes ([MS-XLS] 2.5.217): the upper bits of a double, or an integer; or a hundredth of it."""
    value: float = struct.unpack("<d", struct.pack("<Q", (packed & ~3) << 32))[0]
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 1 << 31 else 0))
    return value / 100 if packed & 1 else value
