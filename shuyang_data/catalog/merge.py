"""Two changes of one entry from one base: what only one of them touched is taken from it; the rest is a conflict."""

from __future__ import annotations

from typing import Any

from shuyang_data.catalog.workbook.bodies import Body

ABSENT = object()
WHOLE = "（整个条目）"


def three_way(base: Body | None, mine: Body | None, now: Body | None) -> tuple[Body | None, tuple[str, ...]]:
    """(the entry with both changes, dotted paths that both changed to something else, which stay as they are now).

    base: what `mine` was made from; None stands for an entry that is not there. Lists of columns are merged by name.
    """
    if mine in (now, base):
        return now, ()
    if now == base:
        return mine, ()
    if base is None or mine is None or now is None:
        return now, (WHOLE,)
    conflicts: list[str] = []
    merged = _mapping("", (base, mine, now), conflicts)
    return merged, tuple(conflicts)


def _mapping(path: str, sides: tuple[Body, Body, Body], conflicts: list[str]) -> Body:
    """sides: base, mine, now. The order is that of now, what is new in mine comes last."""
    base, mine, now = sides
    merged = {}
    for key in [*now, *(key for key in mine if key not in now)]:
        values = (base.get(key, ABSENT), mine.get(key, ABSENT), now.get(key, ABSENT))
        value = _value(f"{path}.{key}".lstrip("."), values, conflicts)
        if value is not ABSENT:
            merged[key] = value
    return merged


def _value(path: str, sides: tuple[Any, Any, Any], conflicts: list[str]) -> Any:
    base, mine, now = sides
    if mine in (now, base):
        return now
    if now == base:
        return mine
    if all(isinstance(side, dict) for side in sides):
        return _mapping(path, sides, conflicts)
    if path == "columns" and all(isinstance(side, list) for side in sides):
        named = (_by_name(base), _by_name(mine), _by_name(now))
        return list(_mapping(path, named, conflicts).values())
    conflicts.append(path)
    return now


def _by_name(columns: list[Body]) -> Body:
    return {column["name"]: column for column in columns}
