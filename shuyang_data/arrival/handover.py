"""交接单: what a department says it has handed over, against what was read: files, rows, sums."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from shuyang_data.arrival.manifest import landed
from shuyang_data.arrival.receive import PLACE
from shuyang_data.county import County
from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.names import DatasetId, Layer, delivery_of
from shuyang_data.reading.contract import same_heading
from shuyang_data.reading.read import read_source
from shuyang_data.records import Delivery, DeliveryState

HEADINGS = {
    "file": ("文件名", "文件", "文件名称"), "rows": ("行数", "记录数", "数据量", "条数"),
    "lost": ("减少行数", "减少主键数", "注销数", "删除行数"),
    "column": ("合计列", "求和列", "校验列"), "total": ("合计值", "合计", "校验值"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a hand-over sheet. rows and total: as announced, None when the sheet says nothing of it.

    lost: keys that are said to be gone for good.

    unclear: what it announces in no number, which nothing can agree with.
    """

    department: str
    file: str
    rows: int | None
    column: str
    total: Decimal | None
    lost: int = 0
    unclear: tuple[str, ...] = ()


def reconcile(county: County) -> list[dict[str, Any]]:
    """One row a line of every sheet: what was announced, what was found, and the difference in words."""
    rows: list[dict[str, Any]] = []
    for department in county.catalog.departments:
        known = [
            d
            for name in county.catalog.datasets
            if name.department == department
            for d in county.registry.deliveries(name)
        ]
        for sheet in landed(county.settings.landing, DatasetId(department, PLACE)):
            path = county.settings.landing / sheet.path
            try:
                lines = _lines(path, department)
            except DeliveryRefusedError as error:
                rows.append(_row(path, Line(department, "", None, "", None), None, None, str(error.problems[0])))
                continue
            rows += [_compared(county, path, line, known) for line in lines]
    return rows


def _lines(path: Path, department: str) -> list[Line]:
    found = []
    for table in read_source(path):
        places = {
            field: next((n for n, c in enumerate(table.columns) if same_heading(c) in names), None)
            for field, names in HEADINGS.items()
        }
        if places["file"] is None:
            continue
        for row in table.rows:
            cells = {field: row[place].strip() if place is not None else "" for field, place in places.items()}
            count = _number(cells["rows"])
            total = _number(cells["total"])
            rows = int(count) if count is not None and count == int(count) else None
            lost = _number(cells["lost"])
            said = (("行数", cells["rows"], rows), ("合计", cells["total"], total), ("减少", cells["lost"], lost))
            unclear = tuple(f"{name}“{text}”不是数" for name, text, number in said if text and number is None)
            found.append(Line(department, cells["file"], rows, cells["column"], total, int(lost or 0), unclear))
    return found


def announced_loss(county: County, delivery: Delivery) -> int:
    """Keys that the department's hand-over sheets say are gone with this delivery; 0 when none says so."""
    department = delivery.dataset.department
    announced = 0
    for sheet in landed(county.settings.landing, DatasetId(department, PLACE)):
        # A sheet that cannot be read announces nothing; `reconcile` says that it cannot.
        with suppress(DeliveryRefusedError):
            lines = _lines(county.settings.landing / sheet.path, department)
            announced = max([announced, *(line.lost for line in lines if _is_about(line, delivery))])
    return announced


def _is_about(line: Line, delivery: Delivery) -> bool:
    path = Path(delivery.path)
    return path.name == line.file or path.stem == Path(line.file).stem


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _compared(county: County, path: Path, line: Line, known: Sequence[Delivery]) -> dict[str, Any]:
    named = [delivery for delivery in known if _is_about(line, delivery)]
    if not named:
        return _row(path, line, None, None, "没有收到")
    delivery = named[-1]
    if delivery.state is not DeliveryState.READ:
        return _row(path, line, delivery, None, "已退回" if delivery.state is DeliveryState.REFUSED else "还没有读")
    total = _total(county, delivery, line) if line.column and line.total is not None else None
    differences = [*line.unclear]
    if line.rows is not None and line.rows != delivery.rows:
        differences.append("行数不符")
    if line.total is not None and total != line.total:
        differences.append("合计不符" if line.column else "没有写合计列")
    return _row(path, line, delivery, total, "、".join(differences) or "相符")


def _total(county: County, delivery: Delivery, line: Line) -> Decimal | None:
    """The sum over one column as it was delivered; None when the dataset has no such column."""
    dataset = county.catalog.datasets[delivery.dataset]
    name = next(
        (
            c.name
            for c in dataset.columns
            if same_heading(line.column) in map(same_heading, (c.title, c.name, *c.source))
        ),
        None,
    )
    files = [f for f in county.lakehouse.files(dataset.id.table(Layer.RAW)) if delivery_of(Path(f)) == delivery.id]
    return None if name is None or not files else county.engine.text_sum(files, name)


def _row(path: Path, line: Line, delivery: Delivery | None, total: Decimal | None, found: str) -> dict[str, Any]:
    announced, read = (None if number is None else f"{number:f}" for number in (line.total, total))
    return {
        "sheet": path.name, "department": line.department, "file": line.file, "rows": line.rows,
        "rows_read": delivery.rows if delivery else None, "column": line.column,
        "total": announced, "total_read": read, "result": found,
    }  # fmt: skip
