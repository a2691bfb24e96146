"""From the inbox into landing: the bytes as delivered, one folder a delivery, named after their checksum."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from shuyang_data.arrival.stamp import Stamp, read_stamp
from shuyang_data.catalog.model import Dataset
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery, DeliveryState, Refusal, effect
from shuyang_data.storage.files import claim, fresh_folder, put_folder, sha256_of, storage_errors, write_text

# A sender who puts an empty `<file>.ok` beside a file says that it is complete.
MARKER = ".ok"
MANIFEST = "manifest.json"
# What a department says it has handed over; no data.
SHEET, PLACE = "交接单", "handover"


def waiting_files(inbox: Path, dataset: Dataset) -> list[Path]:
    """Files in the department's inbox folder that are named as this dataset's, oldest data first."""
    folder = inbox / dataset.id.department
    if not folder.is_dir():
        return []
    found = [p for p in folder.iterdir() if p.is_file() and _is_named(p, dataset)]
    return sorted(found, key=_in_order)


def _in_order(path: Path) -> tuple[date, int, str]:
    stamp = read_stamp(path.stem)
    return stamp.day or date.min, stamp.place, path.name


def _is_named(path: Path, dataset: Dataset) -> bool:
    return read_stamp(path.stem).name == dataset.delivery.file and not path.name.startswith((".", "~"))


def receive(path: Path, dataset: DatasetId, landing: Path, now: datetime, ahead: int = 0) -> tuple[Delivery, bool]:
    """Move one inbox file into landing. Returns the delivery and whether it is new.

    now: in the county's zone; a file without a date is of that day, one with a later date than `ahead` days after it is
    refused. The bytes of the newest delivery again are a repeat; those of an earlier one are sent anew.

    The file is claimed by one rename; whenever the process dies, it is in the inbox, among the claimed ones that
    `give_back` returns to the inbox, or in a whole folder in landing.
    """
    with storage_errors(path):
        give_back(dataset, landing, path.parent.parent)
        staged = fresh_folder(_claims(landing, dataset))
        claimed = claim(path, staged / path.name)
        sha256 = sha256_of(claimed)
        stamp = read_stamp(path.stem)
        refusal, detail = dating_fault(stamp, now.date(), ahead)
        data_on = now.date() if refusal or stamp.day is None else stamp.day
        identity, is_new = _identity(f"{data_on:%Y%m%d}-{sha256[:16]}", sha256, landed(landing, dataset))
        final = landing / dataset.department / dataset.dataset / identity
        delivery = Delivery(
            id=identity,
            dataset=dataset,
            path=str((final / path.name).relative_to(landing)),
            size=claimed.stat().st_size,
            sha256=sha256,
            data_on=data_on,
            sequence=data_on.toordinal() * 100 + stamp.place,
            received_at=now.astimezone(UTC),
            state=DeliveryState.REFUSED if refusal else DeliveryState.LANDED,
            refusal=refusal,
            detail=detail,
        )
        if is_new:
            write_text(staged / MANIFEST, json.dumps(_manifest(delivery), ensure_ascii=False, indent=1))
            put_folder(staged, final)
        else:
            claimed.unlink()
        path.with_name(path.name + MARKER).unlink(missing_ok=True)
    return delivery, is_new


def receive_sheets(departments: Iterable[str], inbox: Path, landing: Path, now: datetime) -> int:
    """Take the hand-over sheets that wait in the inbox into landing; how many there were."""
    taken = 0
    for department in departments:
        give_back(DatasetId(department, PLACE), landing, inbox)
        for path in sorted((inbox / department).glob(f"{SHEET}*")):
            if path.is_file():
                receive(path, DatasetId(department, PLACE), landing, now)
                taken += 1
    return taken


def _claims(landing: Path, dataset: DatasetId) -> Path:
    return landing / ".staging" / f"{dataset.department}__{dataset.dataset}"


def give_back(dataset: DatasetId, landing: Path, inbox: Path) -> None:
    """Return to the inbox what a process claimed and did not live to file; only for who holds the night's lock."""
    claims = _claims(landing, dataset)
    with storage_errors(claims):
        for path in claims.iterdir() if claims.is_dir() else ():
            # Whole, or as it was being written: never a department's file.
            if path.name == MANIFEST or path.name.startswith(f".{MANIFEST}."):
                path.unlink()
                continue
            back, number = inbox / dataset.department / path.name, 0
            while back.exists():
                number += 1
                back = back.with_name(f"{path.stem}_{number}{path.suffix}")
            back.parent.mkdir(parents=True, exist_ok=True)
            path.rename(back)


def dating_fault(stamp: Stamp, today: date, ahead: int) -> tuple[Refusal | None, str]:
    """Why a file cannot be of the day that its name says. today: the county's day of receipt."""
    if stamp.impossible:
        return Refusal.IMPOSSIBLE_DATE, f"文件名里的 {stamp.impossible} 不是日期；应为真实的数据日期 YYYYMMDD"
    if stamp.day is not None and (stamp.day - today).days > ahead:
        return Refusal.FUTURE_DATE, f"数据日期 {stamp.day} 晚于收到的那天 {today}；应为不晚于收到之日的数据日期"
    return None, ""


def _identity(name: str, sha256: str, before: Sequence[Delivery]) -> tuple[str, bool]:
    """(the delivery's name, whether it is new): bytes that were replaced since are another delivery, with a number."""
    alike = [delivery for delivery in before if delivery.id == name or delivery.id.startswith(f"{name}-")]
    if not alike:
        return name, True
    newest = max(before, key=effect)
    if newest.sha256 == sha256 and newest in alike:
        return newest.id, False
    return f"{name}-{len(alike) + 1}", True


def landed(landing: Path, dataset: DatasetId) -> list[Delivery]:
    """Every delivery that landing holds of a dataset, from the manifests: landing alone can rebuild the registry."""
    found = []
    for manifest in sorted((landing / dataset.department / dataset.dataset).glob(f"*/{MANIFEST}")):
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
                state=DeliveryState(fields.get("state", DeliveryState.LANDED)),
                refusal=fields.get("refusal"),
                detail=fields.get("detail", ""),
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
        "state": delivery.state.value,
        "refusal": delivery.refusal,
        "detail": delivery.detail,
    }
