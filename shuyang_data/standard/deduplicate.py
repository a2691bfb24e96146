"""One row per key: which of several rows of one key stays, and what becomes of the others.

Within a delivery the first row stays and the others are rejected as duplicates; a row of an earlier
delivery gives way to one of a later delivery and is superseded. Where a delivery is a list of operations, the last
one stays, and superseding is what operations do.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import Table, Value

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.records import Reason

ACCEPTED, REJECTED, SUPERSEDED = "accepted", "rejected", "superseded"
KEY = "_key_"


def folded_key(table: Table, dataset: Dataset) -> dict[str, Value]:
    """`_key_<name>` → what is compared of each column of the key, by the folding that the dataset declares."""
    return {f"{KEY}{name}": _folded(table, name, dataset) for name in dataset.key}


def _folded(table: Table, name: str, dataset: Dataset) -> Value:
    is_text = dataset.column(name).type is Type.TEXT
    return table[name].upper() if is_text and dataset.key_folding.ignores_case else table[name]


def repeated_keys(judged: Table, dataset: Dataset, *, in_one_delivery: bool = False) -> Table:
    """Keys that more than one faultless row has: the key (`_key_<name>`), `_repeats` rows, `_winner` the order that
    stays, `_newest` the delivery it is in.

    in_one_delivery: only rows of one delivery are compared with each other.
    """
    sound = judged.filter(judged["_fault"] == "")
    compared = folded_key(sound, dataset) | ({"_delivery": sound["_sequence"]} if in_one_delivery else {})
    groups = sound.group_by(**compared).aggregate(
        _repeats=sound.count(), _winner=sound["_order"].max(), _newest=sound["_sequence"].max()
    )
    return groups.filter(groups["_repeats"] > 1)


def assign_fate(judged: Table, repeats: Table | None, dataset: Dataset) -> Table:
    """judged plus `_fate` (accepted, rejected, superseded), with duplicates named in `_fault`.

    repeats: the result of `repeated_keys`, None when no key is repeated.
    """
    faulty = judged["_fault"] != ""
    if repeats is None:
        return judged.mutate(_fate=ibis.ifelse(faulty, REJECTED, ACCEPTED))
    keys = folded_key(judged, dataset)
    joined = judged.left_join(repeats, [value == repeats[name] for name, value in keys.items()])
    stays = joined["_winner"].isnull() | (joined["_winner"] == joined["_order"])
    same_delivery = joined["_newest"] == joined["_sequence"]
    if dataset.delivery.operation is not None:
        same_delivery = ibis.literal(value=False)
    fate = ibis.cases(
        (joined["_fault"] != "", REJECTED), (stays, ACCEPTED), (same_delivery, REJECTED), else_=SUPERSEDED
    )
    fault = ibis.ifelse(
        (joined["_fault"] == "") & ~stays & same_delivery,
        f"{Reason.DUPLICATE}:{'+'.join(dataset.key)};",
        joined["_fault"],
    )
    return joined.mutate(_fate=fate, _fault=fault).drop("_repeats", "_winner", "_newest", *keys)
