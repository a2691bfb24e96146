"""Mistakes that departments make in catalogue workbooks, and that no single cell shows.

From what auditors of such workbooks report: a system's name as the resource's, names that a drag-down numbered, the
same name but for punctuation, codes of different lengths, a format that contradicts the way of sharing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from shuyang_data.catalog.workbook.bodies import Body, Entry
from shuyang_data.catalog.workbook.fields import get_path
from shuyang_data.catalog.workbook.parse import Cell, CellProblem

SYSTEM_NAME = re.compile(r"(?:系统|平台|小程序|APP|网站)$", re.IGNORECASE)
NUMBERED = re.compile(r"^(.{2,}?)(\d+)$")
PUNCTUATION = re.compile(r"[\W_]")
DRAGGED = 3
CREDIT_CODE = 18
# 电子文件 and 电子表格 are shared as files or in batches, never as a table in a database (格式分类与共享方式类型一致).
FILE_FORMATS = ("xlsx", "xls", "zip")
Places = Mapping[Entry, Mapping[str, Cell]]


def typical_mistakes(bodies: Mapping[Entry, Body], places: Places) -> list[CellProblem]:
    """Every such mistake in the datasets and departments of a workbook."""
    datasets = {entry: body for entry, body in bodies.items() if entry[0] == "datasets"}
    systems = {str(body.get("title", "")) for (kind, _), body in bodies.items() if kind == "systems"}
    return [
        *_system_names(datasets, systems, places),
        *_dragged_down(datasets, places),
        *_same_names(datasets, places),
        *_code_lengths(bodies, places),
        *_formats(datasets, places),
    ]


def _cell(places: Places, entry: Entry, path: str) -> Cell | None:
    known = places.get(entry, {})
    return known.get(path) or known.get("")


def _system_names(datasets: Mapping[Entry, Body], systems: set[str], places: Places) -> Iterator[CellProblem]:
    for entry, body in datasets.items():
        title = str(body.get("title") or "")
        if title in systems or SYSTEM_NAME.search(title):
            yield CellProblem(
                _cell(places, entry, "title"), f"“{title}”是系统的名称", "信息资源的名称，例如“养老机构名录”"
            )


def _dragged_down(datasets: Mapping[Entry, Body], places: Places) -> Iterator[CellProblem]:
    """…1, …2, …3 in rows one below the other, with the same abstract: one resource that a drag-down multiplied."""
    families: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
    for entry, body in datasets.items():
        match = NUMBERED.match(str(body.get("title") or ""))
        if match:
            families.setdefault((entry[1].partition("/")[0], match[1]), []).append((int(match[2]), entry))
    for (_, name), members in families.items():
        members.sort()
        numbers = [number for number, _ in members]
        if len(members) >= DRAGGED and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
            for _, entry in members:
                cell = _cell(places, entry, "title")
                yield CellProblem(cell, f"“{name}”后的序号像是下拉填充出来的", "各不相同的名称，一项资源写一行")


def _same_names(datasets: Mapping[Entry, Body], places: Places) -> Iterator[CellProblem]:
    seen: dict[str, str] = {}
    for entry, body in datasets.items():
        title = str(body.get("title") or "")
        first = seen.setdefault(PUNCTUATION.sub("", title), title) if title else title
        if first != title:
            yield CellProblem(_cell(places, entry, "title"), f"“{title}”与“{first}”只差标点或空格", "一项资源写一行")


def _code_lengths(bodies: Mapping[Entry, Body], places: Places) -> Iterator[CellProblem]:
    """Codes of one class are equally long; a credit code has eighteen characters."""
    lengths: dict[str, Counter[int]] = {}
    codes = {e: str(b.get("code") or "").partition("/")[0] for e, b in bodies.items() if e[0] == "datasets"}
    for code in codes.values():
        lengths.setdefault(code[:3], Counter())[len(code)] += 1
    for entry, code in codes.items():
        usual, count = lengths[code[:3]].most_common(1)[0]
        if code and len(code) != usual and count > 1:
            cell = _cell(places, entry, "code")
            yield CellProblem(cell, f"代码 {code} 有 {len(code)} 位，同类的是 {usual} 位", f"{usual} 位")
    for entry, body in bodies.items():
        code = str(body.get("credit_code") or "")
        if code and len(code) != CREDIT_CODE:
            yield CellProblem(_cell(places, entry, "credit_code"), f"代码有 {len(code)} 位", "18 位统一社会信用代码")


def _formats(datasets: Mapping[Entry, Body], places: Places) -> Iterator[CellProblem]:
    for entry, body in datasets.items():
        modes, form = get_path(body, "sharing.modes") or [], get_path(body, "delivery.format")
        if form in FILE_FORMATS and list(modes) == ["interface"] and get_path(body, "delivery.pull") is None:
            cell = _cell(places, entry, "sharing.modes")
            yield CellProblem(cell, f"{form} 是文件类，共享方式却只有接口", "文件或批量交换")
