"""`shuyang quality`: correction tickets, scores, suggested rules, pages."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from shuyang_data.catalog.spoken import dataset_named, department_named, scope_named
from shuyang_data.cli.chinese import Commands
from shuyang_data.cli.console import (
    DateOption,
    JsonOption,
    county_catalog,
    county_of,
    day_of,
    dump,
    messages,
    print_table,
    rows_text,
    worked_out,
)
from shuyang_data.errors import Problem, UsageError
from shuyang_data.settings import Settings

app = Commands("数据质量：校核工单、得分、建议的规则、质量页面。")
ByOption = Annotated[str, typer.Option("--by", help="办理人", metavar="姓名")]
TextOption = Annotated[str, typer.Option("--text", help="理由或说明", metavar="文字")]


@app.command(help="校核工单：哪个数据集、哪条规则、多少行、到哪天止、办到哪一步。")
def tickets(
    department: Annotated[str, typer.Argument(help="部门，例如 民政局；不写则全部", metavar="部门")] = "",
    closed: Annotated[bool, typer.Option("--all", help="连同已办结的")] = False,
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.corrections import ticket_rows
    from shuyang_data.storage.ticket_log import TicketLog

    with messages():
        county = county_of(day)
        code = department_named(department, county.catalog) if department else ""
        found = TicketLog(county.registry).tickets(department=code, only_open=not closed)
        rows = ticket_rows(found, county.catalog, county.settings.reports, county.as_of)
        if as_json:
            dump(rows)
            return
        fields = ("id", "dataset", "title", "unexpected", "remaining", "state", "ending", "since", "due", "late")
        headings = ("编号", "数据集", "规则", "不合格", "尚余", "状态", "结果", "起于", "限期", "逾期工作日")
        print_table(f"校核工单 {len(rows)} 张", headings, [[row[field] for field in fields] for row in rows])


@app.command(help="一张工单的经过；用 --act 办理：accept 认领、dispute 异议、correct 已更正、close 关闭（须写理由）。")
def ticket(
    name: Annotated[str, typer.Argument(help="工单编号", metavar="编号")],
    act: Annotated[str, typer.Option("--act", help="accept、dispute、correct、close", metavar="办理")] = "",
    by: ByOption = "",
    text: TextOption = "",
    to: Annotated[Path | None, typer.Option("--to", help="把不合格行的清单写到文件", metavar="文件")] = None,
    day: DateOption = "",
) -> None:
    from shuyang_data.quality.tickets import Act
    from shuyang_data.stewardship.corrections import act_on, find_ticket, history_lines, ticket_rows
    from shuyang_data.storage.files import write_text

    with messages():
        county = county_of(day)
        if act and act not in list(Act):
            raise UsageError([Problem("--act", f"写的是 {act!r}", "accept、dispute、correct、close")])
        found = (
            act_on(county.registry, name, Act(act), by, text, county.as_of)
            if act
            else find_ticket(county.registry, name)
        )
        (row,) = ticket_rows([found], county.catalog, county.settings.reports, county.as_of)
        counts = f"{row['evaluated']} 行中 {row['unexpected']} 行不合格，尚余 {row['remaining']} 行"
        print(
            f"{row['id']} {row['dataset']} {row['title']}\n{row['state']} {row['ending']}；{counts}；限期 {row['due']}"
        )
        for line in history_lines(found):
            print(f"  {line}")
        if to is not None:
            if not row["list"]:
                raise UsageError([Problem(name, "这张工单没有逐行清单", "关于行的规则")])
            write_text(to, Path(row["list"]).read_text(encoding="utf-8"))
            print(f"清单：{to}")


@app.command(name="file", help="需求部门对共享来的数据提出校核（政务数据共享条例第二十六条）。")
def file_one(
    dataset: Annotated[str, typer.Argument(help="部门/数据集，名称或编号", metavar="数据集")],
    by: Annotated[str, typer.Option("--by", help="提出的部门", metavar="部门")],
    text: TextOption,
    rows: Annotated[int, typer.Option("--rows", help="有问题的行数", min=0)] = 0,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.corrections import day_text, file_correction

    with messages():
        county = county_of(day)
        identity = dataset_named(dataset, county.catalog)
        code = department_named(by, county.catalog)
        filed = file_correction(county.catalog, county.registry, identity, code, text, rows, county.as_of)
        print(f"已提出 {filed.id}，{county.catalog.title(identity.department)}须在 {day_text(filed.due)} 前核实更正")


@app.command(help="六个维度的得分：全县、各部门、各数据集的名次；写出部门或数据集则列出它的走势。")
def scores(
    scope: Annotated[str, typer.Argument(help="部门，或部门/数据集；不写则列名次", metavar="范围")] = "",
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.quality.scores import DIMENSIONS, score_row
    from shuyang_data.storage.score_log import ScoreLog

    with messages():
        county = county_of(day)
        log = ScoreLog(county.registry)
        named = scope_named(scope, county.catalog) if scope else ""
        found = log.history(named, county.as_of) if named else list(log.latest(county.as_of).values())
        if not found:
            raise UsageError([Problem(scope or "得分", "还没有得分", remedy="先跑一夜")])
        if not scope:
            found.sort(key=lambda score: (scope_kind(score.scope), -(score.total or 0)))
        rows = [score_row(score) for score in found]
        if as_json:
            dump(rows)
            return
        shown = [[row["as_of"], row["scope"], row["total"], *(row[code] for code in DIMENSIONS)] for row in rows]
        print_table("质量得分", ("日期", "范围", "得分", *DIMENSIONS.values()), shown)


def scope_kind(scope: str) -> int:
    """The county first, then departments, then data sets."""
    return 0 if scope.isdigit() else 1 + ("/" in scope)


@app.command(help="由已入库的数据提出规则，附支持的行数；用 --accept 采纳到 quality_checks。")
def suggest(
    dataset: Annotated[str, typer.Argument(help="部门/数据集，名称或编号", metavar="数据集")],
    accept: Annotated[list[str] | None, typer.Option("--accept", help="采纳这一条，可重复", metavar="编号")] = None,
    by: ByOption = "",
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.suggestions import accept as take
    from shuyang_data.stewardship.suggestions import suggest_rules

    with messages():
        county = county_of(day, "suggest")
        found = county.dataset(dataset_named(dataset, county.catalog))
        if accept:
            written = worked_out("采纳", lambda: take(county, found, accept, by, county.as_of))
            print(f"已写入 {written}，下一夜起检查")
            return
        rules = worked_out("找规则", lambda: suggest_rules(county, found))
        if as_json:
            dump([{**s.check.model_dump(mode="json"), "held": s.held, "looked_at": s.looked_at} for s in rules])
            return
        rows = [[s.check.id, s.check.title, s.check.type, f"{s.held}/{s.looked_at}"] for s in rules]
        print_table(f"建议的规则 {len(rows)} 条", ("编号", "规则", "类型", "支持"), rows)


@app.command(help="按现行规则重新检查已入库的数据；--spark 在 Spark Connect 服务上算，结果相同。")
def check(
    dataset: Annotated[str, typer.Argument(help="部门/数据集，名称或编号", metavar="数据集")],
    spark: Annotated[bool, typer.Option("--spark", help="用 SHUYANG_SPARK_REMOTE 指的服务")] = False,
    rows: Annotated[Path | None, typer.Option("--rows", help="把不合格行的主键写到文件，脱敏", metavar="文件")] = None,
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.chain.recheck import recheck
    from shuyang_data.storage.files import write_text

    with messages():
        county = county_of(day, "check")
        named = county.dataset(dataset_named(dataset, county.catalog))
        engine = _engine(county, spark)
        found = worked_out("检查", lambda: recheck(county, named, engine))
        if rows is not None:
            write_text(rows, "\ufeff" + rows_text(found.failing))
        if as_json:
            from shuyang_data.quality.validation import validation_result

            dump(validation_result(str(named.id), found.rules, found.results, "check"))
            return
        shown = [
            [r.title, r.expectation, r.evaluated, r.unexpected, "通过" if r.passed else "未通过"] for r in found.results
        ]
        print_table(f"{named.title} 的 {len(shown)} 条规则", ("规则", "类型", "检查", "不合格", "结果"), shown)


@app.command(help="把一个数据集的规则写成 Great Expectations 自己的规则集（JSON），离开本平台也能检查合格的行。")
def export(
    dataset: Annotated[str, typer.Argument(help="部门/数据集，名称或编号", metavar="数据集")],
    gx: Annotated[Path, typer.Option("--gx", help="写到这个 .json 文件，或这个文件夹", metavar="文件或文件夹")],
    day: DateOption = "",
) -> None:
    from shuyang_data.quality.export import MODULE, module_text
    from shuyang_data.quality.export import export as export_suite
    from shuyang_data.storage.files import write_text

    with messages():
        settings = Settings()
        catalog = county_catalog(settings)
        identity = dataset_named(dataset, catalog)
        taken = export_suite(catalog, catalog.datasets[identity], day_of(day, settings))
        named = f"{identity.department}.{identity.dataset}.json"
        path = gx if gx.suffix == ".json" else gx / named
        write_text(path, json.dumps(taken.suite(), ensure_ascii=False, indent=1))
        print(f"{path}：{len(taken.rules)} 条规则")
        if taken.ours:
            module = path.with_name(f"{MODULE}.py")
            write_text(module, module_text())
            print(f"{module}：其中 {taken.ours} 条的类型，用前先 import {MODULE}")
        for why, count in Counter(why for _, why in taken.left_out).items():
            print(f"未写 {count} 条：{why}")


def _engine(county: Any, spark: bool) -> Any:
    from shuyang_data.storage.spark import SparkEngine

    if not spark:
        return county.engine
    if not county.settings.spark_remote:
        raise UsageError([Problem("--spark", "没有设 SHUYANG_SPARK_REMOTE", "sc://主机:端口")])
    return SparkEngine(county.settings.spark_remote)
