"""The command `shuyang`: thin; each command opens what it needs, and every known error is one Chinese message.

Exit codes: 0 done, 1 fault, 2 wrong usage, 3 some datasets were stopped by a gate or a delivery.
"""

from __future__ import annotations

import gc
import warnings
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.spoken import dataset_named, department_named
from shuyang_data.cli import analyst, catalog_entries, delivery, folder, home, quality, stewardship
from shuyang_data.cli import catalog as catalog_commands
from shuyang_data.cli.chinese import Commands
from shuyang_data.cli.console import (
    DateOption,
    JsonOption,
    console,
    county_catalog,
    county_of,
    day_of,
    dump,
    messages,
    registry,
    worked_out,
)
from shuyang_data.cli.deliveries import add_commands
from shuyang_data.cli.night import run_night
from shuyang_data.errors import EXIT_FAULT
from shuyang_data.names import DatasetId
from shuyang_data.screen import print_table
from shuyang_data.settings import SPARK_WARNING, Settings

app = Commands("沭阳公共数据平台：归集、治理、共享、开放与两项目标的测算。")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"shuyang {version('shuyang-data')}")
        raise typer.Exit


@app.callback()
def shuyang(
    asked: Annotated[bool, typer.Option("--version", help="显示版本", callback=_print_version, is_eager=True)] = False,
) -> None:
    """What stands before a command."""


@app.command(help="跑一夜：先计划，再处理有新交付、有变化、有缺损的数据集，最后测算两项目标。")
def run(
    only: Annotated[
        list[str] | None, typer.Option(help="只处理这个数据集（部门/数据集），可重复", metavar="数据集")
    ] = None,
    day: DateOption = "",
    full: Annotated[bool, typer.Option("--full", help="全部重做，不看有没有变化")] = False,
) -> None:
    with messages():
        settings = Settings()
        day_of(day, settings)
        catalog = county_catalog(settings)
        arguments = [argument for name in only or [] for argument in ("--only", str(dataset_named(name, catalog)))]
        arguments += ["--date", day] if day else []
        arguments += ["--full"] if full else []
        raise typer.Exit(run_night(arguments))


@app.command(help="各数据集的现状：交付、合格、不合格、被取代、已发布、受阻原因。")
def status(as_json: JsonOption = False, day: DateOption = "") -> None:
    from shuyang_data.night.report import print_stopped, print_strangers
    from shuyang_data.night.status import dataset_status

    with messages():
        settings = Settings()
        catalog, records, on = county_catalog(settings), registry(settings), day_of(day, settings)
        found = worked_out("查看现状", lambda: dataset_status(catalog, records, on, settings.zone))
        if as_json:
            dump(found)
            return
        numbers = ("交付", "合格", "不合格", "被取代", "共享行", "开放行")
        fields = ("delivered", "accepted", "rejected", "superseded", "published_shared", "published_open")
        rows = [
            (name, row["title"], *(None if row[f] is None else f"{row[f]:,}" for f in fields), row["data_on"])
            for name, row in found.items()
        ]
        screen = console()
        print_table(screen, "数据集现状", ("数据集", "名称", *numbers, "数据日期"), rows, numbers=numbers)
        print_stopped(screen, found)
        print_strangers(screen, settings.inbox, catalog)


@app.command(help="两项目标，按此刻真正发布的文件重新测算。")
def targets(
    as_json: JsonOption = False,
    evidence: Annotated[bool, typer.Option("--evidence", help="列出每个指标背后的逐条依据")] = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.targets.facts import gather_facts
    from shuyang_data.targets.scorecard import score, scorecard_json

    with messages():
        settings = Settings()
        catalog, records, on = county_catalog(settings), registry(settings), day_of(day, settings)
        facts = worked_out("核对已发布的文件", lambda: gather_facts(settings, records))
        card = score(catalog, records.demands(), facts, on)
        if as_json:
            dump(scorecard_json(card, catalog, evidence=evidence))
        else:
            from shuyang_data.night.report import print_targets

            print_targets(console(), card, catalog, evidence=evidence)


@app.command(help="检查整个目录，一次列出全部问题及其文件和行号。")
def check() -> None:
    from shuyang_data.stewardship.drafting.draft import open_drafts

    with messages():
        catalog = worked_out("读目录", lambda: load_catalog(Settings().catalog))
        sizes = len(catalog.departments), len(catalog.datasets), len(catalog.code_lists)
        print("目录无误：{} 个部门，{} 个数据集，{} 张代码表".format(*sizes))
        for path in open_drafts(Settings().catalog, catalog):
            print(f"草稿 {path.parent.name}/{path.stem}：补全后 shuyang catalog submit 提交")


@app.command(name="add-dataset", help="由一个真实的交付文件起草目录声明，并合成一个示例；文件里的值不写进来。")
def add_dataset(
    department: Annotated[str, typer.Argument(help="部门，例如 民政局 或 civil_affairs", metavar="部门")],
    dataset: Annotated[str, typer.Argument(help="数据集编号，小写字母、数字、下划线", metavar="数据集")],
    source: Annotated[Path, typer.Option("--from", help="部门送来的文件", metavar="文件")],
) -> None:
    from shuyang_data.stewardship.drafting.draft import draft_dataset

    with messages():
        county = county_of()
        identity = DatasetId(department_named(department, county.catalog), dataset)
        written = worked_out("起草", lambda: draft_dataset(county, identity, source))
        print(f"已起草，不影响现行目录；补全标有“待填”的项目后 shuyang catalog submit {identity}：")
        for path in written:
            print(f"  {path}")


@app.command(help="体检：目录、登记库、磁盘、上次运行、发布文件；有问题时退出码为 1。")
def doctor(deep: Annotated[bool, typer.Option("--deep", help="逐个文件核对内容，不只看长短")] = False) -> None:
    from shuyang_data.night.checkup import checkup

    with messages():
        settings = Settings()
        findings = worked_out("体检", lambda: checkup(settings, datetime.now(settings.zone), deep=deep))
        for finding in findings:
            print(f"{'✓' if finding.healthy else '✗'} {finding.title}：{finding.detail}")
        if not all(finding.healthy for finding in findings):
            raise typer.Exit(EXIT_FAULT)


folder.add_commands(app)
home.add_commands(app)
add_commands(app)
analyst.add_commands(app)
app.add_typer(delivery.app, name="delivery")
catalog_entries.add_commands(catalog_commands.app)
app.add_typer(catalog_commands.app, name="catalog")
app.add_typer(quality.app, name="quality")
app.add_typer(stewardship.project_app, name="project")
app.command(help="各部门的待办：欠什么，从哪天起，到哪天止。")(stewardship.todo)


def main() -> None:
    """The console script."""
    # A catalog of thousands of entries is many objects, and none of them is garbage.
    gc.set_threshold(50_000, 20, 50)
    warnings.filterwarnings("ignore", message=SPARK_WARNING)
    app()


if __name__ == "__main__":
    main()
