from __future__ import annotations

from datetime import date

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from shuyang_data.quality.gx_types import is_credit_code, is_resident_id
from shuyang_data.standard.identifiers import (
    CREDIT_ALPHABET,
    body_check_digit,
    credit_check_digit,
    resident_check_digit,
    valid_credit_code,
    valid_resident_id,
)

TODAY = date(2026, 11, 24)
DIGITS = st.text("0123456789", min_size=17, max_size=17)


@given(DIGITS)
def test_the_resident_check_digit_is_the_one_of_an_independent_library(first_17: str) -> None:
    assert resident_check_digit(first_17) == ric.calc_check_digit(first_17 + "0")


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_the_credit_check_digit_is_the_one_of_an_independent_library(first_17: str) -> None:
    assert credit_check_digit(first_17) == uscc.calc_check_digit(first_17)


def a_resident_id(birth: date, area: str = "321322", sequence: int = 101) -> str:
    first_17 = f"{area}{birth:%Y%m%d}{sequence:03d}"
    return first_17 + resident_check_digit(first_17)


@given(
    st.dates(date(1900, 1, 1), TODAY), st.sampled_from(["322224", "320823", "321322", "810000"]), st.integers(0, 999)
)
def test_every_number_with_a_right_check_digit_is_valid_whatever_its_area_and_year(
    birth: date, area: str, n: int
) -> None:
    assert is_resident_id(a_resident_id(birth, area, n), TODAY)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_changed_digit_is_always_found(birth: date, position: int, digit: str) -> None:
    number = a_resident_id(birth)
    changed = number[:position] + digit + number[position + 1 :]
    assert is_resident_id(changed, TODAY) == (changed == number)


def test_a_birth_after_today_is_invalid() -> None:
    assert not is_resident_id(a_resident_id(date(2026, 11, 25)), TODAY)


@pytest.mark.parametrize("prefix", ["91321322", "N2321322", "52321322"])
def test_rural_collectives_are_as_valid_as_companies(prefix: str) -> None:
    first_17 = prefix + "MF123456" + body_check_digit("MF123456")
    assert is_credit_code(first_17 + credit_check_digit(first_17))


def test_a_wrong_inner_check_is_found_though_the_outer_one_is_right() -> None:
    wrong = "0" if body_check_digit("MF123456") != "0" else "1"
    first_17 = f"91321322MF123456{wrong}"
    assert not is_credit_code(first_17 + credit_check_digit(first_17))


@given(st.lists(st.one_of(st.text("0123456789X", max_size=19), st.text(CREDIT_ALPHABET, min_size=18, max_size=18),
       st.builds(a_resident_id, st.dates(date(1900, 1, 1), TODAY))), min_size=1, max_size=30))  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_the_expressions_agree_with_the_plain_functions(values: list[str]) -> None:
    table = ibis.memtable({"text": values})
    found = ibis.duckdb.connect().to_pyarrow(
        table.select("text", resident=valid_resident_id(table.text, TODAY), credit=valid_credit_code(table.text))
    )
    for row in found.to_pylist():
        assert row["resident"] == is_resident_id(row["text"], TODAY)
        assert row["credit"] == is_credit_code(row["text"])
