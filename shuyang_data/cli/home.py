"""Commands about the home folder as a whole: copies of it, and what to do when its registry is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.cli.console import messages, worked_out
from shuyang_data.errors import Problem, UsageError
from shuyang_data.settings import Settings

MEGABYTE = 1 << 20


def backup(
    place: Annotated[Path, typer.Argument(help="文件夹（可存多份，只存变化的），或 .tar 文件", metavar="位置")],
    keep: Annotated[int, typer.Option("--keep", help="文件夹里只留最新的几份；0 为全留", min=0, metavar="份数")] = 0,
) -> None:
    from shuyang_data.home.backup import make_backup

    with messages():
        settings, target = Settings(), place.expanduser().absolute()
        if target.is_relative_to(settings.home):
            raise UsageError([Problem(str(target), f"在平台的状态文件夹 {settings.home} 里", "别处，最好是另一块盘")])
        made = worked_out("备份", lambda: make_backup(settings, target, datetime.now(UTC), keep))
        sizes = f"{made.size / MEGABYTE:,.1f} MB，其中新存 {made.added / MEGABYTE:,.1f} MB"
        print(f"已备份 {made.name}：{made.files:,} 个文件，{sizes}；在 {target}")
        print("恢复：SHUYANG_HOME=空的文件夹 shuyang restore " + str(target))


def restore(
    place: Annotated[Path, typer.Argument(help="shuyang backup 写的文件夹或 .tar 文件", metavar="位置")],
    name: Annotated[str, typer.Option("--backup", help="哪一份，默认最新的一份", metavar="名称")] = "",
    registry_only: Annotated[bool, typer.Option("--registry-only", help="只恢复丢失的登记库和密钥")] = False,
) -> None:
    from shuyang_data.home.restore import restore as restore_home

    with messages():
        settings, source = Settings(), place.expanduser().absolute()
        done = worked_out("恢复", lambda: restore_home(settings, source, name, registry_only=registry_only))
        print(f"已恢复 {done.name}（{done.made_at}）：{done.files:,} 个文件，都与清单相符；在 {settings.home}")
        if done.catalog == settings.catalog:
            print(f"目录一并恢复到 {done.catalog}")
        elif done.catalog is not None:
            print(f"现有的目录 {settings.catalog} 与备份时的不同，没有动；备份时的目录在 {done.catalog}，请比对后取用")


def rebuild() -> None:
    from shuyang_data.storage.home_registry import LOST
    from shuyang_data.storage.lock import hold_night
    from shuyang_data.storage.registry import Registry
    from shuyang_data.storage.registry_connection import place_of
    from shuyang_data.storage.registry_copy import is_empty

    with messages():
        settings = Settings()
        with hold_night(settings.home):
            if not is_empty(settings.registry):
                raise UsageError([Problem(place_of(settings.registry), "登记库在，不用重建")])
            Registry(settings.registry).close()
        print(f"已新建登记库 {place_of(settings.registry)}；没有了{LOST}")
        print("接下来：shuyang run 由落地区重新登记全部交付，并重做各数据集；需求清单请再放进收件箱")


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang`."""
    app.command(help="备份：登记库、落地区、数据湖、发布文件、密钥（加密）和目录，在两夜之间的同一刻。")(backup)
    app.command(help="恢复：核对备份里的每一个文件，再放进一个空的状态文件夹。")(restore)
    app.command(help="登记库丢失而没有备份时，新建一个，由落地区重新登记。")(rebuild)
