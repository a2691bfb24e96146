"""The records of an .xls stream ([MS-XLS] 2.1.4): a kind, a size, and a body."""

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
