"""What the commands share: where they print, and how every known error becomes one Chinese message and an exit code."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import EXIT_FAULT, Problem, ShuyangDataError, UsageError
from shuyang_data.names import DatasetId
from shuyang_data.release.neutral import neutral
from shuyang_data.settings import Settings

PLAIN_WIDTH = 140
DateOption = Annotated[str, typer.Option("--date", help="按这一天测算，YYYY-MM-DD；默认今天", metavar="日期")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]


def day_of(text: str, settings: Settings) -> date:
    """The day that somebody wrote, today in the county when nothing; raise UsageError for no day."""
    if not text:
        return settings.today(datetime.now(UTC))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError([Problem("--date", f"写的是 {text!r}", "YYYY-MM-DD")]) from None


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*("—" if value is None else str(value) for value in row))
    console().print(table)


def rows_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV with their own headings, harmless to a spreadsheet."""
    target = io.StringIO()
    writer = csv.writer(target)
    if rows:
        writer.writerow(rows[0])
    writer.writerows([neutral(cell) for cell in row.values()] for row in rows)
    return target.getvalue()


def console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, soft_wrap=True)


@contextmanager
def messages() -> Iterator[None]:
    """Every known error as its message and exit code; nobody is shown a traceback."""
    try:
        yield
    except ShuyangDataError as error:
        print(str(error), file=sys.stderr)
        raise typer.Exit(error.exit_code) from None
    except BrokenPipeError:
        raise typer.Exit(0) from None
    except OSError as error:
        print(f"存储故障：{error.filename or ''} {error.strerror or error}；请检查磁盘与权限", file=sys.stderr)
        raise typer.Exit(EXIT_FAULT) from None


def dump(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def registry(settings: Settings) -> Any:
    from shuyang_data.storage.registry import Registry

    return Registry(settings.registry)


def known_dataset(name: str, catalog: Catalog) -> DatasetId:
    """Raise UsageError for a name that is none, or that the catalog does not have."""
    try:
        identity = DatasetId.parse(name)
    except ValueError as error:
        raise UsageError([Problem(name, str(error))]) from None
    if identity not in catalog.datasets:
        raise UsageError([Problem(name, "目录里没有这个数据集", "shuyang status 列出的数据集")])
    return identity
