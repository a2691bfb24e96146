"""How far somebody who stands for a lower grade of a column stands for it: for one kind, one share, one year."""

from __future__ import annotations

from datetime import date

from shuyang_data.catalog.model import Confirmation
from shuyang_data.catalog.terms import Kind

# Rounding of a share that was read off a report in whole percent.
ROUNDED = 0.005


def stands_for(given: Confirmation | None, meant: str, kind: Kind, share: float, today: date) -> bool:
    """Whether the confirmation covers so large a share of this kind.

    meant: the kind that one without a kind was given for, "" when nothing was found then.
    """
    if given is None or is_over(given, today):
        return False
    return kind == (given.kind or meant) and share <= given.share + ROUNDED


def is_over(given: Confirmation, today: date) -> bool:
    """Whether the year is over: the same day of the next one no longer counts, nor does a day to come."""
    return not 0 <= (today - given.confirmed_on).days < 365
