"""What the reader itself found wrong with rows, as rules that tickets can name."""

from __future__ import annotations

from dataclasses import dataclass

from shuyang_data.catalog.model import Dataset
from shuyang_data.reading.seen import texts_of
from shuyang_data.records import Reason


@dataclass(frozen=True)
class Seen:
    """faults: as rejected rows carry them."""

    title: str
    faults: tuple[str, ...]


def seen_by_reader(dataset: Dataset) -> dict[str, Seen]:
    """The rule's id → what it says and which faults are its own."""
    garbled = tuple(f"{Reason.GARBLED}:{column.name}" for column in dataset.columns)
    found = {
        "table.shape": Seen("每行的列数与表头一致", (f"{Reason.ROW_SHAPE}:",)),
        "table.legible": Seen("文字没有乱码和控制字符", garbled),
    }
    if exponents := tuple(f"{Reason.SCIENTIFIC}:{column.name}" for column in texts_of(dataset)):
        found["table.undamaged"] = Seen("文字里没有科学计数法", exponents)
    return found
