"""An approved change is held against what stands there on its day: both changes are in force, or it is sent back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pydantic import ValidationError

from shuyang_data.catalog.changes import EntryChange, State
from shuyang_data.catalog.load import expected_text, found_text
from shuyang_data.catalog.merge import three_way
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.register_rules import register_problems
from shuyang_data.catalog.rules import catalog_problems
from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.workbook.bodies import Body, Entry, catalog_bodies, model_of
from shuyang_data.errors import Problem
from shuyang_data.stewardship.proposal import apply_models


def fitting(catalog: Catalog, changes: Iterable[EntryChange]) -> tuple[list[EntryChange], list[EntryChange]]:
    """(changes as they are to be written, changes sent back with the reason), in their order.

    What was changed of an entry since a change was submitted stays, unless the change is about the same field; what
    comes of it must be as valid as the catalog is.
    """
    kept: list[EntryChange] = []
    returned: list[EntryChange] = []
    for change in changes:
        now = catalog_bodies(catalog).get(change.entry)
        after, conflicts = three_way(change.before, change.after, now)
        why = [f"{path} 在提交之后另有改动" for path in conflicts]
        if not why:
            why, changed = _applied(catalog, change, after)
            if not why:
                note = change.note or ("与提交之后的其他改动合并" if now != change.before else "")
                kept.append(replace(change, before=now, after=after, note=note))
                catalog = changed
                continue
        note = f"生效日 {change.effective_on} 退回：{'；'.join(why)}；请按现行目录重新提交"
        returned.append(replace(change, state=State.REJECTED, note=note))
    return kept, returned


def _applied(catalog: Catalog, change: EntryChange, after: Body | None) -> tuple[list[str], Catalog]:
    """(what a catalog with this entry would refuse that it does not refuse now, that catalog)."""
    models = {}
    if after is not None:
        try:
            models = {change.entry: model_of(change.kind).model_validate_json(json.dumps(after, default=str))}
        except ValidationError as error:
            return [f"{found_text(item)}，应为 {expected_text(item)}" for item in error.errors()], catalog
    problems, changed = whole_problems(catalog, models, [change.entry] if after is None else [])
    return [str(problem) for problem in problems], changed


def whole_problems(
    catalog: Catalog, models: Mapping[Entry, Strict], removed: Iterable[Entry]
) -> tuple[list[Problem], Catalog]:
    """(what the catalog with these entries breaks that it does not break now, that catalog)."""
    changed = apply_models(catalog, models, removed)
    known = {str(problem) for problem in _problems(catalog)}
    return [problem for problem in _problems(changed) if str(problem) not in known], changed


def _problems(catalog: Catalog) -> list[Problem]:
    return [*catalog_problems(catalog, {}), *register_problems(catalog)]
