"""A full delivery that no longer holds many of the keys in force: an export that broke off looks just like that."""

from __future__ import annotations

from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.standard.deduplicate import folded_key

# Fewer keys than this come and go with the days.
AT_LEAST = 20


def lost_keys(in_force: Table, accepted: Table, dataset: Dataset) -> Table:
    """The keys in force that no accepted row has, compared as the dataset compares its keys."""
    before = in_force.mutate(**folded_key(in_force, dataset))
    now = accepted.select(**{f"_now{name}": value for name, value in folded_key(accepted, dataset).items()})
    same = [before[name] == now[f"_now{name}"] for name in folded_key(in_force, dataset)]
    return before.anti_join(now, same).select(*dataset.key)


def is_too_much(lost: int, in_force: int, share: float) -> bool:
    """Whether a named person has to stand for the loss. share: of the keys in force, 0 to 1."""
    return lost >= AT_LEAST and lost > share * in_force
