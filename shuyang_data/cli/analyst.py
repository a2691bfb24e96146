"""Commands of those who analyse: one query on what is published, and all of it in one file to take along."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from shuyang_data.cli.console import JsonOption, follow_home, messages, shown_when_slow, worked_out
from shuyang_data.errors import Problem, UsageError
from shuyang_data.release.neutral import csv_line
from shuyang_data.screen import print_table
from shuyang_data.settings import Settings

SHARED_NOTE = "含共享数据，按授权使用，不得公开；只要开放数据请用 --open-only"
OPEN_NOTE = "只含开放数据、代码表和目录"


def query(
    sql: Annotated[str, typer.Argument(help='例如 "select * from catalogue"', metavar="SQL")],
    as_csv: Annotated[bool, typer.Option("--csv", help="输出 CSV（UTF-8），供程序读取")] = False,
    as_json: JsonOption = False,
) -> None:
    from shuyang_data.storage.analyst_query import query as run_query

    with messages():
        if as_csv and as_json:
            raise UsageError([Problem("--csv 与 --json", "两个都写了", "其中一个")])
        settings = Settings()
        follow_home(settings)
        places = [settings.published, settings.lake / "targets"]
        names, rows = worked_out("查询", lambda: run_query(settings.analyst, places, sql))
        if as_csv:
            sys.stdout.writelines(csv_line(_text(cell) for cell in line) for line in (names, *rows))
        elif as_json:
            print(json_text(names, rows))
        else:
            print_table(Console(), "", names, [[_text(cell) for cell in row] for row in rows])
            print(f"{len(rows)} 行")


def export_analyst(
    target: Annotated[Path, typer.Argument(help="写到哪个文件，例如 analyst.duckdb", metavar="文件")],
    open_only: Annotated[bool, typer.Option("--open-only", help="只要开放数据，不含共享数据和测算")] = False,
    force: Annotated[bool, typer.Option("--force", help="文件已存在时覆盖")] = False,
) -> None:
    from shuyang_data.storage.analyst_export import export_tables

    with messages():
        settings = Settings()
        path = target.expanduser().absolute()
        _refuse_place(path, settings, force=force)
        follow_home(settings)
        with shown_when_slow("导出") as on_table:
            done = export_tables(settings, path, open_only=open_only, on_table=on_table)
        print(f"已写出 {path}：{done.tables} 张表，{done.rows:,} 行，{done.size / 1e6:.1f} MB")
        print(OPEN_NOTE if open_only else SHARED_NOTE)


def _refuse_place(path: Path, settings: Settings, *, force: bool) -> None:
    """An export never replaces what it was not told to, and nothing of the platform's own."""
    if not path.parent.is_dir():
        raise UsageError([Problem(str(path.parent), "没有这个文件夹", remedy="先建好文件夹")])
    if path.parent.resolve().is_relative_to(settings.home.resolve()):
        raise UsageError([Problem(str(path), f"在平台的状态文件夹 {settings.home} 里", "别处的文件")])
    if path.is_dir():
        raise UsageError([Problem(str(path), "是一个文件夹", "文件名")])
    if path.exists() and not force:
        raise UsageError([Problem(str(path), "已经存在", remedy="换一个文件名，或加 --force 覆盖")])


def _text(cell: Any) -> str:
    """A value as the published files write it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell)


def json_text(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A list of records; a decimal keeps every digit, a column whose name stood before gets a number."""
    keys: list[str] = []
    for name in names:
        keys.append(name if name not in keys else f"{name}_{len(keys) + 1}")
    records = [
        "{" + ", ".join(f"{_json(key)}: {_json(cell)}" for key, cell in zip(keys, row, strict=True)) + "}"
        for row in rows
    ]
    return "[\n" + ",\n".join(records) + "\n]" if records else "[]"


def _json(cell: Any) -> str:
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, float) and not math.isfinite(cell):
        return "null"
    return json.dumps(cell, ensure_ascii=False, default=str)


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang`."""
    app.command(help="用 SQL 查询分析库（只读）：shared、open、targets、codes 里的表，catalogue 列出有什么。")(query)
    help_text = "把分析库写成一个自带数据的 DuckDB 文件，带到笔记本或 Windows 上用。"
    app.command(name="export-analyst", help=help_text)(export_analyst)
