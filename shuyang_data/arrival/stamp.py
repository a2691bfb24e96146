"""What the end of a file's name says of its place among the deliveries: `<file>_<YYYYMMDD>[_n | _HHMM | _HHMMSS]`.

Deliveries take effect by data date, then by number or time in the name, then by receipt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

ENDING = re.compile(r"_(\d{8})(?:_(\d{1,4}|\d{6}))?$")
YEARS = range(1900, 2100)
# One to three digits are a number; a time of the day counts after every number.
DIGITS, AFTER_NUMBERS = 3, 1000
TIMES = {4: "%H%M", 6: "%H%M%S"}


@dataclass(frozen=True)
class Stamp:
    """name: what is left of the file's name without its ending. day: None where none is written.

    place: among the deliveries of one day. impossible: eight digits that look like a day and are none.
    """

    name: str
    day: date | None = None
    place: int = 0
    impossible: str = ""


def read_stamp(stem: str) -> Stamp:
    """The stamp of a file's name without its extension; digits that are no day of 1900–2099 belong to the name."""
    ending = ENDING.search(stem)
    if ending is None or int(ending[1][:4]) not in YEARS:
        return Stamp(stem)
    place = _place(ending[2] or "0")
    if place is None:
        return Stamp(stem)
    name = stem[: ending.start()]
    try:
        return Stamp(name, datetime.strptime(ending[1], "%Y%m%d").date(), place)
    except ValueError:
        return Stamp(name, None, place, ending[1])


def _place(text: str) -> int | None:
    """None for four or six digits that are no time of a day."""
    if len(text) <= DIGITS:
        return int(text)
    try:
        moment = datetime.strptime(text, TIMES[len(text)])
    except ValueError:
        return None
    return AFTER_NUMBERS + moment.hour * 3600 + moment.minute * 60 + moment.second
