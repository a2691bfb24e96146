"""`shuyang init`: a county's own folder, with everything that it edits."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.cli.console import messages
from shuyang_data.errors import Problem, UsageError
from shuyang_data.settings import COUNTY_FOLDER


def init(folder: Annotated[Path, typer.Argument(help="县的文件夹，没有就新建", metavar="文件夹")]) -> None:
    with messages():
        place = folder.expanduser().absolute()
        laid_down = sorted(COUNTY_FOLDER.iterdir())
        there = [path for source in laid_down if (path := place / source.name).exists()]
        if there:
            raise UsageError([Problem(str(path), "已经有了，没有改动", remedy="换一个文件夹") for path in there])
        place.mkdir(parents=True, exist_ok=True)
        for source in laid_down:
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, place / source.name)
        print(f"已在 {place} 放好 {'、'.join(source.name for source in laid_down)}")
        print(f"接下来：cd {shlex.quote(str(place))} && shuyang check && shuyang run；状态都在其中的 data 文件夹")


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang`."""
    app.command(help="新建一个县的文件夹：目录、质量规则和 Dagster 的配置，供修改。")(init)
