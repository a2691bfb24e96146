"""HTML tables, which many systems export under the name .xls."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.formats.delimited import decode, detect_encoding
from shuyang_data.reading.grid import Grid, Range, make_grid
from shuyang_data.records import Refusal

WIDEST_SPAN = 1000
# What a page holds and does not show.
UNSEEN = ("script", "style", "template", "noscript")


def read_html(path: Path) -> list[Grid]:
    """The tables of a page as grids; raise DeliveryRefusedError when it has none."""
    parser = _Tables()
    parser.feed(decode(path, detect_encoding(path)))
    parser.close()
    grids = [grid for grid in parser.grids() if any(map(any, grid.rows))]
    if not grids:
        problem = Problem(path.name, "网页里没有表格", "带表格的文件", "重新导出后再送")
        raise DeliveryRefusedError(Refusal.UNREADABLE, [problem])
    return grids


class _Tables(HTMLParser):
    """Collects the innermost tables, cells with their spans."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[list[list[tuple[str, int, int]]]] = []
        self._open: list[list[list[tuple[str, int, int]]]] = []
        self._unseen = 0
        self._options: list[tuple[bool, list[str]]] = []
        self._cell: tuple[list[str], int, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
        elif tag == "tr" and self._open:
            self._close_cell()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open:
            self._close_cell()
            spans = dict(attrs)
            self._cell = ([], _span(spans.get("rowspan")), _span(spans.get("colspan")))
        elif tag == "br" and self._cell:
            self._cell[0].append("\n")
        elif tag == "input" and self._cell:
            field = dict(attrs)
            is_shown = field.get("type", "text") not in ("hidden", "checkbox", "radio")
            self._cell[0].append((field.get("value") or "") if is_shown else "")
        elif tag == "option" and self._cell:
            self._options.append(("selected" in dict(attrs), []))
        self._unseen += tag in UNSEEN

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN and self._unseen > 0
        if tag == "select":
            self._choose()
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()
        if tag == "table" and self._open:
            self._done.append(self._open.pop())

    def handle_data(self, data: str) -> None:
        if self._cell and not self._unseen:
            (self._options[-1][1] if self._options else self._cell[0]).append(data)

    def _choose(self) -> None:
        """Of a list the cell shows what is chosen, or the first."""
        if self._cell and self._options:
            chosen = next((words for is_chosen, words in self._options if is_chosen), self._options[0][1])
            self._cell[0].append("".join(chosen).strip())
        self._options = []

    def _close_cell(self) -> None:
        self._choose()
        if self._cell and self._open:
            if not self._open[-1]:
                self._open[-1].append([])
            text, down, across = self._cell
            self._open[-1][-1].append(("".join(text).strip(), down, across))
        self._cell = None

    def grids(self) -> list[Grid]:
        return [_grid(rows) for rows in (*self._done, *self._open) if any(rows)]


def _span(text: str | None) -> int:
    return min(int(text), WIDEST_SPAN) if text and text.isdigit() and int(text) else 1


def _grid(rows: list[list[tuple[str, int, int]]]) -> Grid:
    placed: dict[tuple[int, int], str] = {}
    merged: list[Range] = []
    for i, row in enumerate(rows):
        j = 0
        for text, down, across in row:
            while (i, j) in placed:
                j += 1
            bottom = min(i + down, len(rows)) - 1
            placed |= {(a, b): "" for a in range(i, bottom + 1) for b in range(j, j + across)}
            placed[i, j] = text
            if down > 1 or across > 1:
                merged.append((i, j, bottom, j + across - 1))
            j += across
    width = max((j for _, j in placed), default=-1) + 1
    return make_grid([[placed.get((i, j), "") for j in range(width)] for i in range(len(rows))], "", merged)
