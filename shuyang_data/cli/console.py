"""What the commands share: where they print, and how every known error becomes one Chinese message and an exit code."""

from __future__ import annotations

import csv
import io
import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from shuyang_data import screen
from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import EXIT_FAULT, Problem, ShuyangDataError, UsageError
from shuyang_data.release.neutral import neutral
from shuyang_data.settings import Settings
from shuyang_data.storage.analyst_build import build_problems
from shuyang_data.storage.catalog_in_force import load_in_force

PLAIN_WIDTH = 140
SHOW_AFTER = 2.0
Result = TypeVar("Result")
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
    screen.print_table(console(), title, headings, rows)


@contextmanager
def shown_when_slow(title: str, after: float = SHOW_AFTER) -> Iterator[Callable[[str, int, int], None]]:
    """Yields what takes (name, number, of how many); after so many seconds a line on standard error shows them.

    Nothing may be printed meanwhile: what stands on the screen would be written over.
    """
    shown = (TextColumn(title), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    progress = Progress(*shown, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False)
    task = progress.add_task("", total=None)
    timer = threading.Timer(after, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda name, number, total: progress.update(
            task, description=f"{number}/{total} {name}", completed=number, total=total
        )
    finally:
        timer.cancel()
        timer.join()
        if progress.live.is_started:
            progress.stop()


def worked_out(title: str, work: Callable[[], Result]) -> Result:
    """The result of work that may take long; after two seconds a line on standard error says that it does."""
    with shown_when_slow(title):
        return work()


def county_catalog(settings: Settings) -> Catalog:
    """The catalog in force, with a word about what of its files cannot be used; raise CatalogError for none at all."""
    catalog = worked_out("读目录", lambda: load_in_force(settings))
    tell_faults(catalog)
    return catalog


def tell_faults(catalog: Catalog) -> None:
    """On standard error: what of the catalog's files cannot be used, and what stands instead."""
    if catalog.faults:
        lines = "\n".join(f"  {fault}" for fault in catalog.faults)
        print(f"目录有 {len(catalog.faults)} 处问题，所在的条目按上一次有效的声明：\n{lines}", file=sys.stderr)


def county_of(day: str = "", run_id: str = "") -> Any:
    """The county of today, or of another day; raise UsageError for no day, CatalogError, StorageError."""
    from shuyang_data.county import open_county

    settings = Settings()
    on = day_of(day, settings)
    follow_home(settings)
    county = worked_out("读目录", lambda: open_county(settings, on, run_id))
    tell_faults(county.catalog)
    return county


def rows_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV with their own headings, harmless to a spreadsheet."""
    target = io.StringIO()
    writer = csv.writer(target)
    if rows:
        writer.writerow(map(neutral, rows[0]))
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


def follow_home(settings: Settings) -> None:
    """The first command after a home was copied, moved or restored builds the analysts' file for its new place."""
    if settings.heartbeat.exists() and build_problems(settings.home, settings.analyst):
        from shuyang_data.night import analyst

        worked_out("为这个位置重建分析库", lambda: analyst.follow_home(settings))


def registry(settings: Settings) -> Any:
    from shuyang_data.storage.home_registry import open_registry

    follow_home(settings)
    return open_registry(settings)
