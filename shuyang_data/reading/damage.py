"""Damage that a cell took before it reached us: flagged with its row, never repaired."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

from shuyang_data.standard.damaged import FAILED, SCIENTIFIC

FAILED_CELL = re.compile(FAILED)
LOST_DIGITS = re.compile(SCIENTIFIC)
MOJIBAKE = re.compile(r"\ufffd|锟斤|烫烫|屯屯|ï»¿|Ã[\x80-\xbf]|â€|鈥|\?{3,}|[\ue000-\uf8ff]")
DAYS = re.compile(r"^[2-6]\d{4}(?:\.\d+)?$")
DAY_NAMES = re.compile(r"日期|时间|年月日|date|time", re.IGNORECASE)
CODE_NAMES = re.compile(r"代码|编码|编号|证号|号码|邮编|账号|学号|工号|电话|区号|code|id$", re.IGNORECASE)
LONG_DIGITS = re.compile(r"^\d{16,19}$")
SHARE = 0.6
SHORTEST_CODE, MOST_ZEROS = 4, 2


class Damage(StrEnum):
    """What happened to the cell."""

    SCIENTIFIC = "科学计数法受损"
    LEADING_ZERO = "前导零丢失"
    PRECISION = "超过 15 位的数字被截成 0"
    MOJIBAKE = "乱码"
    SERIAL_DAY = "日期变成了 Excel 序号"
    FAILED = "公式出错或没有结果"


def damaged_cells(name: str, values: Sequence[str]) -> Iterator[tuple[int, Damage]]:
    """(index, damage) of the cells of one column that are damaged; name: its heading."""
    texts = [value.strip() for value in values]
    shorter = _lost_zeros(name, texts)
    for index, text in enumerate(texts):
        if LOST_DIGITS.match(text):
            yield index, Damage.SCIENTIFIC
        elif FAILED_CELL.match(text):
            yield index, Damage.FAILED
        elif MOJIBAKE.search(text):
            yield index, Damage.MOJIBAKE
        elif LONG_DIGITS.match(text) and text[15:] == "0" * len(text[15:]):
            yield index, Damage.PRECISION
        elif DAYS.match(text) and DAY_NAMES.search(name):
            yield index, Damage.SERIAL_DAY
        elif text in shorter:
            yield index, Damage.LEADING_ZERO


def _lost_zeros(name: str, texts: Sequence[str]) -> frozenset[str]:
    """Codes of digits that are one or two places shorter than nearly all others of the column.

    Told only where leading zeros belong: some others begin with one, or the heading says that these are codes.
    """
    digits = [text for text in texts if text.isascii() and text.isdigit()]
    if len(digits) < SHARE * max(1, sum(map(bool, texts))):
        return frozenset()
    width, count = max(Counter(map(len, digits)).items(), key=lambda pair: pair[1], default=(0, 0))
    zeros = any(text[0] == "0" for text in digits if len(text) == width)
    if width < SHORTEST_CODE or count < SHARE * len(digits) or not (zeros or CODE_NAMES.search(name)):
        return frozenset()
    shorter = {text for text in digits if 0 < width - len(text) <= MOST_ZEROS and text[0] != "0"}
    # A code that others go on from stands above them; it is short by its nature.
    above = {text[:length] for text in digits for length in range(1, len(text))}
    return frozenset(shorter - above)
