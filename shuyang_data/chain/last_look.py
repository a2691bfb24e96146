"""The last look at a finished file, as the text that whoever opens it sees, by other code than the look at the table.

What the first look leaves out by mistake — a column, a type, a way of writing values — stands in the file all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from shuyang_data.classify.leaks import is_chance
from shuyang_data.records import Refused

BLOCK, LONGEST = 1 << 22, 64
SHAPED = re.compile(
    rb"(?<![0-9])([1-9][0-9]{5}(19[0-9]{2}|20[0-4][0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx])(?![0-9])"
)
# GB 11643: every place counts for a power of two, and all of them together make one, modulo eleven.
POWERS = [pow(2, 17 - place, 11) for place in range(18)]


def text_refusals(path: Path) -> tuple[Refused, ...]:
    """Why the file may not leave: resident IDs stand in it, more of them right than chance makes."""
    shaped = right = 0
    years: set[bytes] = set()
    for number, year in _numbers(path):
        shaped += 1
        right += _is_right(number)
        years.add(year)
    if not right or is_chance(shaped, right, len(years)):
        return ()
    return (Refused("identifier_found", f"成品文件 {path.name} 里有 {right} 处居民身份证号，不得发布"),)


def _numbers(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """(what looks like a number, its year) of the whole file, which is never in memory as a whole."""
    rest = b""
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            text = rest + block
            end = len(text) if len(block) < BLOCK else max(len(text) - LONGEST, 0)
            for found in SHAPED.finditer(text):
                if found.start() < end:
                    yield found[1], found[2]
            rest = text[end:] if end else text


def _is_right(number: bytes) -> bool:
    digits = [10 if digit in b"Xx" else digit - 0x30 for digit in number]
    return sum(digit * power for digit, power in zip(digits, POWERS, strict=True)) % 11 == 1
