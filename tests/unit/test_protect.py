from __future__ import annotations

from datetime import date

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.release.protect import protect, protect_rows
from tests.builders import a_column, a_dataset

KEYS = ("inner", "outer")


def protected(
    value: object, protection: Protection, kind: Type = Type.TEXT, keys: tuple[str, str] = KEYS, **more: object
) -> object:
    types = {Type.TEXT: "string", Type.DATE: "date", Type.INTEGER: "int64"}
    table = ibis.memtable([{"v": value}], schema=ibis.schema({"v": types[kind]}))
    return (
        ibis.duckdb.connect()
        .to_pyarrow(table.select(v=protect(table.v, a_column("v", kind, **more), protection, keys)))
        .to_pylist()[0]["v"]
    )


@pytest.mark.parametrize(
    ("value", "protection", "expected"),
    [
        ("张三丰", Protection.MASK_NAME, "张**"),
        ("王", Protection.MASK_NAME, "王*"),
        ("321322199001011234", Protection.MASK_ID, "321322********1234"),
        ("13800001234", Protection.MASK_PHONE, "138****1234"),
        ("6222020000000001234", Protection.MASK_ACCOUNT, "***************1234"),
        ("苏NA12B6", Protection.MASK_PLATE, "苏N****6"),
        ("沭阳县颜集镇花晏村3组", Protection.MASK_ADDRESS, "沭阳县颜集镇****"),
        ("沭阳县颜集镇花晏村3组", Protection.AREA, "沭阳县颜集镇"),
        ("某处", Protection.AREA, None),
        ("短", Protection.MASK_ID, "*"),
    ],
)
def test_masks(value: str, protection: Protection, expected: str | None) -> None:
    assert protected(value, protection) == expected


@pytest.mark.parametrize(
    "protection", [p for p in Protection if p.value.startswith("mask") or p in (Protection.HASH, Protection.AREA)]
)
def test_nothing_stays_nothing(protection: Protection) -> None:
    assert protected(None, protection) is None


@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=["Cs", "Cn"]), min_size=11, max_size=30
    )
)
@settings(max_examples=40, deadline=None)
def test_a_mask_never_shows_more_than_its_ends(value: str) -> None:
    masked = protected(value, Protection.MASK_ID)
    assert isinstance(masked, str)
    assert len(masked) == len(value)
    assert set(masked[6:-4]) <= {"*"}


def test_the_keyed_hash_depends_on_both_keys_and_is_stable() -> None:
    hashes = {
        keys: protected("321322199001011234", Protection.HASH, keys=keys)
        for keys in (KEYS, ("x", "outer"), ("inner", "y"))
    }
    assert len(set(hashes.values())) == 3
    assert protected("321322199001011234", Protection.HASH) == hashes[KEYS]


def test_generalisation() -> None:
    assert protected(date(2020, 5, 17), Protection.YEAR, Type.DATE) == 2020
    assert protected(date(2020, 5, 17), Protection.MONTH, Type.DATE) == date(2020, 5, 1)
    assert protected(2345, Protection.BAND, Type.INTEGER, band=1000.0) == 2000


def test_a_dropped_column_does_not_leave() -> None:
    dataset = a_dataset(
        a_column("code", required=True), a_column("name", open=Protection.DROP, shared=Protection.MASK_NAME)
    )
    table = ibis.memtable([{"code": "1", "name": "张三"}])
    assert list(protect_rows(table, dataset, "open", KEYS).columns) == ["code"]
    assert list(protect_rows(table, dataset, "shared", KEYS).columns) == ["code", "name"]
