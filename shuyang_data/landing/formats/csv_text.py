"""Delimited text: encoding by strict decoding, then rows by Python's csv reader."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from pathlib import Path

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.records import Refusal

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
HEAD_BYTES = 1 << 20
DELIMITERS = ",;\t|"


def detect_encoding(path: Path) -> str:
    """BOM, else strict UTF-8, else strict GB18030, over the whole file; raise DeliveryRefusedError if neither."""
    with path.open("rb") as source:
        head = source.read(4)
    marked = [name for bom, name in BOMS if head.startswith(bom)]
    for name in marked or ("utf-8", "gb18030"):
        if _decodes(path, name):
            return name
    problem = Problem(path.name, "既不是 UTF-8 也不是 GB18030", "完整的文本文件", "重新导出后再送")
    raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])


def _decodes(path: Path, name: str) -> bool:
    """A character cut in two at the very end does not speak against an encoding: the file was truncated."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as source:
            while chunk := source.read(HEAD_BYTES):
                decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def read_head(path: Path, encoding: str, rows: int) -> tuple[list[list[str]], str]:
    """The first rows and the delimiter that makes them agree best."""
    with path.open("rb") as source:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(source.read(HEAD_BYTES))
    lines = text.splitlines(keepends=True)[:rows]
    delimiter = max(DELIMITERS, key=lambda mark: _agreement(lines, mark))
    return list(csv.reader(lines, delimiter=delimiter)), delimiter


def _agreement(lines: list[str], delimiter: str) -> tuple[int, int]:
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return (count, width)


def read_rows(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    """Every row of the file; a value keeps every character."""
    with path.open(encoding=encoding, newline="", errors="replace" if encoding == "gb18030" else "strict") as source:
        return list(csv.reader(source, delimiter=delimiter))


def to_utf8(path: Path, encoding: str, target: Path) -> None:
    """The same text in UTF-8 without a mark, streamed."""
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as writer:
        while chunk := source.read(HEAD_BYTES):
            writer.write(chunk)


def ends_whole(path: Path) -> bool:
    """Whether the file ends with a line end, as an unbroken export does."""
    with path.open("rb") as source:
        source.seek(0, 2)
        size = source.tell()
        source.seek(max(0, size - 4))
        return source.read().rstrip(b"\x00").endswith((b"\n", b"\r"))
