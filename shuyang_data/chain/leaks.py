"""The look at a candidate for publication, every row of it, before it is put in place."""

from __future__ import annotations

from pathlib import Path

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.classify.detectors import DETECTORS
from shuyang_data.classify.kinds import GRADINGS
from shuyang_data.classify.leaks import Leak, find_leaks, suspects
from shuyang_data.classify.policy import residual_grade
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.records import Refused

# What nobody can stand for by confirming a column: a grade of four is never published as it is.
UNCONFIRMABLE = 4
LOOKED_AT = (Type.TEXT, Type.INTEGER, Type.DECIMAL)


def leak_refusals(county: County, dataset: Dataset, layer: Layer, candidate: Path) -> tuple[Refused, ...]:
    """Why the rows may not be published as they are: a column holds identifiers above the grade that is left of it."""
    columns = [column for column in dataset.columns if _is_looked_at(column, layer)]
    if not columns:
        return ()
    table = county.engine.parquet([candidate])
    names = [column.name for column in columns]
    filled = county.engine.measure(table, {name: table[name].count() for name in names})
    values = county.engine.fetch(suspects(table, names))
    titles = {column.name: column.title for column in columns}
    leaks = find_leaks(values, {name: filled[name] or 0 for name in names}, titles, county.as_of)
    return tuple(_refused(leak, titles) for leak in leaks if _is_above(leak, dataset, layer))


def _is_looked_at(column: Column, layer: Layer) -> bool:
    return column.type in LOOKED_AT and column.protection(layer) not in (Protection.DROP, Protection.HASH)


def _is_above(leak: Leak, dataset: Dataset, layer: Layer) -> bool:
    """Whether the kind deserves more than the highest grade its columns are left with, and nobody stands for it."""
    columns = [dataset.column(name) for name in leak.column.split("+")]
    grade = GRADINGS[leak.kind].grade
    if grade < UNCONFIRMABLE and all(column.confirmed for column in columns):
        return False
    return grade > max(residual_grade(column, column.protection(layer)) for column in columns)


def _refused(leak: Leak, titles: dict[str, str]) -> Refused:
    named = "与".join(titles[part] for part in leak.column.split("+"))
    kind = next(detector.title for detector in DETECTORS if detector.kind is leak.kind)
    examples = "、".join(map(_masked, leak.examples))
    text = f"{named} 的 {leak.of} 个值里有 {leak.rows} 个含有{kind}（如 {examples}），不得发布"
    return Refused("identifier_found", text)


def _masked(example: str) -> str:
    """Enough to find it again, and not more."""
    shown = max(1, len(example) // 4)
    return f"{example[:shown]}{'*' * (len(example) - shown)}"
