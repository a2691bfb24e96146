"""Three-way merges of entries: both changes, or a conflict that is named; never one that is lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuyang_data.catalog.merge import WHOLE, three_way

BASE: dict[str, Any] = {
    "title": "甲",
    "sharing": {"access": "a"},
    "columns": [{"name": "x", "grade": 1}, {"name": "y"}],
}


@pytest.mark.parametrize(
    ("mine", "now", "merged"),
    [
        ({"title": "乙"}, {"sharing": {"access": "b"}}, {"title": "乙", "sharing": {"access": "b"}}),
        ({"sharing": {"access": "b"}}, {"sharing": {"access": "a", "condition": "c"}}, {"sharing": {"access": "b", "condition": "c"}}),
        (
            {"columns": [{"name": "x", "grade": 2}, {"name": "y"}]}, {"columns": [{"name": "y", "note": "n"}, {"name": "x", "grade": 1}]},
            {"columns": [{"name": "y", "note": "n"}, {"name": "x", "grade": 2}]},
        ),
        ({"columns": [{"name": "x", "grade": 1}]}, {"columns": [{"name": "x", "grade": 3}, {"name": "y"}]}, {"columns": [{"name": "x", "grade": 3}]}),
        ({"columns": [*BASE["columns"], {"name": "z"}]}, {"title": "丙"}, {"title": "丙", "columns": [*BASE["columns"], {"name": "z"}]}),
        ({"title": "乙"}, {"title": "乙"}, {"title": "乙"}),
    ],
)  # fmt: skip
def test_what_only_one_side_touched_is_taken_from_it(mine: Any, now: Any, merged: Any) -> None:
    assert three_way(BASE, BASE | mine, BASE | now) == (BASE | merged, ())


@pytest.mark.parametrize(
    ("mine", "now", "paths"),
    [
        (BASE | {"title": "乙"}, BASE | {"title": "丙"}, ("title",)),
        (BASE | {"columns": [{"name": "x", "grade": 2}, {"name": "y"}]}, BASE | {"columns": [{"name": "x", "grade": 3}, {"name": "y"}]}, ("columns.x.grade",)),
        (None, BASE | {"title": "丙"}, (WHOLE,)),
        (BASE | {"title": "乙"}, None, (WHOLE,)),
    ],
)  # fmt: skip
def test_what_both_changed_is_a_conflict_and_stays(mine: Any, now: Any, paths: tuple[str, ...]) -> None:
    merged, conflicts = three_way(BASE, mine, now)
    assert conflicts == paths
    assert merged == now


FIELDS = st.dictionaries(
    st.sampled_from("abc"), st.integers(0, 2) | st.dictionaries(st.sampled_from("de"), st.integers(0, 2))
)


@given(FIELDS, FIELDS, FIELDS)
def test_every_change_is_in_the_result_or_a_named_conflict(base: Any, mine: Any, now: Any) -> None:
    merged, conflicts = three_way(base, mine, now)
    assert merged is not None
    for key in {*base, *mine, *now}:
        if any(path == key or path.startswith(f"{key}.") for path in conflicts):
            continue
        mine_changed, now_changed = mine.get(key) != base.get(key), now.get(key) != base.get(key)
        if mine_changed and not now_changed:
            assert merged.get(key) == mine.get(key)
        if now_changed and not mine_changed:
            assert merged.get(key) == now.get(key)
