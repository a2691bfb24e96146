"""The county of `benchmarks.kills`: four datasets, the files of every round, and what a home holds of them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import yaml

from benchmarks.large import OTHERS
from benchmarks.processes import ROOT
from shuyang_data.names import DatasetId, Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.registry import Registry

DEPARTMENT = "command"
ROWS = 100
FIRST_DAY = date(2026, 1, 1)
HEADER = "code,value,day,place_code"
Rows = dict[str, int]


class Kind(NamedTuple):
    """One dataset. mode: of its delivery. refers: whether its rows name places."""

    name: str
    mode: str
    refers: bool

    @property
    def id(self) -> DatasetId:
        return DatasetId(DEPARTMENT, self.name)


PUSHED = Kind("sent", "increment", refers=True)
KINDS = (
    Kind("place", "full", refers=False),
    Kind("home", "full", refers=True),
    Kind("visit", "increment", refers=True),
    PUSHED,
)


def write_catalog(folder: Path) -> Path:
    """The demonstration county's catalog with these four datasets and no other."""
    shutil.copytree(ROOT / "catalog", folder, ignore=shutil.ignore_patterns(*OTHERS))
    model = yaml.safe_load((ROOT / "catalog/datasets/command/grid_event.yaml").read_text(encoding="utf-8"))
    (folder / "datasets" / DEPARTMENT).mkdir(parents=True)
    for number, kind in enumerate(KINDS):
        reference = {"references": f"{DEPARTMENT}/place.code"} if kind.refers else {}
        declared = model | {
            "title": f"甲{number}", "code": f"307001/90000{number}", "key": ["code"],
            "delivery": {"file": kind.name, "format": "csv", "mode": kind.mode},
            "sharing": {"access": "unconditional"}, "opening": {"access": "unconditional"},
            "columns": [
                {"name": "code", "title": "编号", "type": "text", "grade": 1, "required": True},
                {"name": "value", "title": "数量", "type": "integer", "grade": 1},
                {"name": "day", "title": "日期", "type": "date", "grade": 1},
                {"name": "place_code", "title": "地点编号", "type": "text", "grade": 1} | reference,
            ],
        }  # fmt: skip
        path = folder / "datasets" / DEPARTMENT / f"{kind.name}.yaml"
        path.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    return folder


def data_day(turn: int) -> date:
    return FIRST_DAY + timedelta(days=turn)


def delivered_rows(kind: Kind, turn: int) -> Rows:
    """A full dataset comes whole with new values; an increment brings new keys, and the last ones with newer values."""
    if kind.mode == "full":
        return {f"K{key}": turn for key in range(ROWS)}
    return {f"K{key}": turn for key in range(max(0, turn - 1) * ROWS, (turn + 1) * ROWS)}


def expected_rows(kind: Kind, newest: int) -> Rows:
    """What the table holds when the deliveries up to this one are in it."""
    if kind.mode == "full":
        return delivered_rows(kind, newest)
    return {f"K{key}": min(key // ROWS + 1, newest) for key in range((newest + 1) * ROWS)}


def file_of(kind: Kind, turn: int) -> tuple[str, bytes]:
    """(name, bytes) of a round's delivery."""
    day = data_day(turn)
    lines = [f"{code},{value},{day},K{int(code[1:]) % ROWS}" for code, value in delivered_rows(kind, turn).items()]
    return f"{kind.name}_{day:%Y%m%d}.csv", "\n".join([HEADER, *lines, ""]).encode()


def drop(home: Path, kind: Kind, turn: int) -> None:
    """Into the inbox, at once or not at all."""
    name, content = file_of(kind, turn)
    folder = home / "inbox" / DEPARTMENT
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / f".{name}"
    waiting.write_bytes(content)
    waiting.rename(folder / name)


def table(home: Path, kind: Kind) -> Rows:
    """The standard table as a reader finds it now; raise RuntimeError for a key that is there twice."""
    files = Lakehouse(home / "lake").files(kind.id.table(Layer.STANDARD))
    rows = [row for file in files for row in pq.read_table(file, columns=["code", "value"]).to_pylist()]
    by_key = {row["code"]: row["value"] for row in rows}
    if len(by_key) != len(rows):
        raise RuntimeError(f"{kind.name}: {len(rows)} rows of {len(by_key)} keys")
    return by_key


def newest_in(rows: Rows) -> int:
    """The last delivery in a table; -1 for none."""
    return max(rows.values(), default=-1)


def half_tables(home: Path) -> Iterator[str]:
    """Tables that hold something else than the whole of the deliveries up to one of them."""
    for kind in KINDS:
        rows = table(home, kind)
        if rows and rows != expected_rows(kind, newest_in(rows)):
            yield f"{kind.name}: {len(rows)} rows at delivery {newest_in(rows)}"


def held(home: Path) -> dict[str, Any]:
    """Everything of a home that a kill must not change: rows, deliveries, counts, releases and their bytes."""
    settings = Settings(home=home)
    registry = Registry(settings.registry)
    try:
        return {kind.name: _held_of(kind, home, registry, settings.published) for kind in KINDS}
    finally:
        registry.close()


def _held_of(kind: Kind, home: Path, registry: Registry, published: Path) -> dict[str, Any]:
    outcome = registry.outcome(kind.id)
    releases = registry.releases(kind.id)
    deliveries = registry.deliveries(kind.id)
    return {
        "rows": table(home, kind),
        "deliveries": [(one.data_on, one.sha256, one.state, one.rows) for one in deliveries],
        "counts": outcome.counts if outcome else None,
        "blocked": outcome.blocked_by if outcome else None,
        "releases": [(release.layer, release.rows, _digest(published / release.folder)) for release in releases],
    }  # fmt: skip


def _digest(folder: Path) -> str:
    """Of a package's text where there is one, else of the rows of the Parquet file: its bytes name a snapshot."""
    text = folder / "data.csv"
    if text.is_file():
        return hashlib.sha256(text.read_bytes()).hexdigest()
    return hashlib.sha256(repr(pq.read_table(folder / "data.parquet").to_pylist()).encode()).hexdigest()
