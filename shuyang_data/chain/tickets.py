"""After a judgement: the tickets that it opens, tests again or closes, and the list of failing rows behind each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.chain.failing import LISTED
from shuyang_data.chain.seen import seen_by_reader
from shuyang_data.chain.standardize import Judged
from shuyang_data.county import County
from shuyang_data.exchange.clocks import CORRECTION
from shuyang_data.ledger import Fate
from shuyang_data.quality.compile import FAULT
from shuyang_data.quality.examples import fault_columns, fault_name, mask_by_grade
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.tickets import Failure, Judgement, Ticket, settle, ticket_id
from shuyang_data.records import Delivery, Reason, RuleResult, Severity
from shuyang_data.release.neutral import csv_line
from shuyang_data.standard.deduplicate import ACCEPTED, folded_key
from shuyang_data.storage.files import write_text
from shuyang_data.storage.ticket_log import TicketLog, list_path

BOM = "\ufeff"
PARTS = "table.parts"
Counts = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Broken:
    """One rule that did not hold. fault: what rejected rows carry of it, empty when it rejects none."""

    rule: Rule
    result: RuleResult
    fault: str


def keep_tickets(county: County, judged: Judged) -> list[Ticket]:
    """The tickets that changed, saved, with their lists in `reports/tickets`. Done twice it changes nothing more."""
    log = TicketLog(county.registry)
    broken = _broken(judged)
    rejected = _uncorrected(county, judged)
    counts = _counts(county, judged, rejected, broken)
    judgement = Judgement(
        dataset=judged.dataset.id,
        live=tuple(delivery.id for delivery in judged.live),
        failures=tuple(_failures(judged, broken, counts)),
        rules=frozenset([PARTS, *seen_by_reader(judged.dataset), *(r.rule_id for r in judged.results)]),
        unassessable=frozenset(r.rule_id for r in judged.results if not r.assessable),
        on=county.as_of,
        due=Workdays(county.catalog.workdays).due(county.as_of, CORRECTION),
    )
    known = log.concerned(judged.dataset.id, [_id(judged, failure) for failure in judgement.failures])
    changed = settle(judgement, {ticket.id: ticket for ticket in known})
    log.save(changed)
    _write_lists(county, judged, rejected, broken, judgement)
    return changed


def _broken(judged: Judged) -> list[Broken]:
    """The rules that the department must correct: blocking and 整改 ones that did not hold."""
    by_id = {result.rule_id: result for result in judged.results}
    found = []
    for rule in judged.rules:
        result = by_id[rule.id]
        if not result.passed and result.assessable and result.severity is not Severity.ADVICE:
            fault = fault_name(rule, judged.dataset) if rule.reason is not None else ""
            found.append(Broken(rule, result, fault))
    return found


def _uncorrected(county: County, judged: Judged) -> Table | None:
    """The rejected rows whose key no later delivery has brought again, and right."""
    rows = judged.rejected
    if rows is None or len(judged.live) == 1:
        return rows
    sound = judged.fated.filter(judged.fated["_fate"] == ACCEPTED)
    keys = {f"_later{name}": value for name, value in folded_key(sound, judged.dataset).items()}
    later = sound.select(_later="_sequence", **keys)
    same = [value == later[f"_later{name}"] for name, value in folded_key(rows, judged.dataset).items()]
    joined = rows.left_join(later, same)
    still = joined.filter(joined["_later"].isnull() | (joined["_later"] <= joined["_sequence"]))
    return county.engine.keep(still.select(*rows.columns))


def _counts(county: County, judged: Judged, rejected: Table | None, broken: Sequence[Broken]) -> Counts:
    """(rule, delivery) → rejected rows that no later delivery has corrected."""
    faults: dict[str, tuple[str, ...]] = {b.rule.id: (b.fault,) for b in broken if b.fault}
    faults |= {rule: seen.faults for rule, seen in seen_by_reader(judged.dataset).items()}
    if rejected is None:
        return {}
    flags = {
        f"f{n}": rejected.count(where=ibis.or_(*(rejected[FAULT].contains(f"{fault};") for fault in of_rule)))
        for n, of_rule in enumerate(faults.values())
    }
    rows = county.engine.fetch(rejected.group_by("_delivery_id").aggregate(**flags))
    return {(rule, row["_delivery_id"]): row[f"f{n}"] for row in rows for n, rule in enumerate(faults)}


def _failures(judged: Judged, broken: Sequence[Broken], counts: Counts) -> Iterator[Failure]:
    """One per rule and delivery; what is true of the table as a whole belongs to the newest delivery."""
    for each in broken:
        rule, result = each.rule, each.result
        if not each.fault:
            yield _failure(rule.id, judged.live[-1], result.title, result, result.evaluated, result.unexpected)
            continue
        for delivery in judged.live:
            if rows := counts.get((rule.id, delivery.id)):
                yield _failure(rule.id, delivery, rule.title, result, delivery.rows or 0, rows)
    for delivery in judged.live:
        if unusable := sum(entry.fate is Fate.UNUSABLE for entry in delivery.ledger):
            title = "交付里该作数据的部分都能用"
            yield Failure(PARTS, delivery.id, title, Severity.RECTIFY, "0202", len(delivery.ledger), unusable)
    for rule_id, seen in seen_by_reader(judged.dataset).items():
        for delivery in judged.live:
            if rows := counts.get((rule_id, delivery.id)):
                yield Failure(rule_id, delivery.id, seen.title, Severity.RECTIFY, "0305", delivery.rows or 0, rows)


def _failure(rule: str, delivery: Delivery, title: str, result: RuleResult, evaluated: int, unexpected: int) -> Failure:
    return Failure(rule, delivery.id, title, result.severity, result.indicator, evaluated, unexpected)


def _write_lists(
    county: County, judged: Judged, rejected: Table | None, broken: Sequence[Broken], judgement: Judgement
) -> None:
    """A list per failure: file and row number, the key and the failing values, masked by their grades."""
    files = {delivery.id: Path(delivery.path).name for delivery in judged.live}
    by_rule = {b.rule.id: b for b in broken}
    rows = [] if rejected is None else _fetch_rejected(county, rejected)
    seen = seen_by_reader(judged.dataset)
    for failure in (failure for failure in judgement.failures if failure.rule_id != PARTS):
        each = by_rule.get(failure.rule_id)
        columns = [] if each is None else fault_columns(each.rule, judged.dataset)
        if each is None or each.fault:
            faults = set(seen[failure.rule_id].faults if each is None else [each.fault])
            mine = [
                r for r in rows if r["_delivery_id"] == failure.delivery and not faults.isdisjoint(r[FAULT].split(";"))
            ]
        else:
            mine = rows if each.rule.column == FAULT else judged.failing.get(failure.rule_id, [])
        if mine:
            path = list_path(county.settings.reports, judged.dataset.id, _id(judged, failure))
            write_text(path, BOM + _csv(judged.dataset, columns, mine, files))


def _id(judged: Judged, failure: Failure) -> str:
    return ticket_id(judged.dataset.id, failure.rule_id, failure.delivery)


def _fetch_rejected(county: County, rejected: Table) -> list[dict[str, Any]]:
    return county.engine.fetch(rejected.order_by("_delivery_id", "_row_number").limit(LISTED))


def _csv(dataset: Dataset, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], files: Mapping[str, str]) -> str:
    shown = [dataset.column(name) for name in dict.fromkeys([*dataset.key, *columns])]
    lines = [csv_line(["交付文件", "数据行号", *(column.title for column in shown), "全部原因"])]
    titles = {column.name: column.title for column in dataset.columns}
    for row in rows:
        values = [mask_by_grade(row[f"_text_{column.name}"], column.grade) for column in shown]
        reasons = _reasons(row.get(FAULT, ""), titles)
        lines.append(csv_line([files[row["_delivery_id"]], str(row["_row_number"]), *values, reasons]))
    return "".join(lines)


def _reasons(faults: str, titles: Mapping[str, str]) -> str:
    """The reasons for which a row was rejected, in words."""
    said = []
    for fault in filter(None, faults.split(";")):
        code, _, columns = fault.partition(":")
        named = "+".join(titles.get(name, name) for name in columns.split("+") if name)
        said.append(f"{Reason(code).label}（{named}）" if named else Reason(code).label)
    return "；".join(said)
