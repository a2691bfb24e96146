"""What a workbook was made from, kept in it out of sight, so that what its user changed can be told."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.errors import Problem, UsageError

BASE = "_依据"
# Characters that a cell holds.
CELL = 32_000


@dataclass(frozen=True)
class Base:
    """The entries as they were on the day of export."""

    exported_on: date
    bodies: Mapping[Entry, Body]


def write_base(book: Any, base: Base) -> None:
    """A sheet that nobody sees, in a book of xlsxwriter."""
    entries = [[kind, name, body] for (kind, name), body in base.bodies.items()]
    text = json.dumps({"exported_on": base.exported_on.isoformat(), "entries": entries}, ensure_ascii=False)
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")
    sheet = book.add_worksheet(BASE)
    for row, start in enumerate(range(0, len(packed), CELL)):
        sheet.write_string(row, 0, packed[start : start + CELL])
    sheet.very_hidden()


def read_base(path: Path) -> Base | None:
    """What the workbook was made from; None when it does not say. Raises UsageError when it cannot be read."""
    if path.suffix.lower() != ".xlsx":
        return None
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        if BASE not in book.sheetnames:
            return None
        packed = "".join(str(row[0]) for row in book[BASE].iter_rows(values_only=True) if row and row[0])
        fields = json.loads(gzip.decompress(base64.b64decode(packed, validate=True)))
        bodies = {(kind, name): body for kind, name, body in fields["entries"]}
        return Base(date.fromisoformat(fields["exported_on"]), bodies)
    except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
        problem = Problem(path.name, "隐藏的依据表被改动，读不出来", "导出时的样子", "重新导出，再把改动填进去")
        raise UsageError([problem]) from error
    finally:
        book.close()
