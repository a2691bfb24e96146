"""What a chain says of itself while it works, as plain values: whoever runs it shows or records them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shuyang_data.names import DatasetId, Layer
from shuyang_data.words import Word


class Check(Word):
    """What is looked at on the way: the delivery, the grades, and the rules of each severity."""

    DELIVERY = "delivery", "交付"
    GRADE = "grade", "分级"
    BLOCKING = "blocking", "阻断"
    RECTIFY = "rectify", "整改"
    ADVICE = "advice", "提示"


CHECKED_IN = {
    Check.DELIVERY: Layer.RAW, Check.GRADE: Layer.RAW,
    Check.BLOCKING: Layer.STANDARD, Check.RECTIFY: Layer.STANDARD, Check.ADVICE: Layer.STANDARD,
}  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """A table to show. columns: field → heading, in order."""

    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


Figure = str | int | float | Listed | Path
Figures = Mapping[str, Figure]


@dataclass(frozen=True)
class Made:
    """A layer of a dataset stands. rows: in it, where it has rows; figures: what else there is to say, by heading.

    version: of its contents; inputs: (dataset, layer) → version of what it was made from.
    """

    dataset: DatasetId
    layer: Layer
    rows: int | None = None
    figures: Figures = field(default_factory=dict)
    version: str = ""
    inputs: Mapping[tuple[DatasetId, Layer], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """The verdict of one check. summary: one line."""

    dataset: DatasetId
    check: Check
    passed: bool
    summary: str = ""
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """The chain goes no further in this layer. reasons: in words; duty: whose turn it is; rows: numbers of the first
    rows that are wrong. What stood before, stands.
    """

    dataset: DatasetId
    layer: Layer
    reasons: tuple[str, ...]
    duty: str = ""
    rows: tuple[str, ...] = ()


Step = Made | Checked | Stopped
