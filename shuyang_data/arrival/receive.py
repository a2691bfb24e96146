"""From the inbox into landing: the bytes as delivered, one folder a delivery, named after their checksum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from shuyang_data.arrival.manifest import MANIFEST, landed, write_manifest
from shuyang_data.arrival.stamp import Stamp, read_stamp
from shuyang_data.catalog.model import Dataset
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery, DeliveryState, Refusal, effect
from shuyang_data.storage.files import claim, free_name, fresh_folder, put_folder, sha256_of, storage_errors

# A sender who puts an empty `<file>.ok` beside a file says that it is complete.
MARKER = ".ok"
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
        unnamed = Delivery("", dataset, path.name, claimed.stat().st_size, sha256, date.min, 0, now.astimezone(UTC))
        before = landed(landing, dataset)
        delivery = _unless_voided(dated(unnamed, now.date(), ahead), before)
        identity, is_new = _identity(f"{delivery.data_on:%Y%m%d}-{sha256[:16]}", sha256, before)
        final = landing / dataset.department / dataset.dataset / identity
        delivery = replace(delivery, id=identity, path=str((final / path.name).relative_to(landing)))
        if is_new:
            write_manifest(staged, delivery)
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
            back = free_name(inbox / dataset.department / path.name)
            back.parent.mkdir(parents=True, exist_ok=True)
            path.rename(back)


def dated(delivery: Delivery, received_on: date, ahead: int) -> Delivery:
    """The delivery with the data date that its file's name gives it, or refused. received_on: the county's day."""
    stamp = read_stamp(Path(delivery.path).stem)
    refusal, detail = dating_fault(stamp, received_on, ahead)
    data_on = received_on if refusal or stamp.day is None else stamp.day
    state = DeliveryState.REFUSED if refusal else DeliveryState.LANDED
    sequence = data_on.toordinal() * 100 + stamp.place
    return replace(delivery, data_on=data_on, sequence=sequence, state=state, refusal=refusal, detail=detail)


def fresh_from(delivery: Delivery, zone: ZoneInfo) -> date:
    """The day from which the data ages: data cannot be of a later day than the one on which it came."""
    return min(delivery.data_on, delivery.received_at.astimezone(zone).date())


def date_taken(delivery: Delivery) -> str:
    """The data date that counts, and why, for a receipt."""
    stamp = read_stamp(Path(delivery.path).stem)
    if stamp.day == delivery.data_on:
        why = "文件名所写"
    elif stamp.day is None and not stamp.impossible:
        why = "文件名没有日期，按收到之日"
    else:
        why = "文件名的日期用不了，按收到之日"
    return f"{delivery.data_on}（{why}）"


def _unless_voided(delivery: Delivery, before: Sequence[Delivery]) -> Delivery:
    """Bytes that a named person took out of effect do not come back by being sent again."""
    if delivery.state is DeliveryState.REFUSED or _newest_alike(delivery, before) is not DeliveryState.VOIDED:
        return delivery
    detail = "内容与一份已作废的交付相同；更正后再送，或由登记人 shuyang delivery retry 并写明事由"
    return replace(delivery, state=DeliveryState.REFUSED, refusal=Refusal.VOIDED, detail=detail)


def _newest_alike(delivery: Delivery, before: Sequence[Delivery]) -> DeliveryState | None:
    """The state of the last received delivery of the same bytes."""
    alike = [known for known in before if known.sha256 == delivery.sha256 and known.refusal != Refusal.VOIDED]
    return max(alike, key=lambda known: known.received_at).state if alike else None


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
    standing = [delivery for delivery in before if delivery.state is not DeliveryState.VOIDED]
    newest = max(standing, key=effect, default=None)
    if newest is not None and newest.sha256 == sha256 and newest in alike:
        return newest.id, False
    return f"{name}-{len(alike) + 1}", True
