from __future__ import annotations

from collections import Counter

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.standard.cast import MAXIMUM_ROWS
from shuyang_data.standard.deduplicate import assign_fate, repeated_keys
from tests.builders import a_column, a_dataset

DATASET = a_dataset(a_column("key", required=True), key=("key",))
ROW = st.tuples(st.integers(740000, 740003), st.sampled_from("abc"), st.booleans())


@given(st.lists(ROW, min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_one_row_of_the_newest_delivery_stays_for_every_key(rows: list[tuple[int, str, bool]]) -> None:
    records = [
        {
            "_sequence": s * 100,
            "_order": s * 100 * MAXIMUM_ROWS - n,
            "_row_number": n,
            "key": k,
            "_fault": "x:key;" if bad else "",
        }
        for n, (s, k, bad) in enumerate(rows, start=2)
    ]
    schema = {"_sequence": "int64", "_order": "int64", "_row_number": "int64", "key": "string", "_fault": "string"}
    judged = ibis.memtable(records, schema=ibis.schema(schema))
    found = ibis.duckdb.connect().to_pyarrow(assign_fate(judged, repeated_keys(judged, DATASET), DATASET)).to_pylist()
    assert len(found) == len(rows)
    fates = Counter((row["key"], row["_fate"]) for row in found if row["_fault"] in ("", "duplicate_key:key;"))
    for key in {k for _, k, bad in rows if not bad}:
        assert fates[key, "accepted"] == 1
        sound = [(s, n) for n, (s, k, bad) in enumerate(rows, start=2) if k == key and not bad]
        newest = max(s for s, _ in sound)
        winner = min(n for s, n in sound if s == newest)
        stays = next(r for r in found if r["key"] == key and r["_fate"] == "accepted")
        assert stays["_row_number"] == winner
        assert fates[key, "rejected"] == sum(s == newest for s, _ in sound) - 1
        assert fates[key, "superseded"] == sum(s != newest for s, _ in sound)
