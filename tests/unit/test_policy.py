from __future__ import annotations

import pytest

from shuyang_data.catalog.model import Dataset, Opening, Sharing
from shuyang_data.catalog.terms import Access, Basis, Personal, Protection
from shuyang_data.classify.policy import opening_refusals, sharing_refusals
from tests.builders import a_column, a_dataset

CONDITIONAL = Sharing(access=Access.CONDITIONAL, condition="限职责")
OPEN_CONDITIONAL = Opening(access=Access.CONDITIONAL, condition="申请")


def with_column(grade: int, sharing: Sharing | None = None, opening: Opening | None = None, **more: object) -> Dataset:
    column = a_column("value", grade=grade, **more)
    extra = {
        "sharing": sharing or Sharing(access=Access.UNCONDITIONAL),
        "opening": opening or Opening(access=Access.UNCONDITIONAL),
    }
    return a_dataset(a_column("code", required=True), column, **extra)


@pytest.mark.parametrize(("grade", "refused"), [(1, False), (2, False), (3, True), (4, True)])
def test_unconditional_sharing_ends_at_grade_two(grade: int, refused: bool) -> None:
    assert bool(sharing_refusals(with_column(grade))) is refused
    assert not sharing_refusals(with_column(grade, CONDITIONAL))


def test_a_mask_lowers_the_grade_for_sharing() -> None:
    assert not sharing_refusals(with_column(3, shared=Protection.MASK_PHONE))


@pytest.mark.parametrize(
    ("grade", "protection", "opening", "codes"),
    [
        (1, Protection.KEEP, None, []),
        (2, Protection.KEEP, None, []),
        (3, Protection.KEEP, OPEN_CONDITIONAL, ["open_grade"]),
        (3, Protection.MASK_PHONE, None, ["grade_three_unconditional"]),
        (3, Protection.MASK_PHONE, OPEN_CONDITIONAL, []),
        (4, Protection.MASK_ID, OPEN_CONDITIONAL, ["grade_four_open"]),
        (4, Protection.DROP, None, []),
    ],
)
def test_opening_follows_the_gate_table(
    grade: int, protection: Protection, opening: Opening | None, codes: list[str]
) -> None:
    assert [r.code for r in opening_refusals(with_column(grade, opening=opening, open=protection))] == codes


def test_a_direct_identifier_never_opens() -> None:
    dataset = with_column(2, personal=Personal.DIRECT, open=Protection.HASH)
    assert [r.code for r in opening_refusals(dataset)] == ["direct_identifier_open"]


def test_what_is_not_shared_is_not_opened() -> None:
    refused = Sharing(access=Access.REFUSED, basis="某法", basis_type=Basis.LAW)
    dataset = with_column(1, refused)
    assert [r.code for r in sharing_refusals(dataset)] == ["sharing_refused"]
    assert [r.code for r in opening_refusals(dataset)] == ["not_shared"]
