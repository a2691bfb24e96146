"""What departments really send: defects put into clean columns at known rows, each with the code it must get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from samples.values import Columns
from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Check, Type
from shuyang_data.records import Reason

# A small table takes fewer kinds of defects, so that the gate stays open.
SMALL_SHARE = 0.02
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Defect:
    """One spoilt row (0-based in the delivery). code None: odd in form, and right all the same."""

    row: int
    column: str
    kind: str
    code: Reason | None


def spoil(
    dataset: Dataset, columns: Columns, strangers: dict[str, np.ndarray], share: float, thousands: bool,
    random: np.random.Generator,
) -> tuple[Columns, list[Defect]]:  # fmt: skip
    """Spoil about `share` of the rows, one defect a row, and append duplicates of sound rows.

    strangers: column → valid values that the referenced dataset does not hold.
    """
    count = len(next(iter(columns.values())))
    kinds = list(_kinds(dataset, strangers, thousands))
    most = max(2, int(count * max(share, SMALL_SHARE)))
    if len(kinds) > most:
        kinds = [kinds[number] for number in sorted(random.choice(len(kinds), most, replace=False))]
    each = max(1, int(count * share / max(1, len(kinds))))
    free = iter(random.permutation(count))
    defects: list[Defect] = []
    for column, kind, code in kinds:
        for _ in range(each):
            row = int(next(free))
            columns[column.name][row] = _spoilt(columns[column.name][row], column, kind, strangers, random)
            defects.append(Defect(row, column.name, kind, code))
    copies = [int(next(free)) for _ in range(max(1, each // 2))]
    for position, row in enumerate(copies):
        defects.append(Defect(count + position, "+".join(dataset.key), "duplicate", Reason.DUPLICATE))
        if row in {defect.row for defect in defects[:-1]}:
            raise AssertionError("a duplicate of a spoilt row")
    spoilt = {name: np.concatenate([values, values[copies]]) for name, values in columns.items()}
    return spoilt, defects


def _kinds(
    dataset: Dataset, strangers: dict[str, np.ndarray], thousands: bool
) -> Iterator[tuple[Column, str, Reason | None]]:
    for column in dataset.columns:
        applies = {
            ("bad_check_digit", Reason.IDENTIFIER): column.check in (Check.RESIDENT_ID, Check.CREDIT_CODE),
            ("destroyed_by_excel", Reason.SCIENTIFIC): column.check is Check.RESIDENT_ID,
            ("short_phone", Reason.IDENTIFIER): column.check is Check.MOBILE,
            ("missing", Reason.REQUIRED): column.required,
            ("unknown_code", Reason.CODE): column.code_list is not None,
            ("broken_reference", Reason.REFERENCE): column.name in strangers,
            ("impossible_date", Reason.TYPE): column.type in (Type.DATE, Type.DATETIME),
            ("out_of_range", Reason.RANGE): column.maximum is not None,
            ("fraction", Reason.TYPE): column.type is Type.INTEGER,
            ("thousands", None): column.type is Type.DECIMAL and thousands,
            ("full_width", None): column.type is Type.INTEGER or column.check is Check.RESIDENT_ID,
        }
        yield from ((column, kind, code) for (kind, code), does in applies.items() if does)


def _spoilt(
    value: str, column: Column, kind: str, strangers: dict[str, np.ndarray], random: np.random.Generator
) -> str:
    if kind == "bad_check_digit":
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    if kind == "broken_reference":
        return str(random.choice(strangers[column.name]))
    if kind == "out_of_range":
        return f"{int(column.maximum or 0) + 7}"
    if kind == "thousands":
        return f"{float(value):,.{column.scale}f}"
    return {
        "destroyed_by_excel": "3.21322E+17",
        "full_width": value.translate(FULL_WIDTH),
        "short_phone": value[:-2],
        "missing": "",
        "unknown_code": "Z9Z",
        "impossible_date": "2023年13月45日",
        "fraction": f"{value}.5",
    }[kind]
