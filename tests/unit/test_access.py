"""What leaves for a grant is granted, declared and released, or it does not leave; pseudonyms are the recipient's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import ibis
from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.catalog.terms import Protection
from shuyang_data.exchange.access import allowed, for_recipient, recipient_keys
from shuyang_data.exchange.records import Decision, Demand, DemandStatus
from shuyang_data.names import DatasetId
from tests.builders import TODAY, a_column, a_dataset

DATASET = a_dataset(
    a_column("code", required=True), a_column("number", grade=4, shared=Protection.HASH),
    a_column("name", grade=3, shared=Protection.DROP), a_column("beds"),
)  # fmt: skip
GRANT = Demand(
    "XQ1", "police", "civil_affairs", DATASET.id, ("code", "beds"), "核验", TODAY, decision=Decision.AGREED, decided_on=TODAY,
    granted_until=TODAY + timedelta(days=9),
)  # fmt: skip
NAMES = ("code", "number", "name", "beds", "other")
sets = st.lists(st.sampled_from(NAMES), unique=True)


@given(sets, sets, st.sampled_from([None, *Decision]), st.sampled_from(DemandStatus),
       st.none() | st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)), st.booleans())  # fmt: skip
def test_nothing_leaves_that_is_not_granted_declared_and_released(
    items: list[str],
    released: list[str],
    decision: Decision | None,
    status: DemandStatus,
    until: date | None,
    other: bool,
) -> None:
    """Whatever of the grant is changed, only what all three name is allowed, and what is not is said."""
    demand = replace(
        GRANT, items=tuple(items), decision=decision, status=status, granted_until=until,
        dataset=DatasetId("police", "x") if other else DATASET.id,
    )  # fmt: skip
    found = allowed(demand, DATASET, released, TODAY)
    holds = decision is Decision.AGREED and status is DemandStatus.ACCEPTED and until is not None and until >= TODAY
    may = {"code", "number", "beds"} & set(items) & set(released) if holds and not other else set()
    assert set(found.items) == may
    assert bool(found.lacking) is (not holds or other or not items or may != set(items))


def test_two_recipients_cannot_join_what_they_hold_and_neither_the_platforms() -> None:
    """Seen: one pseudonym for all joined marriage with medical insurance for 2,720 people."""
    engine = ibis.duckdb.connect()
    table = ibis.memtable({"code": ["1", "2"], "number": ["a" * 64, None], "beds": ["3", "4"]})
    held = {}
    for recipient in ("police", "medical_insurance"):
        rows = for_recipient(table, DATASET, ("number", "beds"), recipient_keys(("k1", "k2"), recipient))
        held[recipient] = engine.to_pyarrow(rows).to_pydict()
    first, second = held.values()
    assert first["beds"] == second["beds"] == ["3", "4"]
    assert len({first["number"][0], second["number"][0], "a" * 64}) == 3
    assert first["number"][1] is None
    again = for_recipient(table, DATASET, ("number", "beds"), recipient_keys(("k1", "k2"), "police"))
    assert engine.to_pyarrow(again).to_pydict() == first, "a recipient can join its own"
