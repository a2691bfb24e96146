"""Raw → standard: cast, judge by the contract, one row per key; the gate before the commit; the rows accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
from ibis.expr.types import Table

from shuyang_data.arrival.receive import fresh_from
from shuyang_data.catalog.folding import foldings
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.chain.declared import declared, judge_accepted, reject_rows
from shuyang_data.chain.failing import failing_accepted
from shuyang_data.chain.fingerprint import code_version, fingerprint, live_deliveries, parent_snapshots
from shuyang_data.chain.loss import unconfirmed_loss
from shuyang_data.chain.noted import noted_query, noted_results
from shuyang_data.chain.references import without_case
from shuyang_data.county import County
from shuyang_data.errors import AccountingError, Problem
from shuyang_data.names import Layer, delivery_of
from shuyang_data.quality.compile import FAULT, count_query, flag_rows, judge, read_counts
from shuyang_data.quality.derive import derive_rules
from shuyang_data.quality.examples import masked_examples, with_failing
from shuyang_data.quality.gate import blocking_failures, failed_rules
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.scores import indicator_counts
from shuyang_data.records import Counts, Delivery, DeliveryState, Outcome, Reason, RuleResult, Severity
from shuyang_data.retention import SNAPSHOTS
from shuyang_data.standard.cast import Written, cast_rows, text_name
from shuyang_data.standard.deduplicate import ACCEPTED, REJECTED, SUPERSEDED, assign_fate, repeated_keys
from shuyang_data.standard.fold import forms_of, unsettled_texts
from shuyang_data.standard.increment import OUTDATED, mark_outdated, split_deletions

EXAMPLE_ROWS = 400


@dataclass(frozen=True)
class Judged:
    """A candidate that was judged and not yet committed. fated: rows with `_fate` and `_fault`; rejected: those of them
    that are rejected, kept with their key, `_fault` and texts (`_text_<column>`), None without any; failing: declared
    rule → accepted rows that break it.
    """

    dataset: Dataset
    live: tuple[Delivery, ...]
    fated: Table
    rejected: Table | None
    raw: Table
    rules: tuple[Rule, ...]
    results: tuple[RuleResult, ...]
    counts: Counts
    blocked_by: tuple[str, ...]
    failing: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of the live deliveries."""
        return sum(delivery.rows or 0 for delivery in self.live)


def judge_candidate(county: County, dataset: Dataset) -> Judged:
    """Cast and judge the live deliveries; writes nothing."""
    deliveries = county.registry.deliveries(dataset.id)
    live = live_deliveries(dataset, deliveries)
    raw = county.engine.parquet(_raw_files(county, dataset, live), united=True)
    rows = sum(delivery.rows or 0 for delivery in live)
    rules, unknown, references = _contract(county, dataset)
    engine = county.engine
    places = {delivery.id: place for place, delivery in enumerate(live, start=1)}
    year = max(delivery.data_on for delivery in live).year if live else county.as_of.year
    typed = cast_rows(raw, dataset, places, year, _written(county, dataset, raw))
    typed, deletions = split_deletions(typed, dataset)
    found = declared(county, dataset)
    judged = engine.hold(judge(flag_rows(typed, rules, references, without_case(county.catalog, rules)), rules), rows)
    judged, rejecting = reject_rows(county, found.rejecting, judged)
    measured = engine.measure(judged, count_query(judged, rules) | noted_query(judged))
    if not measured["faulty"] and not engine.holds(rows):
        judged = typed.mutate(**{FAULT: ibis.literal("")})
    judged, taken = _without_outdated(county, dataset, judged, deletions)
    repeats = engine.keep(repeated_keys(judged, dataset))
    summary = engine.measure(repeats, {"keys": repeats.count()})
    fated = assign_fate(judged, repeats if summary["keys"] else None, dataset)
    sound = measured["rows"] - (measured["faulty"] or 0) - taken.outdated
    fates = {ACCEPTED: sound, REJECTED: measured["faulty"], SUPERSEDED: 0}
    if summary["keys"]:
        fates = engine.measure(fated, {fate: (fated["_fate"] == fate).sum() for fate in fates})
    fates[SUPERSEDED] = (fates[SUPERSEDED] or 0) + taken.outdated + taken.deletions
    whole = judge_accepted(county, dataset, found, fated.filter(fated["_fate"] == ACCEPTED), live)
    # A later delivery may bring a key again: only within one does it stand there twice.
    alike = repeats if len(live) == 1 else repeated_keys(judged, dataset, in_one_delivery=True)
    is_told = summary["keys"] and dataset.delivery.operation is None
    repeated = engine.measure(alike, {"rows": alike["_repeats"].sum()})["rows"] if is_told else 0
    derived = read_counts(measured, repeated or 0, fates[REJECTED] or 0, rules)
    noted = noted_results(measured)
    results, rules = (*derived, *unknown, *rejecting, *whole, *noted), (*rules, *found.rules)
    counts = _account(dataset, deliveries, live, fates)
    rejected = _rejected(county, dataset, fated) if counts.rejected else None
    blocked = (*blocking_failures(results), *unconfirmed_loss(county, dataset, fated, live))
    return Judged(dataset, tuple(live), fated, rejected, raw, rules, results, counts, blocked)


def _written(county: County, dataset: Dataset, raw: Table) -> Written:
    folding = foldings(dataset, county.catalog)
    unsettled = unsettled_texts(raw, folding)
    forms = None
    if unsettled is not None:
        known = forms_of(row["text"] for row in county.engine.fetch(unsettled))
        rows = [{"text": text, "form": form} for text, form in known.items()]
        forms = county.engine.rows(rows, {"text": "string", "form": "string"})
    return Written(county.settings.utc_offset, folding, forms)


@dataclass(frozen=True)
class Taken:
    """Rows that are superseded before keys are compared. outdated: faultless; deletions: that only took others away."""

    outdated: int = 0
    deletions: int = 0


def _without_outdated(county: County, dataset: Dataset, judged: Table, deletions: Table | None) -> tuple[Table, Taken]:
    """The rows without those that later operations deleted, or later deliveries of their period replaced."""
    if deletions is None and dataset.delivery.replaces is None:
        return judged, Taken()
    engine = county.engine
    marked = engine.keep(mark_outdated(judged, deletions, dataset))
    outdated = engine.measure(marked, {"rows": marked[OUTDATED].sum()})["rows"] or 0
    deleting = engine.measure(deletions, {"rows": deletions.count()})["rows"] if deletions is not None else 0
    return marked.filter(~marked[OUTDATED]).drop(OUTDATED), Taken(outdated, deleting)


def _rejected(county: County, dataset: Dataset, fated: Table) -> Table:
    """Few rows, looked at several times: for examples, tickets and the layer of rejected rows."""
    faulty = fated.filter(fated["_fate"] == REJECTED)
    texts = {f"_text_{column.name}": faulty[text_name(column)] for column in dataset.columns}
    kept = faulty.select("_delivery_id", "_row_number", "_sequence", FAULT, *dataset.key, **texts)
    return county.engine.keep(kept)


def with_examples(county: County, judged: Judged) -> Judged:
    """The same with masked examples of the rows that were rejected or fail, for those who must correct them."""
    results = list(judged.results)
    if judged.rejected is not None:
        shown = judged.rejected.order_by("_row_number").limit(EXAMPLE_ROWS)
        results = masked_examples(results, judged.rules, county.engine.fetch(shown), judged.dataset)
    broken = {result.rule_id for result in results if not result.passed and result.assessable}
    declared = [r for r in judged.rules if r.id in broken and r.id.startswith("check.") and r.reason is None]
    if declared:
        accepted = judged.fated.filter(judged.fated["_fate"] == ACCEPTED)
        failing = failing_accepted(county, judged.dataset, accepted, declared)
        results = with_failing(results, judged.rules, failing, judged.dataset)
        return replace(judged, results=tuple(results), failing=failing)
    return replace(judged, results=tuple(results))


def commit_candidate(county: County, judged: Judged) -> Outcome:
    """Replace standard and rejected, each in one snapshot; the recorded outcome."""
    dataset = judged.dataset
    properties = {
        "shuyang.run": county.run_id,
        "shuyang.deliveries": ",".join(delivery.id for delivery in judged.live),
        "shuyang.code": code_version(),
    }
    accepted = judged.fated.filter(judged.fated["_fate"] == ACCEPTED).select(*[c.name for c in dataset.columns])
    accepted = accepted.order_by(list(dataset.key))
    types = {column.name: lake_type(column.type, column.scale) for column in dataset.columns}
    snapshot_id, written = _replace(county, dataset, Layer.STANDARD, accepted, types, properties)
    if written != judged.counts.accepted:
        raise AccountingError([Problem(str(dataset.id), f"写入 {written} 行", f"{judged.counts.accepted} 行")])
    _commit_rejected(county, judged, properties)
    outcome = _outcome(county, judged, snapshot_id)
    county.registry.save_outcome(outcome)
    released = {r.snapshot_id for r in county.registry.releases(dataset.id) if r.snapshot_id}
    county.lakehouse.expire(dataset.id.table(Layer.STANDARD), keep=SNAPSHOTS, protected=released)
    return outcome


def record_blocked(county: County, judged: Judged) -> Outcome:
    """The gate is shut: the last good state stays, with the reason and the waiting rows beside it."""
    last = county.registry.outcome(judged.dataset.id)
    fresh = _outcome(county, judged, None)
    held = judged.counts.delivered - (last.counts.delivered if last else 0)
    outcome = replace(
        fresh,
        counts=last.counts if last else Counts(),
        snapshot_id=last.snapshot_id if last else None,
        deliveries=last.deliveries if last else (),
        data_on=last.data_on if last else None,
        held=max(held, 0),
        blocked_by=judged.blocked_by,
    )
    county.registry.save_outcome(outcome)
    return outcome


def lake_type(kind: Type, scale: int) -> str:
    """A declared type as the lakehouse spells it."""
    return f"decimal(18, {scale})" if kind is Type.DECIMAL else kind.value


def _contract(county: County, dataset: Dataset) -> tuple[tuple[Rule, ...], list[RuleResult], dict[str, Table]]:
    """(rules, results of rules that cannot be assessed, the keys that foreign keys are looked up in)."""
    references, unknown, kept = {}, [], []
    for column, (parent, target) in dataset.references().items():
        files = county.standard_files(parent)
        name = f"{parent}.{target}"
        if files:
            references[name] = county.engine.parquet(files).select(target)
        else:
            unknown.append(column)
    for rule in derive_rules(dataset, county.catalog.code_lists, county.as_of):
        if not (rule.reason is Reason.REFERENCE and rule.column in unknown):
            kept.append(rule)
    results = [
        RuleResult(
            rule_id=f"{column}.reference", expectation="expect_column_values_to_exist_in_dataset", column=column,
            title=f"{dataset.column(column).title}：所引用的数据集还没有数据，无法评估", severity=Severity.ADVICE,
            indicator="0402", evaluated=0, unexpected=0, passed=False, assessable=False,
        )
        for column in unknown
    ]  # fmt: skip
    return tuple(kept), results, references


def _raw_files(county: County, dataset: Dataset, live: Sequence[Delivery]) -> list[str]:
    wanted = {delivery.id for delivery in live}
    files = [f for f in county.lakehouse.files(dataset.id.table(Layer.RAW)) if delivery_of(Path(f)) in wanted]
    found = {delivery_of(Path(f)) for f in files}
    if found != wanted:
        raise AccountingError([Problem(str(dataset.id), f"raw 里有 {len(found)} 个交付", f"{len(wanted)} 个")])
    return files


def _account(
    dataset: Dataset, deliveries: Sequence[Delivery], live: Sequence[Delivery], measured: dict[str, Any]
) -> Counts:
    """The one place that asserts delivered = accepted + rejected + superseded."""
    read = [delivery for delivery in deliveries if delivery.state is DeliveryState.READ]
    replaced = sum(d.rows or 0 for d in read if d.id not in {each.id for each in live})
    counts = Counts(
        delivered=sum(delivery.rows or 0 for delivery in read),
        accepted=measured[ACCEPTED] or 0,
        rejected=measured[REJECTED] or 0,
        superseded=(measured[SUPERSEDED] or 0) + replaced,
    )
    if counts.delivered != counts.accepted + counts.rejected + counts.superseded:
        raise AccountingError([Problem(str(dataset.id), f"{counts}", "交付 = 合格 + 不合格 + 被取代")])
    return counts


def _replace(
    county: County, dataset: Dataset, layer: Layer, rows: Table, types: dict[str, str], properties: dict[str, str]
) -> tuple[int, int]:
    identifier = dataset.id.table(layer)
    field_ids = county.lakehouse.prepare(identifier, types)
    path = county.lakehouse.new_file(identifier)
    written = county.engine.write_parquet(rows, path, field_ids)
    return county.lakehouse.commit(identifier, [path], properties, replace=True), written


def _commit_rejected(county: County, judged: Judged, properties: dict[str, str]) -> None:
    identifier = judged.dataset.id.table(Layer.REJECTED)
    if judged.rejected is None and not county.lakehouse.files(identifier):
        return
    faulty = judged.fated.filter(False) if judged.rejected is None else judged.rejected
    reasons = faulty.select("_delivery_id", "_row_number", _reasons=faulty[FAULT])
    names = [column.name for column in judged.dataset.columns if column.name in judged.raw.columns]
    rows = judged.raw.inner_join(reasons, ["_delivery_id", "_row_number"])
    rows = rows.select("_delivery_id", "_row_number", "_reasons", *names).order_by("_delivery_id", "_row_number")
    types = {"_delivery_id": "text", "_row_number": "integer", "_reasons": "text"} | dict.fromkeys(names, "text")
    _replace(county, judged.dataset, Layer.REJECTED, rows, types, properties)
    county.lakehouse.expire(identifier, keep=SNAPSHOTS)


def _outcome(county: County, judged: Judged, snapshot_id: int | None) -> Outcome:
    deliveries = county.registry.deliveries(judged.dataset.id)
    newest = deliveries[-1]
    refused = newest.state is DeliveryState.REFUSED
    return Outcome(
        dataset=judged.dataset.id,
        fingerprint=fingerprint(judged.dataset, county.catalog, judged.live),
        run_id=county.run_id,
        at=county.now,
        counts=judged.counts,
        snapshot_id=snapshot_id,
        deliveries=tuple(delivery.id for delivery in judged.live),
        data_on=max(fresh_from(delivery, county.settings.zone) for delivery in judged.live),
        failed_checks=len(failed_rules(judged.results)),
        indicators=indicator_counts(judged.results, judged.rows),
        parents=parent_snapshots(judged.dataset.id, county.catalog, county.registry.outcomes()),
        blocked_by=(f"交付退回（{newest.refusal}）：{newest.detail}",) if refused else (),
    )
