"""Where the analysts' file lies, and whether it is whole and shows this home: without opening it."""

from __future__ import annotations

import json
from pathlib import Path

from shuyang_data.storage.files import sha256_of

FOLDER = "analyst"
FILE = "analyst.duckdb"
# Beside the file: its size and SHA-256, and the home to which its views lead.
BUILT = "built.json"


def note_build(folder: Path, home: Path) -> None:
    """Write down, beside a file that was just built, what it is."""
    path = folder / FILE
    built = {"home": str(home), "size": path.stat().st_size, "sha256": sha256_of(path)}
    (folder / BUILT).write_text(json.dumps(built, ensure_ascii=False), encoding="utf-8")


def build_of(link: Path) -> str:
    """The stamp of the build that `link` points at; empty when there is none, or one of the old layout."""
    path = link.resolve()
    return path.parent.name if path.name == FILE and path.exists() else ""


def build_problems(home: Path, link: Path) -> tuple[str, ...]:
    """Why analysts cannot rely on the file that `link` leads to; empty when it is whole and shows this home."""
    path = link.resolve()
    try:
        built = json.loads((path.parent / BUILT).read_text(encoding="utf-8"))
        is_whole = path.stat().st_size == built["size"] and sha256_of(path) == built["sha256"]
        place = built["home"]
    except (OSError, ValueError, TypeError, KeyError):
        return (f"{link} 不在或缺损",)
    if not is_whole:
        return (f"{link} 缺损",)
    return () if place == str(home) else (f"{link} 指向另一处 {place}",)
