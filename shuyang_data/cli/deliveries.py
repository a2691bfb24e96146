"""Commands about what departments send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.catalog.spoken import dataset_named, department_named
from shuyang_data.cli.console import (
    JsonOption,
    county_catalog,
    county_of,
    day_of,
    dump,
    messages,
    print_table,
    registry,
    shown_when_slow,
    worked_out,
)
from shuyang_data.errors import EXIT_STOPPED, UsageError
from shuyang_data.settings import Settings
from shuyang_data.storage.files import file_problems

NamesArgument = Annotated[
    list[str] | None, typer.Argument(help="部门/数据集，名称或编号；不写则全部", metavar="数据集")
]


def inspect(
    path: Annotated[Path, typer.Argument(help="要看的文件", metavar="文件")],
    as_json: JsonOption = False,
    rows: Annotated[int, typer.Option("--rows", min=0, help="每张表显示前几行", metavar="行数")] = 0,
    to: Annotated[Path | None, typer.Option("--to", help="把读到的表写成 UTF-8 CSV", metavar="文件")] = None,
) -> None:
    from shuyang_data.reading.inspect import inspect_file
    from shuyang_data.reading.inspect_text import view_json, view_lines, write_csv

    with messages():
        if problems := file_problems(path):
            raise UsageError(problems)
        catalog = county_catalog(Settings())
        view = worked_out("读文件", lambda: inspect_file(path, catalog.datasets.values()))
        written = write_csv(view, to) if to else []
        if as_json:
            dump(view_json(view, rows))
            return
        print("\n".join(view_lines(view, rows)))
        for target in written:
            print(f"已写出 {target}")


def pull(names: NamesArgument = None) -> None:
    from shuyang_data.arrival.pull.fetch import fetch

    with messages():
        county = county_of(run_id="pull")
        wanted = [dataset_named(name, county.catalog) for name in names or ()]
        chosen = [d for d in county.catalog.datasets.values() if d.id in wanted or (not wanted and d.delivery.pull)]
        if not chosen:
            print("目录里没有写明怎么拉取的数据集")
        for dataset in chosen:
            with shown_when_slow(f"拉取{dataset.title}"):
                fetched = fetch(county, dataset)
            print(f"{dataset.id}：{f'{fetched.rows:,} 行或页，已放进 {fetched.path}' if fetched.path else '没有新的'}")


def drift(as_json: JsonOption = False) -> None:
    from shuyang_data.arrival.drift import open_drift

    with messages():
        settings = Settings()
        found = open_drift(county_catalog(settings), registry(settings), settings.zone)
        if as_json:
            dump(found)
            return
        rows = [(r["department"], r["dataset"], r["drift"], r["since"], "是" if r["owed"] else "否") for r in found]
        print_table("交付与目录的差异", ("部门", "数据集", "差异", "起于", "要部门处理"), rows)


def handover(as_json: JsonOption = False) -> None:
    from shuyang_data.arrival.handover import reconcile
    from shuyang_data.arrival.receive import receive_sheets
    from shuyang_data.storage.lock import hold_night

    with messages():
        county = county_of(run_id="handover")
        # What a running night has claimed is not to be taken from it.
        with hold_night(county.settings.home):
            receive_sheets(county.catalog.departments, county.settings.inbox, county.settings.landing, county.local_now)
        found = worked_out("核对", lambda: reconcile(county))
        if as_json:
            dump(found)
            return
        fields = ("department", "sheet", "file", "rows", "rows_read", "column", "total", "total_read", "result")
        headings = ("部门", "交接单", "文件", "应有行数", "读到行数", "合计列", "应有合计", "读到合计", "结果")
        print_table("交接单核对", headings, [[row[field] for field in fields] for row in found])


def resources(
    as_json: JsonOption = False,
    returned: Annotated[bool, typer.Option("--returns", help="上级回流：申请、收到、还缺什么")] = False,
) -> None:
    from shuyang_data.stewardship import resources as listing

    with messages():
        settings = Settings()
        catalog, records = county_catalog(settings), registry(settings)
        today = day_of("", settings)
        if returned:
            found = listing.returns(catalog, records, today, settings.zone)
        else:
            found = listing.resources(catalog, records)
        if as_json:
            dump(found)
        elif returned:
            rows = [
                (r["id"], r["title"], r["provider"], r["requested_on"], r["complete"], "；".join(r["lacking"]))
                for r in found
            ]
            print_table("上级回流", ("申请", "名称", "提供方", "申请日期", "已齐", "还缺"), rows)
        else:
            fields = (
                "dataset",
                "title",
                "department",
                "origin_title",
                "ground",
                "sharing",
                "opening",
                "rows",
                "data_on",
            )
            headings = ("数据集", "名称", "部门", "来源", "依据与用途", "共享", "开放", "行数", "数据日期")
            print_table("数据资源超市", headings, [[row[field] for field in fields] for row in found])


def classify(
    names: NamesArgument = None,
    as_json: JsonOption = False,
    rows: Annotated[int, typer.Option("--rows", min=0, help="每个数据集看多少行，0 为全部", metavar="行数")] = 10_000,
) -> None:
    from shuyang_data.chain import classify as classification

    with messages():
        county = county_of(run_id="classify")
        wanted = [dataset_named(name, county.catalog) for name in names or ()]
        chosen = [d for d in county.catalog.datasets.values() if d.id in wanted or not wanted]
        found = []
        with shown_when_slow("分类分级") as on_dataset:
            for number, dataset in enumerate(chosen, start=1):
                on_dataset(dataset.title, number, len(chosen))
                found.append(classification.classify(county, dataset, rows))
        if as_json:
            dump(found)
        else:
            headings = ("数据集", "信息项", "像是", "把握", "理由", "登记级别", "建议级别", "待确认")
            fields = ("title", "kind_title", "confidence", "reason", "declared", "proposed")
            listed = [
                (p["dataset"], *(c[f] for f in fields), "是" if c["too_low"] else "")
                for p in found
                for c in p["columns"]
            ]
            print_table("分类分级：内容说的与目录登记的", headings, listed)
        if classification.too_low(found):
            raise typer.Exit(EXIT_STOPPED)


def key(department: Annotated[str, typer.Argument(help="部门，例如 民政局 或 civil_affairs", metavar="部门")]) -> None:
    import hashlib
    import secrets

    with messages():
        settings = Settings()
        code = department_named(department, county_catalog(settings))
        made = secrets.token_urlsafe(32)
        registry(settings).set_key(code, hashlib.sha256(made.encode()).hexdigest())
        print(made)
        print("只显示这一次；原来的密钥已失效。", file=sys.stderr)


def serve(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口")] = 8000,
) -> None:
    import uvicorn

    from shuyang_data.portal.app import build_app
    from shuyang_data.portal.ports import require_free_port

    with messages():
        require_free_port(host, port)
        county = county_of()
        uvicorn.run(build_app(county), host=host, port=port, log_level="warning")


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang`."""
    app.command(help="看懂一个文件：编码、分隔符、表头、未作数据的行、各列类型与受损处、像目录里的哪个数据集。")(
        inspect
    )
    app.command(help="从部门的数据库或接口拉取，放进收件箱；地址与口令只在环境变量里。")(pull)
    app.command(help="交付文件的列与目录的差异：从哪次交付起，要不要部门处理。")(drift)
    app.command(help="交接单核对：文件、行数、合计，说的与读到的。")(handover)
    app.command(help="由交付的内容判断每个信息项的类别与级别，与目录登记的比较；登记偏低且无人确认时退出码为 3。")(
        classify
    )
    app.command(help="数据资源超市：本级、上级回流、社会数据在一张表里。")(resources)
    app.command(help="给一个部门一把新密钥，用来推送交付。")(key)
    app.command(help="启动服务：部门用 POST /deliveries/部门/数据集 推送交付。")(serve)
