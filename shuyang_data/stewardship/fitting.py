"""Approved changes are held against what stands there on their day: all are in force, or some are sent back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from shuyang_data.catalog.changes import EntryChange, State
from shuyang_data.catalog.load import expected_text, found_text
from shuyang_data.catalog.merge import three_way
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.workbook.bodies import Body, Entry, catalog_bodies, model_of
from shuyang_data.stewardship.candidate import whole_problems

Bodies = dict[Entry, Body]


class _ReturnedError(Exception):
    """Why a change cannot be written."""


def fitting(catalog: Catalog, changes: Sequence[EntryChange]) -> tuple[list[EntryChange], list[EntryChange]]:
    """(changes as they are to be written, changes sent back with the reason), in their order.

    What was changed of an entry since a change was submitted stays, unless the change is about the same field; what
    comes of it must be as valid as the catalog is. Entries that need each other are looked at together first.
    """
    try:
        return _together(catalog, changes), []
    except _ReturnedError:
        return _one_by_one(catalog, changes)


def _together(catalog: Catalog, changes: Sequence[EntryChange]) -> list[EntryChange]:
    bodies = catalog_bodies(catalog)
    merged = [_merged(change, bodies) for change in changes]
    _require_whole(catalog, merged)
    return merged


def _one_by_one(catalog: Catalog, changes: Sequence[EntryChange]) -> tuple[list[EntryChange], list[EntryChange]]:
    """The same, each on top of those before it that were not sent back."""
    bodies = catalog_bodies(catalog)
    fit: list[EntryChange] = []
    returned: list[EntryChange] = []
    for change in changes:
        tried = dict(bodies)
        try:
            merged = _merged(change, tried)
            catalog = _require_whole(catalog, [merged])
        except _ReturnedError as error:
            note = f"生效日 {change.effective_on} 退回：{error}；请按现行目录重新提交"
            returned.append(replace(change, state=State.REJECTED, note=note))
        else:
            fit.append(merged)
            bodies = tried
    return fit, returned


def _merged(change: EntryChange, bodies: Bodies) -> EntryChange:
    """The change from what stands in `bodies`, where it then stands; raise _ReturnedError for a conflict."""
    now = bodies.get(change.entry)
    after, conflicts = three_way(change.before, change.after, now)
    if conflicts:
        raise _ReturnedError("；".join(f"{path} 在提交之后另有改动" for path in conflicts))
    bodies.pop(change.entry, None)
    if after is not None:
        bodies[change.entry] = after
    note = change.note or ("与提交之后的其他改动合并" if now != change.before else "")
    return replace(change, before=now, after=after, note=note)


def _require_whole(catalog: Catalog, changes: Sequence[EntryChange]) -> Catalog:
    """The catalog with the changes; raise _ReturnedError for one that it would refuse and does not refuse now."""
    last = {change.entry: change for change in changes}
    models = {entry: _model(change, change.after) for entry, change in last.items() if change.after is not None}
    problems, changed = whole_problems(catalog, models, [entry for entry in last if entry not in models])
    if problems:
        raise _ReturnedError("；".join(map(str, problems)))
    return changed


def _model(change: EntryChange, after: Body) -> Strict:
    try:
        model: Strict = model_of(change.kind).model_validate_json(json.dumps(after, default=str))
    except ValidationError as error:
        wrong = (f"{found_text(item)}，应为 {expected_text(item)}" for item in error.errors())
        raise _ReturnedError("；".join(wrong)) from error
    return model
