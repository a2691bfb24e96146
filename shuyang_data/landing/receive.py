"""From the inbox into landing: the bytes as delivered, one folder a delivery, named after their checksum."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery
from shuyang_data.storage.files import copy_with_sha256, fresh_folder, put_folder, storage_errors, write_text

# A sender who puts an empty `<file>.ok` beside a file says that it is complete.
MARKER = ".ok"
# What a department says it has handed over; no data.
SHEET = "交接单"
STAMP = re.compile(r"_(\d{8})(?:_(\d+))?$")


def waiting_files(inbox: Path, dataset: Dataset) -> list[Path]:
    """Files in the department's inbox folder that are named as this dataset's, oldest data first."""
    folder = inbox / dataset.id.department
    if not folder.is_dir():
        return []
    found = [p for p in folder.iterdir() if p.is_file() and _is_named(p, dataset)]
    return sorted(found, key=lambda path: (stamp(path)[0] or date.min, stamp(path)[1], path.name))


def _is_named(path: Path, dataset: Dataset) -> bool:
    return STAMP.sub("", path.stem) == dataset.delivery.file and not path.name.startswith((".", "~"))


def stamp(path: Path) -> tuple[date | None, int]:
    """(data date, number of the re-delivery) from `<file>_<YYYYMMDD>[_n].<ext>`; (None, 0) without a date."""
    match = STAMP.search(path.stem)
    if match is None:
        return None, 0
    try:
        return datetime.strptime(match[1], "%Y%m%d").date(), int(match[2] or 0)
    except ValueError:
        return None, 0


def receive(path: Path, dataset: DatasetId, landing: Path, now: datetime) -> tuple[Delivery, bool]:
    """Move one inbox file into landing. Returns the delivery and whether it is new.

    The same bytes twice are one delivery. Whenever the process dies, either the file is still in the inbox
    or its folder in landing is whole.
    """
    with storage_errors(path):
        staged = fresh_folder(landing / ".staging" / f"{dataset.department}__{dataset.dataset}")
        sha256 = copy_with_sha256(path, staged / path.name)
        stamped, number = stamp(path)
        data_on = stamped or now.date()
        identity = f"{data_on:%Y%m%d}-{sha256[:16]}"
        final = landing / dataset.department / dataset.dataset / identity
        delivery = Delivery(
            id=identity,
            dataset=dataset,
            path=str((final / path.name).relative_to(landing)),
            size=path.stat().st_size,
            sha256=sha256,
            data_on=data_on,
            sequence=data_on.toordinal() * 100 + max(number, _received_for(final.parent, data_on)),
            received_at=now,
        )
        is_new = not final.exists()
        if is_new:
            write_text(staged / "manifest.json", json.dumps(_manifest(delivery), ensure_ascii=False, indent=1))
            put_folder(staged, final)
        path.unlink()
        path.with_name(path.name + MARKER).unlink(missing_ok=True)
    return delivery, is_new


def _received_for(folder: Path, data_on: date) -> int:
    """How many deliveries of the same data date are there already: a correction under the same name wins."""
    return sum(1 for _ in folder.glob(f"{data_on:%Y%m%d}-*"))


def landed(landing: Path, dataset: DatasetId) -> list[Delivery]:
    """Every delivery that landing holds of a dataset, from the manifests: landing alone can rebuild the registry."""
    found = []
    for manifest in sorted((landing / dataset.department / dataset.dataset).glob("*/manifest.json")):
        fields = json.loads(manifest.read_text(encoding="utf-8"))
        found.append(
            Delivery(
                id=fields["id"],
                dataset=dataset,
                path=fields["path"],
                size=fields["size"],
                sha256=fields["sha256"],
                data_on=date.fromisoformat(fields["data_on"]),
                sequence=fields["sequence"],
                received_at=datetime.fromisoformat(fields["received_at"]),
            )
        )
    return found


def _manifest(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "dataset": str(delivery.dataset),
        "path": delivery.path,
        "size": delivery.size,
        "sha256": delivery.sha256,
        "data_on": delivery.data_on.isoformat(),
        "sequence": delivery.sequence,
        "received_at": delivery.received_at.isoformat(),
    }
