"""Writes the demonstration county's deliveries into an inbox, and `truth.json`: what a right night must make of them.

Deterministic: the same date gives the same bytes of text files and the same truth.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from samples.defects import Defect, spoil
from samples.demands import write_demands
from samples.people import Residents, credit_codes, residents
from samples.values import Columns, clean_columns
from samples.write import as_written, write_csv, write_xls, write_xlsx
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import FileFormat
from shuyang_data.names import DatasetId

PLAN = Path(__file__).with_name("county.yaml")
ORDINARY_SHARE, BLOCKED_SHARE = 0.004, 0.12
OVERLAP_ROWS = 48
STRANGERS = 2000


@dataclass
class County:
    """What generation passes along. keys: `department/dataset.column` → sound values others may refer to."""

    catalog: Catalog
    inbox: Path
    today: date
    plan: Mapping[str, Any]
    people: Residents
    strangers: Residents
    keys: dict[str, np.ndarray] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)


def generate(catalog: Catalog, home: Path, today: date, scale: float = 1.0) -> Path:
    """Write every delivery into `home/inbox` and the truth beside it; the truth's path. scale: share of the rows."""
    plan = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    plan["rows"] = {name: max(min(rows, 120), int(rows * scale)) for name, rows in plan["rows"].items()}
    everybody = residents(plan["rows"]["police/population"] + STRANGERS, today, np.random.default_rng(plan["seed"]))
    known = Residents(*(values[:-STRANGERS] for values in everybody))
    strangers = Residents(*(values[-STRANGERS:] for values in everybody))
    county = County(catalog, home / "inbox", today, plan, known, strangers)
    for dataset in _in_order(catalog):
        if str(dataset.id) in plan["rows"]:
            _deliver(county, dataset)
    demands = write_demands(county.inbox / "registers" / "demands.csv", catalog, today)
    truth = home / "truth.json"
    body = {"as_of": today.isoformat(), "demands": demands, "datasets": county.truth}
    truth.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    return truth


def _in_order(catalog: Catalog) -> list[Dataset]:
    """Datasets after those that they refer to."""
    done: dict[DatasetId, Dataset] = {}
    while len(done) < len(catalog.datasets):
        for identity, dataset in catalog.datasets.items():
            if identity not in done and all(parent in done for parent, _ in dataset.references().values()):
                done[identity] = dataset
    return list(done.values())


def _deliver(county: County, dataset: Dataset) -> None:
    name = str(dataset.id)
    fate = county.plan["deliveries"].get(name, "")
    random = np.random.default_rng([county.plan["seed"], zlib.crc32(name.encode())])
    count = county.plan["rows"][name]
    columns = clean_columns(dataset, county.catalog, count, county.today, county.keys, county.people, random)
    share = BLOCKED_SHARE if fate == "too_many_rejects" else ORDINARY_SHARE
    thousands = name in county.plan["thousands"]
    clean = {key: values.copy() for key, values in columns.items()}
    spoilt, defects = spoil(dataset, columns, _strangers(county, dataset, random), share, thousands, random)
    _remember_keys(county, dataset, clean, defects)
    truth = county.truth[name] = {
        "deliveries": [],
        "rejected": [],
        "superseded": 0,
        "blocked": fate == "too_many_rejects",
    }
    deliver = DELIVER.get(fate, _deliver_once)
    deliver(county, dataset, spoilt, defects, truth)
    if truth["blocked"]:
        truth["rejected"] = []


def _strangers(county: County, dataset: Dataset, random: np.random.Generator) -> dict[str, np.ndarray]:
    """For every foreign key, valid values that the other dataset does not hold."""
    found = {}
    for column, (parent, target) in dataset.references().items():
        if target == "resident_id":
            found[column] = county.strangers.id
        elif target == "credit_code":
            found[column] = credit_codes(50, random, prefix="92321322")
        else:
            sample = county.keys[f"{parent}.{target}"][:50]
            found[column] = np.array([f"{value[:-1]}X" for value in sample], dtype=object)
    return found


def _remember_keys(county: County, dataset: Dataset, clean: Columns, defects: list[Defect]) -> None:
    """Only rows that will be accepted may be referred to."""
    if len(dataset.key) == 1:
        broken = {defect.row for defect in defects if defect.code is not None}
        values = clean[dataset.key[0]]
        sound = np.array([row not in broken for row in range(len(values))])
        county.keys[f"{dataset.id}.{dataset.key[0]}"] = values[sound]


def _write(county: County, dataset: Dataset, columns: Columns, day: date, number: int = 0) -> tuple[Path, int]:
    """(file, first data row) of one delivery."""
    name = str(dataset.id)
    form = county.plan["dates"].get(name, "")
    written = [as_written(columns[c.name], c.type, form) for c in dataset.columns]
    suffix = f"_{number}" if number else ""
    path = (
        county.inbox / dataset.id.department / f"{dataset.delivery.file}_{day:%Y%m%d}{suffix}.{dataset.delivery.format}"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    if dataset.delivery.format is FileFormat.CSV:
        encoding = county.plan["encoding"].get(name, "utf-8")
        return path, write_csv(path, [column.title for column in dataset.columns], written, encoding)
    writer = write_xlsx if dataset.delivery.format is FileFormat.XLSX else write_xls
    return path, writer(path, dataset, written)


def _note(truth: dict[str, Any], path: Path, rows: int, first: int, defects: list[Defect]) -> None:
    truth["deliveries"].append({"file": path.name, "rows": rows, "refusal": None})
    truth["rejected"] += [[path.name, d.row + first, f"{d.code}:{d.column}"] for d in defects if d.code is not None]


def _deliver_once(
    county: County, dataset: Dataset, columns: Columns, defects: list[Defect], truth: dict[str, Any]
) -> None:
    path, first = _write(county, dataset, columns, county.today)
    _note(truth, path, len(next(iter(columns.values()))), first, defects)


def _deliver_late(
    county: County, dataset: Dataset, columns: Columns, defects: list[Defect], truth: dict[str, Any]
) -> None:
    path, first = _write(county, dataset, columns, county.today - timedelta(days=75))
    _note(truth, path, len(next(iter(columns.values()))), first, defects)


def _deliver_nothing(*_: Any) -> None:
    """The department forgot."""


def _deliver_empty(county: County, dataset: Dataset, columns: Columns, _: list[Defect], truth: dict[str, Any]) -> None:
    path, _first = _write(county, dataset, columns, county.today)
    path.write_bytes(b"")
    truth["deliveries"].append({"file": path.name, "rows": 0, "refusal": "empty_file"})


def _deliver_truncated(
    county: County, dataset: Dataset, columns: Columns, _: list[Defect], truth: dict[str, Any]
) -> None:
    path, _first = _write(county, dataset, columns, county.today)
    content = path.read_bytes()
    cut = content[: len(content) * 2 // 3]
    path.write_bytes(cut[: cut.rindex(b",")])
    truth["deliveries"].append({"file": path.name, "rows": 0, "refusal": "truncated_file"})


def _deliver_wrong(county: County, dataset: Dataset, columns: Columns, _: list[Defect], truth: dict[str, Any]) -> None:
    """Another department's file under this name."""
    path, _first = _write(county, dataset, columns, county.today)
    other = county.catalog.datasets[DatasetId("command", "camera")]
    columns = _columns_of(county, other)
    write_csv(path, [column.title for column in other.columns], [columns[c.name] for c in other.columns], "utf-8")
    truth["deliveries"].append({"file": path.name, "rows": 0, "refusal": "wrong_dataset"})


def _columns_of(county: County, dataset: Dataset) -> Columns:
    random = np.random.default_rng(7)
    return clean_columns(dataset, county.catalog, 200, county.today, county.keys, county.people, random)


def _deliver_again(
    county: County, dataset: Dataset, columns: Columns, defects: list[Defect], truth: dict[str, Any]
) -> None:
    """First an older export of fewer rows, then the whole again under the same date."""
    count = len(next(iter(columns.values())))
    older = {name: values[: count // 2] for name, values in columns.items()}
    path, first = _write(county, dataset, older, county.today)
    _note(truth, path, count // 2, first, [])
    path, first = _write(county, dataset, columns, county.today, 2)
    _note(truth, path, count, first, defects)
    truth["superseded"] = count // 2


def _deliver_overlapping(
    county: County, dataset: Dataset, columns: Columns, defects: list[Defect], truth: dict[str, Any]
) -> None:
    """Yesterday's readings once more, corrected: their sound rows replace those of the first delivery."""
    count = len(next(iter(columns.values())))
    path, first = _write(county, dataset, columns, county.today - timedelta(days=1))
    _note(truth, path, count, first, defects)
    spoilt = {defect.row for defect in defects}
    copied = {defect.row for defect in defects if defect.kind == "duplicate"}
    keys = list(zip(*(columns[name] for name in dataset.key), strict=True))
    twins = {keys[row] for row in copied}
    sound = [row for row in range(count) if row not in spoilt and keys[row] not in twins][-OVERLAP_ROWS:]
    again = {name: values[sound] for name, values in columns.items()}
    path, first = _write(county, dataset, again, county.today)
    _note(truth, path, len(sound), first, [])
    truth["superseded"] = len(sound)


DELIVER: dict[str, Callable[[County, Dataset, Columns, list[Defect], dict[str, Any]], None]] = {
    "empty": _deliver_empty,
    "truncated": _deliver_truncated,
    "wrong_dataset": _deliver_wrong,
    "missing": _deliver_nothing,
    "late": _deliver_late,
    "redelivered": _deliver_again,
    "overlapping": _deliver_overlapping,
}
