"""Delimited text: decoded by strict rules over the whole file, then rows; a value keeps every character."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.cells import DATA_KINDS, blank, kind_of
from shuyang_data.reading.formats.dialect import Dialect, detect_dialect
from shuyang_data.reading.formats.lines import read_rows
from shuyang_data.records import Refusal

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CHUNK = 1 << 20
QUICK = 4 << 20
FAULT_SEARCH = 256 << 20
LINE_END = re.compile(r"\r\n|\n|\r")
CONFLICT = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.MULTILINE)
# From this byte on UTF-8 begins characters of three bytes, as China's are; signs that texts have without any of them.
LEADS_THREE = 0xE0
USUAL = frozenset(map(chr, range(128))) | frozenset("°·×±÷§µ²³«»éèêàáâäöüßñçóíúøåÉÄÖÜ©®\u00a0")
HIGH, BEYOND_ASCII, LOOK = bytes(range(0x80, 0x100)), re.compile(rb"[\x80-\xff]+"), 1 << 20
# GB 2312 level 1: the characters in common use.
FIRST_COMMON, LAST_COMMON = b"\xb0\xa1", b"\xd7\xf9"


def detect_encoding(path: Path, *, quick: bool = False) -> str:
    """The mark, else strict UTF-8, else strict GB18030, else UTF-16 without a mark, each over the whole file.

    quick: GB18030 over the beginning only, for a reader that decodes every byte strictly itself.
    Raises DeliveryRefusedError when none of them can read every character.
    """
    with path.open("rb") as source:
        head = source.read(4096)
    marked = next((name for mark, name in BOMS if head.startswith(mark)), None)
    for name in [marked] if marked else _likely(head):
        if _decodes(path, name, QUICK if quick and name == "gb18030" else None):
            is_doubtful = name == "utf-8" and not marked and max(head, default=0) < LEADS_THREE
            return "gb18030" if is_doubtful and reads_as_chinese(_beyond_ascii(path)) else name
    places = [_first_fault(path, name) for name in ([marked] if marked else _likely(head))]
    found = f"既不是 UTF-8 也不是 GB18030：{'；'.join(filter(None, places))}"
    problem = Problem(path.name, found, "全文用一种编码的文本文件", "改正所指的字节，或用一种编码重新导出后再送")
    raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])


def _beyond_ascii(path: Path) -> bytes:
    """The characters of a text that are no ASCII, in rows; empty where one of them begins like those of China."""
    rows: list[bytes] = []
    rest = b""
    with path.open("rb") as source:
        while block := source.read(LOOK):
            text = rest + block
            rest = b""
            if text.isascii():
                continue
            if max(text) >= LEADS_THREE:
                return b""
            whole = text.rstrip(HIGH)
            rest = text[len(whole) :]
            rows += BEYOND_ASCII.findall(whole)
    return b" ".join([*rows, rest])


def reads_as_chinese(content: bytes) -> bool:
    """Whether bytes that are UTF-8 by chance are GB18030: the first reading has letters of Europe and of the Near East
    and not one of China, the second nothing but common characters (GB 2312 level 1).
    """
    if content.isascii() or max(content) >= LEADS_THREE:
        return False
    try:
        text, chinese = content.decode("utf-8"), content.decode("gb18030")
        codes = [character.encode("gb2312") for character in chinese if not character.isascii()]
    except UnicodeError:
        return False
    return not set(text) <= USUAL and all(FIRST_COMMON <= code <= LAST_COMMON for code in codes)


def _first_fault(path: Path, name: str) -> str:
    """Where the text stops being of an encoding: line, byte in the file, and the byte."""
    with path.open("rb") as source:
        content = source.read(FAULT_SEARCH)
    try:
        content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mark = " ".join(f"0x{byte:02X}" for byte in content[error.start : error.end])
        return f"第 {line} 行第 {error.start + 1} 字节（{mark}）不是 {name.upper()}"
    return ""


def _likely(head: bytes) -> list[str]:
    """Encodings to try: text of two bytes a character has many zero bytes, on one side only."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.2 * len(head) / 2 and even == 0:
        return ["utf-16-le"]
    if even > 0.2 * len(head) / 2 and odd == 0:
        return ["utf-16-be"]
    return ["utf-8", "gb18030"]


def _decodes(path: Path, name: str, most: int | None) -> bool:
    """A character cut in two at the very end does not speak against an encoding: the file was truncated."""
    decoder = codecs.getincrementaldecoder(name)()
    try:
        with path.open("rb") as source:
            while (most is None or source.tell() < most) and (chunk := source.read(CHUNK)):
                decoder.decode(chunk)
    except UnicodeError:
        return False
    return True


def decode(path: Path, encoding: str, most: int | None = None) -> str:
    """The whole text, or that of its first bytes; a character cut in two at the end stays as the mark of a lost one."""
    with path.open("rb") as source:
        text = source.read(-1 if most is None else most).decode(encoding, errors="replace")
    if CONFLICT.search(text):
        problem = Problem(
            path.name, "文件里有版本冲突标记（<<<<<<< ======= >>>>>>>）", "合并完成的文件", "重新导出后再送"
        )
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])
    return text


def split_lines(text: str) -> list[str]:
    """Lines, whichever row ending the file uses; the empty one after the last ending is none."""
    lines = LINE_END.split(text)
    return lines[:-1] if lines and lines[-1] == "" else lines


@dataclass(frozen=True)
class Text:
    """A delimited text as it was understood; rows are as long as they stand in the file."""

    encoding: str
    dialect: Dialect
    rows: list[list[str]]

    def fitted(self, row: list[str]) -> list[str]:
        """A row with more cells than the others keeps them all: what is too much goes into the last one."""
        width = self.dialect.width
        if width < 2 or len(row) <= width:
            return row
        return [*row[: width - 1], self.dialect.delimiter.join(row[width - 1 :])]


def read_delimited(path: Path, most: int | None = None) -> Text:
    """A whole delimited text, or the whole lines in its first bytes; empty rows at its end are none."""
    encoding = detect_encoding(path)
    lines = split_lines(decode(path, encoding, most))
    if most is not None and most < path.stat().st_size:
        lines = lines[:-1]
    dialect = detect_dialect(lines)
    rows = [cells for _, cells in read_rows(lines, dialect)]
    while rows and all(blank(cell) for cell in rows[-1]):
        rows.pop()
    return Text(encoding, dialect, _without_unnamed(rows, dialect.width))


def _without_unnamed(rows: list[list[str]], width: int) -> list[list[str]]:
    """Empty names in a header that is wider than all other rows by just as many name no column."""
    first = next((n for n, row in enumerate(rows) if len(row) > 1), None)
    if first is None or width < 2 or any(len(row) > width for row in rows[first + 1 :]):
        return rows
    named = [cell for cell in rows[first] if not blank(cell)]
    if len(named) == width < len(rows[first]) and not any(kind_of(cell) in DATA_KINDS for cell in named):
        return [*rows[:first], named, *rows[first + 1 :]]
    return rows


def ends_whole(path: Path) -> bool:
    """Whether the file ends with a line end, as an unbroken export does."""
    with path.open("rb") as source:
        source.seek(0, 2)
        size = source.tell()
        source.seek(max(0, size - 4))
        return source.read().rstrip(b"\x00").endswith((b"\n", b"\r"))
