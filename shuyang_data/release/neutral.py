"""Texts that a spreadsheet would run as a formula are made harmless in every export; the lake keeps them as they are.

A cell that begins with `=`, `@`, a tab or a carriage return, or with `+` or `-` and is no number, gets an apostrophe
before it (OWASP, CSV Injection).
"""

from __future__ import annotations

import re

ALWAYS = "=@\t\r"
NUMBER = re.compile(r"^[+-]\d*\.?\d*(?:[eE][+-]?\d+)?$")


def neutral(cell: str) -> str:
    """The cell as an export may show it."""
    if cell[:1] in ALWAYS and cell:
        return f"'{cell}"
    return f"'{cell}" if cell[:1] in "+-" and len(cell) > 1 and not NUMBER.match(cell) else cell
