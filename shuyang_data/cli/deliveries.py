"""Commands about what departments send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.catalog.load import load_catalog
from shuyang_data.cli.console import JsonOption, dump, known_dataset, messages, registry
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


def pull(
    names: Annotated[list[str] | None, typer.Argument(help="部门/数据集；不写则全部", metavar="数据集")] = None,
) -> None:
    from shuyang_data.night.county import open_county
    from shuyang_data.night.pull import fetch

    with messages():
        county = open_county(Settings(), "", "pull")
        wanted = [known_dataset(name, county.catalog) for name in names or ()]
        chosen = [d for d in county.catalog.datasets.values() if d.id in wanted or (not wanted and d.delivery.pull)]
        if not chosen:
            print("目录里没有写明怎么拉取的数据集")
        for dataset in chosen:
            fetched = fetch(county, dataset)
            print(f"{dataset.id}：{f'{fetched.rows:,} 行或页，已放进 {fetched.path}' if fetched.path else '没有新的'}")


def key(department: Annotated[str, typer.Argument(help="部门代码", metavar="部门")]) -> None:
    import hashlib
    import secrets

    with messages():
        settings = Settings()
        if department not in load_catalog(settings.catalog).departments:
            raise UsageError([Problem(department, "不在部门名录")])
        made = secrets.token_urlsafe(32)
        registry(settings).set_key(department, hashlib.sha256(made.encode()).hexdigest())
        print(made)
        print("只显示这一次；原来的密钥已失效。", file=sys.stderr)


def serve(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口")] = 8000,
) -> None:
    import uvicorn

    from shuyang_data.portal.app import build_app
    from shuyang_data.portal.office import Office

    with messages():
        settings = Settings()
        desk = Office(settings, load_catalog(settings.catalog), registry(settings))
        uvicorn.run(build_app(desk), host=host, port=port, log_level="warning")


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang`."""
    app.command(help="看懂一个文件：编码、分隔符、表头、未作数据的行、各列类型与受损处、像目录里的哪个数据集。")(
        inspect
    )
    app.command(help="从部门的数据库或接口拉取，放进收件箱；地址与口令只在环境变量里。")(pull)
    app.command(help="给一个部门一把新密钥，用来推送交付。")(key)
    app.command(help="启动服务：部门用 POST /deliveries/部门/数据集 推送交付。")(serve)
