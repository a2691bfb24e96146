"""Values and names written into SQL text, for the statements that take no parameters."""

from __future__ import annotations

from pathlib import Path


def quote(value: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def quote_name(*parts: str) -> str:
    """A SQL identifier of one or more parts: `"schema"."table"`."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)
