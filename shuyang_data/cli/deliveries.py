"""Commands about what departments send."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.catalog.load import load_catalog
from shuyang_data.cli.console import JsonOption, dump, messages
from shuyang_data.errors import Problem, UsageError
from shuyang_data.settings import Settings


def inspect(
    path: Annotated[Path, typer.Argument(help="要看的文件", metavar="文件")],
    as_json: JsonOption = False,
    rows: Annotated[int, typer.Option("--rows", min=0, help="每张表显示前几行", metavar="行数")] = 0,
    to: Annotated[Path | None, typer.Option("--to", help="把读到的表写成 UTF-8 CSV", metavar="文件")] = None,
) -> None:
    from shuyang_data.landing.inspect import inspect_file
    from shuyang_data.landing.inspect_text import view_json, view_lines, write_csv

    with messages():
        if not path.is_file():
            raise UsageError([Problem(str(path), "没有这个文件")])
        view = inspect_file(path, load_catalog(Settings().catalog).datasets.values())
        written = write_csv(view, to) if to else []
        if as_json:
            dump(view_json(view, rows))
            return
        print("\n".join(view_lines(view, rows)))
        for target in written:
            print(f"已写出 {target}")


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang`."""
    app.command(help="看懂一个文件：编码、分隔符、表头、未作数据的行、各列类型与受损处、像目录里的哪个数据集。")(
        inspect
    )
