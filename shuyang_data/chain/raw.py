"""Landing and raw: files are received, read as text and appended; one that cannot be read right is refused whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from shuyang_data.arrival.manifest import landed
from shuyang_data.arrival.receive import give_back, receive, waiting_files
from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.fingerprint import declaration_digest, live_deliveries
from shuyang_data.chain.raw_files import SYSTEM, write_delivery
from shuyang_data.chain.reread import is_as_of_today, reread
from shuyang_data.chain.retry import read_again
from shuyang_data.classify.traces import veiled
from shuyang_data.county import County
from shuyang_data.errors import DeliveryRefusedError, Problem, StorageError
from shuyang_data.home.damage import landing_damage
from shuyang_data.names import Layer, delivery_of
from shuyang_data.records import Counts, Delivery, DeliveryState, Drift, Outcome
from shuyang_data.retention import RAW_DELIVERIES, SNAPSHOTS


@dataclass(frozen=True)
class Reading:
    """What became of the deliveries that were waiting: read into raw, or refused; rows: in the newly read ones.

    usable: how many deliveries raw holds. refused_before: the newest delivery, when an earlier night refused it.
    unfit: deliveries in force that cannot be read under the contract of today.
    """

    read: tuple[Delivery, ...]
    refused: tuple[Delivery, ...]
    usable: int
    refused_before: tuple[Delivery, ...] = ()
    unfit: tuple[Delivery, ...] = ()

    @property
    def rows(self) -> int:
        return sum(delivery.rows or 0 for delivery in self.read)

    @property
    def stopped(self) -> tuple[str, ...]:
        """Why nothing can go on: what waited was refused, what is in force does not fit the catalog any more, or there
        never was anything readable.
        """
        if self.unfit:
            return tuple(f"目录改了，现行的交付不再适合：{refusal_text(delivery)}" for delivery in self.unfit)
        if self.read or (self.usable and not self.refused):
            return ()
        reasons = tuple(refusal_text(delivery) for delivery in self.refused or self.refused_before)
        return reasons or ("没有可用的交付",)


def refusal_text(delivery: Delivery) -> str:
    return f"交付退回（{delivery.refusal}）：{delivery.detail}"


def land(county: County, dataset: Dataset) -> tuple[list[Delivery], int]:
    """Receive what waits in the inbox; (new deliveries, files whose bytes were known already)."""
    known = {delivery.id for delivery in county.registry.deliveries(dataset.id)}
    for delivery in landed(county.settings.landing, dataset.id):
        if delivery.id not in known:
            county.registry.save_delivery(delivery)
    give_back(dataset.id, county.settings.landing, county.settings.inbox)
    new, again = [], 0
    for number, path in enumerate(waiting_files(county.settings.inbox, dataset)):
        # Of several in one night each has a moment of its own: order is never a tie.
        moment = county.local_now + timedelta(microseconds=number)
        delivery, is_new = receive(path, dataset.id, county.settings.landing, moment, dataset.delivery.ahead)
        if is_new:
            county.registry.save_delivery(delivery)
            new.append(delivery)
        else:
            again += 1
            _try_again(county, delivery)
    read_again(county, dataset)
    return new, again


def _try_again(county: County, delivery: Delivery) -> None:
    """A refused file that is sent again is read again: the catalog may have been what was wrong."""
    known = next((d for d in county.registry.deliveries(delivery.dataset) if d.id == delivery.id), None)
    if known is not None and known.state is DeliveryState.REFUSED and delivery.state is DeliveryState.LANDED:
        county.registry.save_delivery(replace(known, state=DeliveryState.LANDED, refusal=None, detail=""))


def read_deliveries(county: County, dataset: Dataset) -> Reading:
    """Append every delivery that raw does not hold yet; record each as read or refused."""
    identifier = dataset.id.table(Layer.RAW)
    field_ids = county.lakehouse.prepare(identifier, SYSTEM | {c.name: "text" for c in dataset.columns})
    present = _present(county, identifier)
    newest = next((each.id for each in reversed(county.registry.deliveries(dataset.id))), "")
    done: list[Delivery] = []
    refused: list[Delivery] = []
    unfit: dict[str, Delivery] = {}
    settled: set[str] = set()
    while waiting := _waiting(dataset, county.registry.deliveries(dataset.id), present, settled):
        for delivery in waiting:
            older = present.get(delivery.id, [])
            settled.add(delivery.id)
            if older and is_as_of_today(dataset, older):
                done.append(_saved(county, delivery, sum(pq.read_metadata(file).num_rows for file in older)))
                continue
            try:
                done.append(_read(county, dataset, delivery, field_ids, older))
            except DeliveryRefusedError as error:
                if older:
                    unfit[delivery.id] = _told(delivery, error)
                    continue
                again = _refused(county, dataset, delivery, error)
                # One that is refused once more tells nothing new, unless it is what everybody waits for.
                refused += [again] if not delivery.tried or again.id == newest else []
        present = _present(county, identifier)
    _forget_replaced(county, dataset, present)
    known = county.registry.deliveries(dataset.id)
    usable = sum(delivery.state is DeliveryState.READ for delivery in known)
    before = tuple(delivery for delivery in known[-1:] if delivery.state is DeliveryState.REFUSED)
    reading = Reading(tuple(done), tuple(refused), usable, before, tuple(unfit.values()))
    if reading.stopped:
        _record_stop(county, dataset, reading.stopped)
    return reading


def _present(county: County, identifier: tuple[str, str]) -> dict[str, list[Path]]:
    """delivery → its files in raw."""
    present: dict[str, list[Path]] = {}
    for file in map(Path, county.lakehouse.files(identifier)):
        present.setdefault(delivery_of(file), []).append(file)
    return present


def _waiting(
    dataset: Dataset, deliveries: Sequence[Delivery], present: Mapping[str, Sequence[Path]], settled: Collection[str]
) -> list[Delivery]:
    """What has to be read: what was not looked at yet, and what is in force and not in raw as today's catalog reads it.

    One that is refused can bring an earlier one into force. settled: what was looked at already tonight.
    """
    live = {delivery.id for delivery in live_deliveries(dataset, deliveries)}
    lacking = {name for name in live if not is_as_of_today(dataset, present.get(name, ()))}
    waiting = (each for each in deliveries if each.state is DeliveryState.LANDED or each.id in lacking)
    return [delivery for delivery in waiting if delivery.id not in settled]


def _forget_replaced(county: County, dataset: Dataset, present: Mapping[str, Sequence[Path]]) -> None:
    """Raw keeps some deliveries that are not in force any more; the bytes of all of them stay in landing."""
    identifier = dataset.id.table(Layer.RAW)
    deliveries = [delivery.id for delivery in county.registry.deliveries(dataset.id) if delivery.id in present]
    live = {delivery.id for delivery in live_deliveries(dataset, county.registry.deliveries(dataset.id))}
    replaced = [delivery for delivery in deliveries if delivery not in live]
    # A few at a time: each snapshot costs more than the files.
    if len(replaced) > 2 * RAW_DELIVERIES:
        gone = [file for delivery in replaced[:-RAW_DELIVERIES] for file in present[delivery]]
        county.lakehouse.remove(identifier, gone, {"shuyang.run": county.run_id})
    county.lakehouse.expire(identifier, keep=SNAPSHOTS)


def _read(
    county: County, dataset: Dataset, delivery: Delivery, field_ids: dict[str, int], older: Sequence[Path]
) -> Delivery:
    """Read one delivery into raw. older: its files as an earlier catalog read them, which give place."""
    _require_as_received(county, delivery)
    identifier = dataset.id.table(Layer.RAW)
    folder = county.lakehouse.new_file(identifier).parent
    if older:
        written = reread(county, dataset, delivery, field_ids, older)
    else:
        written = write_delivery(county, dataset, delivery, folder, field_ids)
    if written is None:
        return _saved(county, delivery, delivery.rows or 0)
    properties = {"shuyang.run": county.run_id, "shuyang.delivery": delivery.id}
    if older:
        county.lakehouse.remove(identifier, list(older), properties)
    county.lakehouse.commit(identifier, list(written.files), properties, replace=False)
    return _saved(
        county,
        replace(delivery, drift=_veiled(written.drift), detail=veiled(written.notice), ledger=written.ledger),
        written.rows,
    )


def _require_as_received(county: County, delivery: Delivery) -> None:
    """What an earlier night received may have been damaged here since, which is no department's fault."""
    is_older = delivery.received_at < county.now
    damaged = landing_damage([delivery], county.settings.landing, deep=True) if is_older else {}
    if damaged:
        raise StorageError(
            [Problem(path, what, "收到时的字节", "从备份恢复（shuyang restore）") for path, what in damaged.items()]
        )


def _saved(county: County, delivery: Delivery, rows: int) -> Delivery:
    saved = replace(delivery, state=DeliveryState.READ, rows=rows)
    county.registry.save_delivery(saved)
    return saved


def _refused(county: County, dataset: Dataset, delivery: Delivery, error: DeliveryRefusedError) -> Delivery:
    tried = declaration_digest(dataset, county.catalog)
    refused = replace(_told(delivery, error), state=DeliveryState.REFUSED, tried=tried)
    county.registry.save_delivery(refused)
    return refused


def _veiled(drift: tuple[Drift, ...]) -> tuple[Drift, ...]:
    """A file without a header has a row of data where its headings should be."""
    return tuple(replace(each, found=veiled(each.found)) for each in drift)


def _told(delivery: Delivery, error: DeliveryRefusedError) -> Delivery:
    """The delivery with what is wrong with it."""
    detail = veiled("；".join(str(problem) for problem in error.problems))
    ledger = tuple(replace(entry, why=veiled(entry.why)) for entry in error.ledger)
    return replace(delivery, refusal=str(error.code), detail=detail, ledger=ledger)


def _record_stop(county: County, dataset: Dataset, reasons: tuple[str, ...]) -> None:
    """A refused delivery leaves the last good state as it is, with the reason beside it."""
    last = county.registry.outcome(dataset.id)
    if last is None:
        last = Outcome(dataset.id, "", county.run_id, county.now, Counts())
    county.registry.save_outcome(replace(last, blocked_by=reasons, run_id=county.run_id, at=county.now))
