"""The drop folder: which files are complete, and which dataset each one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shuyang_data.arrival.push import free_inbox_name
from shuyang_data.arrival.receive import MARKER, SHEET, waiting_files
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.names import DatasetId
from shuyang_data.reading.content import Content, recognise
from shuyang_data.reading.contract import likely_dataset
from shuyang_data.reading.formats.delimited import read_delimited
from shuyang_data.reading.grid import Grid, make_grid
from shuyang_data.reading.read import read_sheets

STILL_SECONDS = 10
HEAD = 1 << 18
Look = tuple[int, int]


@dataclass(frozen=True)
class Watched:
    """ready: complete files by dataset; strange: complete files of no dataset; looks: path → (size, mtime in ns)."""

    ready: dict[DatasetId, list[Path]]
    strange: list[Path]
    looks: dict[str, Look]


def watch_inbox(inbox: Path, catalog: Catalog, before: Mapping[str, Look], now: float, today: date) -> Watched:
    """One look at the drop folder. A complete file with an unknown name is matched by its columns and renamed.

    before: the looks of the last time. now: seconds since 1970.
    """
    looks: dict[str, Look] = {}
    ready: dict[DatasetId, list[Path]] = {}
    strange: list[Path] = []
    for department in catalog.departments:
        datasets = [d for d in catalog.datasets.values() if d.id.department == department]
        named = {path: d for d in datasets for path in waiting_files(inbox, d)}
        for path in _files(inbox / department):
            look = (path.stat().st_size, path.stat().st_mtime_ns)
            looks[str(path.relative_to(inbox))] = look
            if not _is_complete(path, look, before.get(str(path.relative_to(inbox))), now):
                continue
            dataset = named.get(path) or match_by_columns(path, datasets)
            if dataset is None:
                strange.append(path)
            else:
                ready.setdefault(dataset.id, []).append(
                    path if path in named else _claimed(path, inbox, dataset, today)
                )
    return Watched(ready, strange, looks)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        p for p in folder.iterdir() if p.is_file() and not p.name.startswith((".", "~", SHEET)) and p.suffix != MARKER
    )


def _is_complete(path: Path, look: Look, before: Look | None, now: float) -> bool:
    """Marked as complete by its sender, or untouched since the last look and for some seconds."""
    if path.with_name(path.name + MARKER).exists():
        return True
    return look == before and now - look[1] / 1e9 >= STILL_SECONDS


def match_by_columns(path: Path, datasets: list[Dataset]) -> Dataset | None:
    """The dataset of the department whose columns the file names; None when no one fits, or the file cannot be read."""
    try:
        grids = _grids(path)
    except DeliveryRefusedError:
        return None
    found = {identity for grid in grids if (identity := likely_dataset(grid, datasets))}
    return next((d for d in datasets if d.id in found), None) if len(found) == 1 else None


def _grids(path: Path) -> list[Grid]:
    content = recognise(path)
    if content is Content.WORKBOOK:
        return read_sheets(path)
    if content is Content.DELIMITED:
        return [make_grid(read_delimited(path, HEAD).rows[:100], handmade=False)]
    return []


def _claimed(path: Path, inbox: Path, dataset: Dataset, today: date) -> Path:
    """The file under the dataset's own name, so that the night finds it too."""
    final = free_inbox_name(inbox, dataset, today, path.suffix or ".dat")
    path.rename(final)
    path.with_name(path.name + MARKER).unlink(missing_ok=True)
    return final
