"""Texts that a spreadsheet would run as a formula are made harmless in every export; the lake keeps them as they are.

A cell that begins with `=`, `@`, a tab or a carriage return, or with `+` or `-` and is no number, gets an apostrophe
before it (OWASP, CSV Injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

ALWAYS = "=@\t\r"
NUMBER = re.compile(r"^[+-]\d*\.?\d*(?:[eE][+-]?\d+)?$")


def neutral(cell: str) -> str:
    """The cell as an export may show it."""
    if cell[:1] in ALWAYS and cell:
        return f"'{cell}"
    return f"'{cell}" if cell[:1] in "+-" and len(cell) > 1 and not NUMBER.match(cell) else cell


def csv_line(cells: Iterable[str]) -> str:
    """A line of CSV, harmless and as the engine writes its lines: quoted where that is needed, ended by one \\n."""
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerow([neutral(cell) for cell in cells])
    return target.getvalue()
