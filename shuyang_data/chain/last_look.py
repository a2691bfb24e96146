"""The last look at a finished file, as the text that whoever opens it sees, by other code than the look at the table.

What the first look leaves out by mistake — a column, a type, a way of writing values — stands in the file all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.classify.chance import are_real, belong_together
from shuyang_data.classify.traces import mobiles, resident_numbers, veiled
from shuyang_data.names import Layer
from shuyang_data.records import Refused
from shuyang_data.release.package import data_dictionary

BLOCK, LONGEST = 1 << 22, 64
# Between the pieces of a number: signs that are no letters, cells' ends, the words of a date in UTF-8.
GAP = rb"(?:[ !-/:-@\[-`{-~\t]|\xe5\xb9\xb4|\xe6\x9c\x88|\xe6\x97\xa5|\xe3\x80\x80|\xc2\xa0|\xe2\x80[\x8b-\x8f]){0,3}"
SHAPED = re.compile(
    rb"(?<![0-9])([1-9][0-9]{5})" + GAP + rb"((?:19|20)[0-9]{2})" + GAP + rb"(0[1-9]|1[0-2])" + GAP
    + rb"(0[1-9]|[12][0-9]|3[01])" + GAP + rb"([0-9]{3}[0-9Xx])(?![0-9])"
)  # fmt: skip
LONG = re.compile(rb"[0-9]{17}[0-9Xx]")
# GB 11643: every place counts for a power of two, and all of them together make one, modulo eleven.
POWERS = [pow(2, 17 - place, 11) for place in range(18)]


def text_refusals(path: Path) -> tuple[Refused, ...]:
    """Why the file may not leave: resident IDs stand in it, more of them right than chance makes."""
    bare: Counter[tuple[str, bool]] = Counter()
    parted: Counter[tuple[str, bool]] = Counter()
    tried = 0
    for block in _blocks(path):
        tried += len(LONG.findall(block))
        for found in SHAPED.finditer(block):
            digits = b"".join(found.groups())
            (bare if len(found[0]) == len(digits) else parted)[digits.decode(), _is_right(digits)] += 1
    if not are_real(bare, tried) and not belong_together(parted):
        return ()
    right = sum(times for (_, ok), times in (bare + parted).items() if ok)
    return (Refused("identifier_found", f"成品文件 {path.name} 里有 {right} 处居民身份证号，不得发布"),)


def described_refusals(dataset: Dataset, catalog: Catalog, layer: Layer, today: date) -> tuple[Refused, ...]:
    """Why what the package says of the data may not leave: a name, a note or a code speaks of somebody."""
    said = [dataset.title, dataset.abstract, *_texts(data_dictionary(dataset, catalog, layer))]
    named = [text for text in said if mobiles(text) or any(n.is_right for n in resident_numbers(text, today))]
    if not named:
        return ()
    where = "数据集的名称、摘要、信息项说明或代码表"
    text = f"{where}里有 {len(named)} 处身份证号或手机号码（如“{veiled(named[0])}”），不得发布"
    return (Refused("identifier_found", text),)


def _texts(value: object) -> Iterator[str]:
    """Every text in a structure of lists and mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in pieces that end with a line, so that no number is cut; it is never in memory as a whole."""
    rest = b""
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            text = rest + block
            end = text.rfind(b"\n") + 1 or max(len(text) - LONGEST, 0)
            yield text[:end]
            rest = text[end:]
    yield rest


def _is_right(number: bytes) -> bool:
    digits = [10 if digit in b"Xx" else digit - 0x30 for digit in number]
    return sum(digit * power for digit, power in zip(digits, POWERS, strict=True)) % 11 == 1
