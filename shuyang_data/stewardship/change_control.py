"""Proposals become changes, changes are decided by another person, and what is approved and due is put into force."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from shuyang_data.catalog.changes import EntryChange, State, approved, body_at, rejected
from shuyang_data.catalog.load import CHECKS
from shuyang_data.catalog.officers import approver_named
from shuyang_data.catalog.workbook.bodies import Body, Entry, catalog_bodies, differences
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.names import DatasetId
from shuyang_data.stewardship.fitting import fitting
from shuyang_data.stewardship.proposal import Proposal
from shuyang_data.storage.catalog_files import write_entries
from shuyang_data.storage.catalog_in_force import forget_entry
from shuyang_data.storage.files import write_text
from shuyang_data.storage.lock import hold_night

UNRECORDED = "（直接改动文件）"
Bodies = Mapping[Entry, Body]


@dataclass(frozen=True)
class Motive:
    """Why a change is wanted, and by whom. cause_on: when a law or a duty changed; extension: days granted for it."""

    author: str
    reason: str
    cause_on: date | None = None
    extension: int = 0


def submit(county: County, proposal: Proposal, motive: Motive) -> list[EntryChange]:
    """Put a proposal without problems before its approvers; the changes, pending. Raises UsageError."""
    wrong = [Problem("--author", "没有写提交人")] if not motive.author.strip() else []
    wrong += [Problem("--reason", "没有写理由")] if not motive.reason.strip() else []
    wrong += [Problem(str(p.cell or "工作簿"), p.found, p.expected) for p in proposal.problems]
    if wrong:
        raise UsageError(wrong)
    batch = county.changes.next_batch(county.as_of)
    changes = [
        EntryChange(
            id=f"{batch}-{number:04d}", batch=batch, kind=change.entry[0], name=change.entry[1], before=change.before,
            after=change.after, author=motive.author, reason=motive.reason, submitted_on=county.as_of,
            cause_on=motive.cause_on, extension=motive.extension, offices=change.approvers,
        )
        for number, change in enumerate(proposal.changes, start=1)
    ]  # fmt: skip
    county.changes.save(changes)
    return changes


def approve(county: County, batch: str, approver: str, effective_on: date | None = None) -> list[EntryChange]:
    """Approve what a person may approve of a batch; what all offices approved and is effective today is put into force.

    approver: a name, or the office in which somebody acts. Raises UsageError when there is nothing to approve, the
    author approves, the person holds no office that has to, or the catalog has moved on since it was submitted.
    """
    person = approver_named(approver, county.catalog.offices, county.as_of)
    decided = [approved(change, person, county.as_of, effective_on) for change in _pending(county, batch)]
    _require_same_ground(county, decided)
    county.changes.save(decided)
    return apply_due(county, decided)


def reject(county: County, batch: str, approver: str, note: str) -> list[EntryChange]:
    """Send every pending change of a batch back, with the reason. Raises UsageError."""
    person = approver_named(approver, county.catalog.offices, county.as_of)
    decided = [rejected(change, person, county.as_of, note) for change in _pending(county, batch)]
    county.changes.save(decided)
    return decided


def _pending(county: County, batch: str) -> list[EntryChange]:
    changes = county.changes.changes(batch=batch)
    pending = [change for change in changes if change.state is State.PENDING]
    if not pending:
        what = "没有这一批变更" if not changes else "这一批都已经办过了"
        raise UsageError([Problem(batch, what, "shuyang catalog changes 列出的待批准批次")])
    return pending


def _require_same_ground(county: County, changes: Sequence[EntryChange]) -> None:
    current = catalog_bodies(county.catalog)
    moved = [c for c in changes if differences(c.before, current.get(c.entry))]
    if moved:
        raise UsageError([Problem(f"{c.kind} {c.name}", "提交之后目录已经变了", "重新导出、提交") for c in moved])


def apply_due(county: County, changes: Sequence[EntryChange] | None = None) -> list[EntryChange]:
    """Write approved changes whose day has come into the catalog; the given ones, or all; in their final state."""
    if changes is None:
        changes = county.changes.changes(states=[State.APPROVED])
    waiting = [c for c in changes if c.state is State.APPROVED and c.effective_on and c.effective_on <= county.as_of]
    if not waiting:
        return list(changes)
    due, returned = fitting(county.catalog, waiting)
    county.changes.save(returned)
    write_entries(county.settings.catalog, {change.entry: change.after for change in due})
    for change in due:
        if change.kind == "datasets" and change.after is None:
            forget_entry(county.settings, DatasetId.parse(change.name))
            # Rules for what is not there any more would be a fault of the catalog.
            (county.settings.catalog.parent / CHECKS / f"{change.name}.yaml").unlink(missing_ok=True)
    applied = [replace(change, state=State.APPLIED) for change in due]
    county.changes.save(applied)
    remember(county, {change.entry: change.after for change in due})
    final = {change.id: change for change in (*applied, *returned)}
    return [final.get(change.id, change) for change in changes]


def approve_exclusively(
    county: County, batch: str, approver: str, effective_on: date | None = None
) -> list[EntryChange]:
    """`approve`, while no night reads the catalog; raises BusyError."""
    with hold_night(county.settings.home):
        return approve(county, batch, approver, effective_on)


def record_direct_edits(county: County) -> list[EntryChange]:
    """What was changed in the files without a proposal, as versions without an approver; nothing at the first look."""
    current = catalog_bodies(county.catalog)
    path = _seen_path(county)
    seen = _seen(path)
    if not seen:
        _write_seen(path, current)
        return []
    edits = keep_versions(county, seen, current, Motive(UNRECORDED, "没有提交变更"))
    if edits:
        _write_seen(path, current)
    return edits


def keep_versions(
    county: County, before: Bodies, after: Bodies, motive: Motive, approver: str = ""
) -> list[EntryChange]:
    """Every entry in which two states of the catalog differ, as a version that is in force today."""
    changed = [entry for entry in {**after, **before} if differences(before.get(entry), after.get(entry))]
    if not changed:
        return []
    batch = county.changes.next_batch(county.as_of)
    versions = [
        EntryChange(
            id=f"{batch}-{number:04d}", batch=batch, kind=kind, name=name, before=before.get((kind, name)),
            after=after.get((kind, name)), author=motive.author, reason=motive.reason, submitted_on=county.as_of,
            state=State.APPLIED, approver=approver, decided_on=county.as_of, effective_on=county.as_of,
        )
        for number, (kind, name) in enumerate(sorted(changed), start=1)
    ]  # fmt: skip
    county.changes.save(versions)
    return versions


def history(county: County, entry: Entry) -> list[EntryChange]:
    """Every change of one entry, the oldest first."""
    return county.changes.changes(entry=entry)


def entry_at(county: County, entry: Entry, day: date) -> Body | None:
    """What stood in an entry at the end of a day; None: it was not there."""
    return body_at(entry, catalog_bodies(county.catalog).get(entry), history(county, entry), day)


def _seen_path(county: County) -> Path:
    return county.settings.reports / "catalog_seen.json"


def _seen(path: Path) -> dict[Entry, Body]:
    """Nothing when the file is gone or damaged: the next look is the first one again, and no night dies of it."""
    try:
        return {(kind, name): body for kind, name, body in json.loads(path.read_text(encoding="utf-8"))}
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _write_seen(path: Path, bodies: dict[Entry, Body]) -> None:
    text = json.dumps([[kind, name, body] for (kind, name), body in bodies.items()], ensure_ascii=False)
    write_text(path, text)


def remember(county: County, applied: dict[Entry, Body | None]) -> None:
    """What was put into force by a change is no direct edit."""
    path = _seen_path(county)
    seen = _seen(path)
    if seen:
        merged = {**seen, **{entry: body for entry, body in applied.items() if body is not None}}
        _write_seen(path, {entry: body for entry, body in merged.items() if applied.get(entry, body) is not None})
