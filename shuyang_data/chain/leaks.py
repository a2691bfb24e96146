"""The look at a candidate for publication, every row of it, before it is put in place."""

from __future__ import annotations

from functools import reduce
from operator import add
from pathlib import Path

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.chain.grades import kept_classification, meant_kind
from shuyang_data.classify.births import birth_counts, find_births, tells_of_persons
from shuyang_data.classify.confirmed import stands_for
from shuyang_data.classify.kinds import GRADINGS
from shuyang_data.classify.leaks import Leak, find_leaks, suspects
from shuyang_data.classify.policy import residual_grade
from shuyang_data.classify.splits import as_digits, length_counts, splits
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.records import Refused

# What nobody can stand for by confirming a column: a grade of four is never published as it is.
UNCONFIRMABLE = 4
LOOKED_AT = (Type.TEXT, Type.INTEGER, Type.DECIMAL)
PIECES = (Type.TEXT, Type.INTEGER, Type.DATE)
REMOVED = (Protection.DROP, Protection.HASH)


def leak_refusals(county: County, dataset: Dataset, layer: Layer, candidate: Path) -> tuple[Refused, ...]:
    """Why the rows may not be published as they are: a column holds identifiers above the grade that is left of it."""
    titles = {column.name: column.title for column in dataset.columns}
    return tuple(
        _refused(leak, titles)
        for leak in find_in(county, dataset, layer, candidate)
        if _is_above(county, leak, dataset, layer)
    )


def find_in(county: County, dataset: Dataset, layer: Layer, candidate: Path) -> list[Leak]:
    """What all rows of the candidate hold, whoever stands for it."""
    table = county.engine.parquet([candidate])
    left = [column for column in dataset.columns if column.protection(layer) not in REMOVED]
    # What is of the highest grade holds nothing that is above it.
    columns = [c for c in left if residual_grade(c, c.protection(layer)) < UNCONFIRMABLE]
    if not columns:
        return []
    names = {c.name: residual_grade(c, c.protection(layer)) for c in columns if c.type in LOOKED_AT}
    titles = {column.name: column.title for column in left}
    as_they_are = _as_they_are(columns, layer)
    pieces = {column.name: column for column in as_they_are if column.type in PIECES}
    births = birth_counts(table, as_they_are) if tells_of_persons(left) else {}
    looked_up = {c.name: table[c.name].count() for c in columns} | births | length_counts(table, list(pieces.values()))
    counted = county.engine.measure(table, looked_up)
    filled = {column.name: counted[column.name] or 0 for column in columns}
    joined = {
        "+".join(parts): reduce(add, (as_digits(table, pieces[part]) for part in parts))
        for parts in splits(counted, list(pieces))
    }
    values = county.engine.fetch(suspects(table, names, titles, joined)) if names else []
    return find_leaks(values, filled, titles, county.as_of) + find_births(counted, filled, county.as_of)


def _as_they_are(columns: list[Column], layer: Layer) -> list[Column]:
    return [column for column in columns if column.protection(layer) is Protection.KEEP]


def _is_above(county: County, leak: Leak, dataset: Dataset, layer: Layer) -> bool:
    """Whether the kind deserves more than the highest grade its columns are left with, and nobody stands for it."""
    columns = [dataset.column(name) for name in leak.column.split("+")]
    grade = GRADINGS[leak.kind].grade
    if grade <= max(residual_grade(column, column.protection(layer)) for column in columns):
        return False
    if grade >= UNCONFIRMABLE:
        return True
    known = {row["column"]: row for row in kept_classification(county.settings.reports, dataset.id)["columns"]}
    share = leak.rows / leak.of
    return not all(
        stands_for(column.confirmed, meant_kind(column, known.get(column.name)), leak.kind, share, county.as_of)
        for column in columns
    )


def _refused(leak: Leak, titles: dict[str, str]) -> Refused:
    named = "与".join(titles[part] for part in leak.column.split("+"))
    examples = f"（如 {'、'.join(map(_masked, leak.examples))}）" if leak.examples else ""
    text = f"{named} 的 {leak.of} 个值里有 {leak.rows} 个含有{leak.kind.label}{examples}，不得发布"
    return Refused("identifier_found", text)


def _masked(example: str) -> str:
    """Enough to find it again, and not more."""
    shown = max(1, len(example) // 4)
    return f"{example[:shown]}{'*' * (len(example) - shown)}"
