"""What the reader of workbooks overlooks in a sheet, found by reading the file itself again."""

from __future__ import annotations

from dataclasses import dataclass, field

from shuyang_data.reading.formats.shown_numbers import Shown
from shuyang_data.reading.grid import Place, Range

Texts = dict[Place, str]


@dataclass
class Overlooked:
    """By (row, column), both from 0. lost: what stands in cells that the reader empties: errors, formulas without a
    result; instead: what stands in cells of which it hands over something else; shown: numbers as their formats show
    them; merged: cells that it does not tell; notes: what else is told of the sheet.
    """

    lost: Texts = field(default_factory=dict)
    instead: Texts = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)
    merged: list[Range] = field(default_factory=list)
    notes: tuple[str, ...] = ()
