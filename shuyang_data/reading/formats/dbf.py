"""dBASE and FoxPro tables: every value as the characters that stand in the file."""

from __future__ import annotations

from pathlib import Path

from dbfread import DBF, DBFNotFound, MissingMemoFile

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.grid import SourceTable
from shuyang_data.records import Refusal

ENCODINGS = ("utf-8", "gb18030")
MOST_DAMAGED = 0.05


def read_dbf(path: Path) -> list[SourceTable]:
    """The one table of the file; deleted records are left out and said so. Raise DeliveryRefusedError when damaged."""
    try:
        table = DBF(str(path), raw=True, ignore_missing_memofile=True, encoding="latin-1")
        names = [name.encode("latin-1") for name in table.field_names]
        records = [[_bytes(value) for value in record.values()] for record in table]
        deleted = len(table.deleted)
    except (DBFNotFound, MissingMemoFile, ValueError, OSError, IndexError, KeyError, EOFError) as error:
        raise _refusal(path, f"不是完好的 DBF（{error}）") from error
    except Exception as error:  # struct.error and whatever a damaged header leads to
        raise _refusal(path, "DBF 文件头损坏") from error
    encoding, faults = _encoding(names, records)
    if encoding is None:
        raise _refusal(path, "既不是 UTF-8 也不是 GB18030")
    rows = [[cell.decode(encoding, "replace").strip(" \x00") for cell in row] for row in records]
    told = (f"{deleted} 条记录带删除标记，没有读",) if deleted else ()
    columns, numbers = [n.decode(encoding) for n in names], list(range(1, len(rows) + 1))
    return [SourceTable(path.stem, columns, rows, numbers, told=told, faults=faults)]


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


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str("" if value is None else value).encode()


def _decodes(cell: bytes, encoding: str) -> bool:
    try:
        cell.decode(encoding)
    except UnicodeError:
        return False
    return True


def _refusal(path: Path, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(Refusal.UNREADABLE, [Problem(path.name, found, "完整的 DBF 文件", "重新导出后再送")])
