"""Numbers as people write them into texts: whole ones, and those that are one number in several pieces.

Dressed means: full width, circled or Chinese digits, blanks, signs or 年月日 between the digits, leading zeros,
backwards, Base64, hexadecimal or percent signs. How a number was found decides how much one find is worth.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from urllib.parse import unquote_to_bytes

from shuyang_data.characters import UNSEEN

CHINESE_DIGITS = "零〇一二三四五六七八九幺两"
DIGITS_MEANT = "0012345678912"
TO_DIGITS = str.maketrans(CHINESE_DIGITS, DIGITS_MEANT)
UNSEEN_SIGNS = re.compile(f"[{UNSEEN}]")
# What stands for the last sign of a resident ID in other alphabets.
TO_X = str.maketrans("ХΧ×✕", "XXXX")
ATOM = re.compile(r"[0-9]+X?(?![0-9])|[0-9]+")
TOUCHING = re.compile("[0-9X]{18,}")
# Between the pieces of one number: up to three signs that are no letters, or the words of a date.
GAP = re.compile(r"(?:[^0-9A-Z\u4e00-\u9fff]|[年月日]){1,3}")
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{20,}(?:\s[A-Za-z0-9+/_-]+)*={0,2}")
HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2}){14,}")
PERCENTS = re.compile(r"%[0-9A-Fa-f]{2}")
LONGEST_PIECES, MOST_ENCODED, RESIDENT_LENGTH = 40, 400, 18


# Every look at a value begins with it.
@lru_cache(maxsize=16)
def spelled(text: str) -> str:
    """Compatible characters as one (UAX 15), Chinese digits as digits, capitals; what nobody sees is gone."""
    plain = UNSEEN_SIGNS.sub("", text)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain).translate(TO_DIGITS).translate(TO_X)
    return plain.upper()


@lru_cache(maxsize=1 << 12)
def runs(text: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """(pieces, what stands between them) of every row of digits in the text, as spelled."""
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    pieces: list[str] = []
    gaps: list[str] = []
    end = 0
    for atom in ATOM.finditer(text):
        gap = text[end : atom.start()]
        if pieces and (not GAP.fullmatch(gap) or len(pieces) >= LONGEST_PIECES):
            found.append((tuple(pieces), tuple(gaps)))
            pieces, gaps = [], []
        elif pieces:
            gaps.append(gap)
        pieces.append(atom[0])
        end = atom.end()
    return (*found, (tuple(pieces), tuple(gaps))) if pieces else tuple(found)


def pieced(text: str, lengths: frozenset[int], bounds: frozenset[int]) -> Iterator[str]:
    """Numbers of these lengths that stand there whole or in pieces: the pieces are all that is there, are equally long,
    or end where people part such a number. A decimal point parts no number.
    """
    for pieces, gaps in runs(text):
        for first in range(len(pieces)):
            # Zeros in front are no part of it.
            for last, total in enumerate(accumulate(len(piece) for piece in pieces[first:]), start=first):
                if total > max(lengths):
                    break
                if total in lengths and _is_one(pieces, gaps, first, last, bounds):
                    yield "".join(pieces[first : last + 1])


def _is_one(pieces: tuple[str, ...], gaps: tuple[str, ...], first: int, last: int, bounds: frozenset[int]) -> bool:
    if first == last:
        return True
    between = gaps[first:last]
    points = sum("." in gap for gap in between)
    if points and not (points > 1 and all(gap == "." for gap in between)):
        return False
    if last - first + 1 == len(pieces):
        return True
    lengths = [len(piece) for piece in pieces[first : last + 1]]
    is_even = len(set(lengths[:-1])) == 1 and 0 < lengths[-1] <= lengths[0] and lengths[0] in (1, 2, 3, 4, 6)
    return is_even or bounds.issuperset(list(accumulate(lengths))[:-1])


def within(text: str) -> Iterator[str]:
    """Pieces that are longer than a resident ID, and what has its length backwards."""
    yield from (found[0] for found in TOUCHING.finditer(text) if len(found[0]) > RESIDENT_LENGTH)
    for pieces, _ in runs(text[::-1]):
        joined = "".join(pieces)
        if len(joined) == RESIDENT_LENGTH:
            yield joined


def decoded(text: str) -> Iterator[str]:
    """What stands there in Base64, in hexadecimal digits or behind percent signs, as far as it is text."""
    for found in ENCODED.finditer(text):
        bare = re.sub(r"\s", "", found[0]).rstrip("=").replace("-", "+").replace("_", "/")
        if len(bare) <= MOST_ENCODED and not re.fullmatch("[0-9]+|[0-9a-fA-F]+", bare):
            try:
                yield from _as_text(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
            except (binascii.Error, ValueError):
                continue
    for found in HEXADECIMAL.finditer(text):
        if len(found[0]) <= MOST_ENCODED:
            yield from _as_text(bytes.fromhex(found[0]))
    if PERCENTS.search(text):
        yield from _as_text(unquote_to_bytes(text))


def _as_text(content: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "gb18030"):
        try:
            inner = content.decode(encoding)
        except UnicodeError:
            continue
        if all(sign.isprintable() or sign.isspace() for sign in inner):
            yield inner
            return
