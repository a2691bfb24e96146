"""Tables as people read them on a console: whatever its width, no column is lost."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

NOTHING = "—"


def print_table(
    console: Console, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]],
    *, numbers: Collection[str] = (), nothing: str = NOTHING,
) -> None:  # fmt: skip
    """A table as wide as it needs to be; on a screen that is too narrow for it, one block a row.

    numbers: headings whose column stands to the right. nothing: what stands for None.
    """
    texts = [[nothing if value is None else str(value) for value in row] for row in rows]
    table = Table(title=title or None)
    for heading in headings:
        table.add_column(Text(heading), no_wrap=True, justify="right" if heading in numbers else "left")
    for row in texts:
        table.add_row(*map(Text, row))
    endless = console.options.update(max_width=sys.maxsize)
    width = max(Measurement.get(console, endless, table).maximum, 1)
    if not console.is_terminal:
        # A file or a pipe has no width.
        console = Console(file=console.file, width=width)
    if width <= console.width:
        console.print(table)
    else:
        _print_blocks(console, title, headings, texts)


def _print_blocks(console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if title:
        console.print(Text(title, style="bold"))
    for number, row in enumerate(rows, start=1):
        console.rule(f"第 {number} 行", align="left")
        block = Table.grid(padding=(0, 1))
        block.add_column(max_width=max(console.width // 3, 1), overflow="fold")
        block.add_column(overflow="fold")
        for heading, text in zip(headings, row, strict=True):
            block.add_row(Text(heading), Text(text))
        console.print(block)
