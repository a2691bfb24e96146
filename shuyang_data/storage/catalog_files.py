"""Writes entries back into the catalog's YAML files, in the form in which people keep them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.storage.files import storage_errors, write_text

WIDTH = 140
DATES = ("_on", "planned_for", "until")


def write_entries(folder: Path, entries: Mapping[Entry, Body | None]) -> list[Path]:
    """Write every entry, or take it out when its body is None; the files that changed.

    A dataset is a file of its own; the entries of a register share one, whose other entries and heading comment stay.
    """
    written = []
    registers: dict[str, dict[str, Body | None]] = {}
    for (kind, name), body in entries.items():
        if kind == "datasets":
            path = folder / "datasets" / f"{name}.yaml"
            with storage_errors(path):
                if body is None:
                    path.unlink(missing_ok=True)
                else:
                    write_text(path, dataset_text(body, heading_comment(path)))
            written.append(path)
        else:
            registers.setdefault(kind, {})[name] = body
    return written + [_write_register(folder / f"{kind}.yaml", changed) for kind, changed in registers.items()]


def _write_register(path: Path, changed: Mapping[str, Body | None]) -> Path:
    with storage_errors(path):
        present = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        kept: dict[str, Any] = {**(present or {}), **{name: _dated(body) for name, body in changed.items()}}
        text = heading_comment(path) + yaml.safe_dump(
            {name: body for name, body in kept.items() if body is not None},
            allow_unicode=True, sort_keys=False, width=WIDTH,
        )  # fmt: skip
        write_text(path, text)
    return path


def heading_comment(path: Path) -> str:
    """The lines of comment at the beginning of a file."""
    if not path.exists():
        return ""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    head = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return "".join(lines[:head])


def dataset_text(body: Body, comment: str = "") -> str:
    """A dataset's file: a line a field, a line a column."""
    lines = [comment.rstrip()] if comment else []
    for key, value in body.items():
        if key == "columns":
            lines += ["columns:", *(f"- {_flow(column)}" for column in value)]
        elif isinstance(value, dict | list):
            lines.append(f"{key}: {_flow(value)}")
        else:
            lines.append(yaml.safe_dump({key: _dated_value(key, value)}, allow_unicode=True, width=WIDTH * 4).rstrip())
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    text: str = yaml.safe_dump(
        _dated(value), default_flow_style=True, allow_unicode=True, sort_keys=False, width=1 << 30
    )
    return text.rstrip()


def _dated(value: Any, key: str = "") -> Any:
    """Dates as dates, so that they are written without quotes."""
    if isinstance(value, dict):
        return {name: _dated(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, key) for inner in value]
    return _dated_value(key, value)


def _dated_value(key: str, value: Any) -> Any:
    if isinstance(value, str) and key.endswith(DATES):
        return yaml.safe_load(value)
    # A bound of 500 is written as people write it, not as 500.0.
    return int(value) if isinstance(value, float) and value.is_integer() else value
