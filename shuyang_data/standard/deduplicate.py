"""One row per key: which of several rows of one key stays, and what becomes of the others.

Within a delivery the first row stays and the others are rejected as duplicates; a row of an earlier
delivery gives way to one of a later delivery and is superseded.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table

from shuyang_data.records import Reason

ACCEPTED, REJECTED, SUPERSEDED = "accepted", "rejected", "superseded"


def repeated_keys(judged: Table, key: Sequence[str]) -> Table:
    """Keys that more than one faultless row has: the key, `_repeats` rows, `_winner` the order that stays."""
    sound = judged.filter(judged["_fault"] == "")
    groups = sound.group_by(list(key)).aggregate(
        _repeats=sound.count(), _winner=sound["_order"].max(), _newest=sound["_sequence"].max()
    )
    return groups.filter(groups["_repeats"] > 1)


def assign_fate(judged: Table, repeats: Table | None, key: Sequence[str]) -> Table:
    """judged plus `_fate` (accepted, rejected, superseded), with duplicates named in `_fault`.

    repeats: the result of `repeated_keys`, None when no key is repeated.
    """
    faulty = judged["_fault"] != ""
    if repeats is None:
        return judged.mutate(_fate=ibis.ifelse(faulty, REJECTED, ACCEPTED))
    renamed = repeats.rename({f"_key_{name}": name for name in key})
    joined = judged.left_join(renamed, [judged[name] == renamed[f"_key_{name}"] for name in key])
    stays = joined["_winner"].isnull() | (joined["_winner"] == joined["_order"])
    same_delivery = joined["_newest"] == joined["_sequence"]
    fate = ibis.cases(
        (joined["_fault"] != "", REJECTED), (stays, ACCEPTED), (same_delivery, REJECTED), else_=SUPERSEDED
    )
    fault = ibis.ifelse(
        (joined["_fault"] == "") & ~stays & same_delivery, f"{Reason.DUPLICATE}:{'+'.join(key)};", joined["_fault"]
    )
    return joined.mutate(_fate=fate, _fault=fault).drop(
        "_repeats", "_winner", "_newest", *[f"_key_{name}" for name in key]
    )
