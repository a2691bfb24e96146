"""One dataset through all its layers: everything that decides what it becomes happens here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from shuyang_data.arrival.receive import date_taken
from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.classify import keep_classification
from shuyang_data.chain.fingerprint import fingerprint, live_deliveries
from shuyang_data.chain.publish import Publication, enforce_on_standing, note_forbidden, publish
from shuyang_data.chain.raw import land, read_deliveries, refusal_text
from shuyang_data.chain.results import save_quality_report
from shuyang_data.chain.shown import duty, grade_checked, ledger_shown, published_made, rejected_rows, rules_checked
from shuyang_data.chain.standardize import commit_candidate, judge_candidate, record_blocked, with_examples
from shuyang_data.chain.steps import Check, Checked, Figures, Made, Step, Stopped
from shuyang_data.chain.tickets import keep_tickets
from shuyang_data.chain.voided import stands_on_voided, take_back
from shuyang_data.county import County
from shuyang_data.names import PUBLISHED, Layer
from shuyang_data.quality.validation import validation_result
from shuyang_data.records import DeliveryState

SOURCES = {
    Layer.RAW: (Layer.LANDING,), Layer.STANDARD: (Layer.RAW,), Layer.REJECTED: (Layer.RAW,),
    Layer.SHARED: (Layer.STANDARD,), Layer.OPEN: (Layer.STANDARD,),
}  # fmt: skip
LAYERS = (Layer.LANDING, Layer.RAW, Layer.STANDARD, Layer.REJECTED, *PUBLISHED)
Act = Callable[[County, Dataset, Layer], Publication]


def make(county: County, dataset: Dataset, layers: Collection[Layer] = LAYERS) -> Iterator[Step]:
    """Make the layers of one dataset anew, from left to right, telling every step.

    Where a delivery is stopped, nothing new comes into the published layers; what stands there stays, unless the policy
    of today forbids it.

    layers: only these; standard and rejected are made together. Only for who holds the night's lock. Raises
    ShuyangDataError for what is nobody's delivery: a full disk, rows that do not add up.
    """
    try:
        yield from (_versioned(county, dataset, step) for step in _steps(county, dataset, layers))
    finally:
        county.engine.release()


def _steps(county: County, dataset: Dataset, layers: Collection[Layer]) -> Iterator[Step]:
    is_stopped = False
    for part, name in ((_landing, Layer.LANDING), (_raw, Layer.RAW), (_standard, Layer.STANDARD)):
        if not is_stopped and (name in layers or (name is Layer.STANDARD and Layer.REJECTED in layers)):
            for step in part(county, dataset):
                yield step
                is_stopped = is_stopped or isinstance(step, Stopped)
    if is_stopped and stands_on_voided(county, dataset):
        take_back(county, dataset)
    for layer in PUBLISHED:
        if layer in layers:
            yield from _published(county, dataset, layer, enforce_on_standing if is_stopped else publish)


def _versioned(county: County, dataset: Dataset, step: Step) -> Step:
    """A layer with the versions of itself and of what it was made from, so that it can be seen what is out of date."""
    if not isinstance(step, Made):
        return step
    mine = fingerprint(dataset, county.catalog, live_deliveries(dataset, county.registry.deliveries(dataset.id)))
    inputs = {(dataset.id, source): mine for source in SOURCES.get(step.layer, ())}
    if step.layer is Layer.STANDARD:
        for parent, _ in dataset.references().values():
            outcome = county.registry.outcome(parent)
            inputs[parent, Layer.STANDARD] = outcome.fingerprint if outcome else ""
    return replace(step, version=mine, inputs=inputs)


def layers_of(dataset: Dataset) -> tuple[Layer, ...]:
    """The layers that the catalog wants this dataset in, from left to right."""
    return (*LAYERS[:4], *dataset.published_layers())


def _landing(county: County, dataset: Dataset) -> Iterator[Step]:
    new, again = land(county, dataset)
    files = "；".join(f"{each.path}（{each.size:,} 字节，数据日期 {date_taken(each)}）" for each in new)
    yield Made(dataset.id, Layer.LANDING, None, {"新交付": len(new), "重复交付": again, "文件": files})


def _raw(county: County, dataset: Dataset) -> Iterator[Step]:
    reading = read_deliveries(county, dataset)
    refused = [refusal_text(delivery) for delivery in reading.refused]
    said = "；".join(refused) or f"读入 {len(reading.read)} 个交付"
    yield Checked(dataset.id, Check.DELIVERY, not refused, said, {"退回": "；".join(refused) or "没有"})
    if reading.stopped:
        yield _stopped(county, dataset, Layer.RAW, reading.stopped)
        return
    yield grade_checked(dataset.id, keep_classification(county, dataset))
    figures: Figures = {"交付数": len(reading.read), "台账": ledger_shown(reading.read)}
    yield Made(dataset.id, Layer.RAW, reading.rows, figures)


def _standard(county: County, dataset: Dataset) -> Iterator[Step]:
    live = live_deliveries(dataset, county.registry.deliveries(dataset.id))
    if not live or any(delivery.state is not DeliveryState.READ for delivery in live):
        yield _stopped(county, dataset, Layer.STANDARD, ("还有交付没有读入：连同落地、原始两层一起选上再做",))
        return
    judged = with_examples(county, judge_candidate(county, dataset))
    validation = validation_result(str(dataset.id), judged.rules, judged.results, county.run_id)
    save_quality_report(county, dataset.id, judged.results, validation, judged.rows)
    keep_tickets(county, judged)
    yield from rules_checked(county, dataset, judged.results)
    if judged.blocked_by:
        record_blocked(county, judged)
        yield _stopped(county, dataset, Layer.STANDARD, judged.blocked_by, rejected_rows(judged.results))
        return
    outcome = commit_candidate(county, judged)
    counts = outcome.counts
    figures: Figures = {
        "交付行": counts.delivered, "合格": counts.accepted, "不合格": counts.rejected, "被取代": counts.superseded,
        "快照": str(outcome.snapshot_id), "数据日期": str(outcome.data_on),
    }  # fmt: skip
    yield Made(dataset.id, Layer.STANDARD, counts.accepted, figures)
    yield Made(dataset.id, Layer.REJECTED, counts.rejected)


def _published(county: County, dataset: Dataset, layer: Layer, act: Act) -> Iterator[Step]:
    """A layer that the catalog does not want is only looked at while something stands there: it is withdrawn."""
    outcome = county.registry.outcome(dataset.id)
    if outcome is None or outcome.data_on is None:
        if layer in dataset.published_layers() and act is publish:
            yield _stopped(county, dataset, layer, ("还没有合格的数据可以发布",))
        return
    if layer not in dataset.published_layers() and not _stands(county, dataset, layer):
        return
    publication = act(county, dataset, layer)
    if publication.forbidden:
        note_forbidden(county, dataset.id, publication.refused)
        yield _stopped(county, dataset, layer, (refused.text for refused in publication.refused))
    elif publication.release is not None:
        yield published_made(county, publication.release)


def _stands(county: County, dataset: Dataset, layer: Layer) -> bool:
    return any(release.layer is layer for release in county.registry.releases(dataset.id))


def _stopped(
    county: County, dataset: Dataset, layer: Layer, reasons: Iterable[str], rows: Iterable[str] = ()
) -> Stopped:
    return Stopped(dataset.id, layer, tuple(reasons), duty(county, dataset), tuple(rows))
