"""dBASE and FoxPro tables: every value as the characters that stand in the file."""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from dbfread import DBF, DBFNotFound, MissingMemoFile

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.formats.delimited import reads_as_chinese
from shuyang_data.reading.grid import SourceTable
from shuyang_data.records import Refusal
from shuyang_data.standard.damaged import NO_RESULT

ENCODINGS = ("utf-8", "gb18030")
MOST_DAMAGED = 0.05
# Types whose bytes are no text: whole numbers, doubles, amounts in ten-thousandths, days with milliseconds.
BINARY = {"I": struct.Struct("<i"), "+": struct.Struct("<i"), "B": struct.Struct("<d"), "O": struct.Struct("<d"),
          "Y": struct.Struct("<q"), "T": struct.Struct("<ii"), "@": struct.Struct("<ii")}  # fmt: skip
MEMOS, JULIAN = "MGPW", 1721425
LOGICAL = dict.fromkeys((b"T", b"Y"), "是") | dict.fromkeys((b"F", b"N"), "否")
# What a file says of itself: how many records, and how long its head and each of them are.
HEAD, HEAD_LENGTH, END = struct.Struct("<4xIHH"), 12, b"\x1a"


def read_dbf(path: Path) -> list[SourceTable]:
    """The one table of the file; deleted records are left out and said so. Raise DeliveryRefusedError when damaged."""
    try:
        table = DBF(str(path), raw=True, ignore_missing_memofile=True, encoding="latin-1")
        names = [name.encode("latin-1") for name in table.field_names]
        kinds = [field.type for field in table.fields]
        records = [[_cell(value, kind) for value, kind in zip(r.values(), kinds, strict=True)] for r in table]
        deleted = len(table.deleted)
    except (DBFNotFound, MissingMemoFile, ValueError, OSError, IndexError, KeyError, EOFError) as error:
        raise _refusal(path, f"不是完好的 DBF（{error}）") from error
    except Exception as error:  # struct.error and whatever a damaged header leads to
        raise _refusal(path, "DBF 文件头损坏") from error
    told = _measured(path)
    written = [[cell for cell in row if isinstance(cell, bytes)] for row in records]
    encoding, faults = _encoding(names, written)
    beyond_ascii = [cell for row in [names, *written] for cell in row if not cell.isascii()]
    if encoding == "utf-8" and reads_as_chinese(b" ".join(beyond_ascii)):
        encoding, faults = "gb18030", {}
    if encoding is None:
        raise _refusal(path, "既不是 UTF-8 也不是 GB18030")
    rows = [[_text(cell, encoding) for cell in row] for row in records]
    told += (f"{deleted} 条记录带删除标记，没有读",) if deleted else ()
    columns, numbers = [n.decode(encoding) for n in names], list(range(1, len(rows) + 1))
    return [SourceTable(path.stem, columns, rows, numbers, told=told, faults=faults)]


def _measured(path: Path) -> tuple[str, ...]:
    """What is odd about the number of records; raise DeliveryRefusedError where the file ends within one, or before the
    last that its head promises.
    """
    content = path.read_bytes()
    promised, head, length = HEAD.unpack(content[:HEAD_LENGTH])
    body = content[head:]
    there, rest = divmod(len(body), length)
    if there < promised:
        problem = Problem(
            path.name, f"文件头说有 {promised:,} 条记录，只有 {there:,} 条完整的", "完整的 DBF 文件", "重新导出后再送"
        )
        raise DeliveryRefusedError(Refusal.TRUNCATED, [problem])
    more = body[promised * length :]
    if not more.strip(b"\0" + END) or more.startswith(END):
        return ()
    if rest and not more[-rest:].startswith(END):
        raise DeliveryRefusedError(
            Refusal.TRUNCATED, [Problem(path.name, "最后一条记录不完整", "完整的 DBF 文件", "重新导出后再送")]
        )
    return (f"文件头说有 {promised:,} 条记录，文件里有 {there:,} 条，都读了",)


def _encoding(names: list[bytes], records: list[list[bytes]]) -> tuple[str | None, dict[int, str]]:
    """(the encoding of all cells, rows with a damaged one); None where more than single cells are of no encoding."""
    for encoding in ENCODINGS:
        if not all(_decodes(name, encoding) for name in names):
            continue
        wrong = {n: [c for c in row if not _decodes(c, encoding)] for n, row in enumerate(records, start=1)}
        damaged = {n: cells for n, cells in wrong.items() if cells}
        # A field of fixed width cuts its last character in two.
        torn = all(_decodes(cell.rstrip(b" \x00")[:-1], encoding) for cells in damaged.values() for cell in cells)
        if torn or len(damaged) <= MOST_DAMAGED * len(records):
            return encoding, dict.fromkeys(damaged, "有一个字符被截断或损坏")
    return None, {}


def _cell(value: object, kind: str) -> bytes | str:
    """A field's bytes where it stands as text, else what they mean (Visual FoxPro)."""
    raw = value if isinstance(value, bytes) else str("" if value is None else value).encode()
    if kind == "L":
        return LOGICAL.get(raw.strip().upper(), raw if raw.strip(b" ?") else "")
    if kind in MEMOS:
        return f"{NO_RESULT}=备注字段" if raw.strip(b" \x00") else ""
    # Older programs write the number of a memo into a field of the type that is a double in newer ones.
    is_number = kind == "B" and not raw.strip(b" 0123456789")
    if kind not in BINARY or len(raw) != BINARY[kind].size or is_number:
        return raw
    numbers = BINARY[kind].unpack(raw)
    if kind == "T":
        return _moment(*numbers)
    return str(numbers[0]) if kind != "Y" else str(Decimal(numbers[0]) / 10_000)


def _text(cell: bytes | str, encoding: str) -> str:
    return cell if isinstance(cell, str) else cell.decode(encoding, "replace").strip(" \x00")


def _moment(day: int, milliseconds: int) -> str:
    """A day of the Julian calendar's count, and the milliseconds of it; nothing where both are none."""
    if not day:
        return ""
    moment = datetime.combine(date.fromordinal(day - JULIAN), time()) + timedelta(milliseconds=milliseconds)
    return moment.isoformat(sep=" ", timespec="seconds")


def _decodes(cell: bytes, encoding: str) -> bool:
    try:
        cell.decode(encoding)
    except UnicodeError:
        return False
    return True


def _refusal(path: Path, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(Refusal.UNREADABLE, [Problem(path.name, found, "完整的 DBF 文件", "重新导出后再送")])
