"""What the reader of workbooks overlooks in a sheet, found by reading the file itself again."""

from __future__ import annotations

from dataclasses import dataclass, field

from shuyang_data.reading.grid import Place

Texts = dict[Place, str]


@dataclass
class Overlooked:
    """By (row, column), both from 0. lost: what stands in cells that the reader empties: errors, formulas without a
    result; uncalculated: formulas of which it hands over a number that nobody calculated; shown: numbers as their
    formats show them; units: how many cells have a unit in their format alone.
    """

    lost: Texts = field(default_factory=dict)
    uncalculated: Texts = field(default_factory=dict)
    shown: Texts = field(default_factory=dict)
    units: int = 0
