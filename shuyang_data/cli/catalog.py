"""`shuyang catalog …`: the officers' workbook, changes and their approval, findings, census, open plan."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from shuyang_data.catalog.spoken import department_named
from shuyang_data.cli.chinese import Commands
from shuyang_data.cli.console import (
    DateOption,
    JsonOption,
    county_catalog,
    county_of,
    dump,
    messages,
    print_table,
    worked_out,
)
from shuyang_data.errors import EXIT_USAGE, Problem, UsageError
from shuyang_data.settings import Settings
from shuyang_data.storage.files import file_problems

app = Commands("目录与清单：导出、填写、导入、批准、查历史。")
FileArgument = Annotated[Path, typer.Argument(help="填好的工作簿", metavar="文件")]
BatchArgument = Annotated[str, typer.Argument(help="批次号，例如 BG2026-0001", metavar="批次")]
ByOption = Annotated[str, typer.Option("--by", help="批准人，不能是提交人", metavar="姓名或职务")]
EffectiveOption = Annotated[str, typer.Option(help="从这一天起生效，YYYY-MM-DD；默认今天", metavar="日期")]
AtOption = Annotated[str, typer.Option(help="只看这一天的内容，YYYY-MM-DD", metavar="日期")]
SHOWN_DIFFERENCES = 8


def _date(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError([Problem(option, f"写的是 {text!r}", "YYYY-MM-DD")]) from None


@app.command(name="export", help="导出：可填写的工作簿、四张清单、或市平台格式。")
def export_(
    to: Annotated[Path, typer.Option("--to", help="写到这个文件", metavar="文件")] = Path("目录.xlsx"),
    department: Annotated[str, typer.Option(help="只导出一个部门", metavar="部门")] = "",
    form: Annotated[
        str, typer.Option("--format", help="workbook 工作簿、lists 四张清单、city 市平台格式")
    ] = "workbook",
) -> None:
    from shuyang_data.stewardship.city import export_city
    from shuyang_data.stewardship.exchange_workbook import export_workbook
    from shuyang_data.stewardship.lists import export_lists

    with messages():
        writers = {"workbook": export_workbook, "lists": export_lists, "city": export_city}
        if form not in writers:
            raise UsageError([Problem("--format", f"写的是 {form!r}", "、".join(writers))])
        county = county_of()
        named = department_named(department, county.catalog) if department else ""
        written = worked_out("导出", lambda: writers[form](county, to, named))
        print(f"已写出 {to}：{written} 个条目")


@app.command(name="import", help="导入工作簿：显示差异；全部无误且写明提交人与理由时提交变更，否则退回标红的工作簿。")
def import_(
    path: FileArgument,
    author: Annotated[str, typer.Option(help="提交人", metavar="姓名或职务")] = "",
    reason: Annotated[str, typer.Option(help="理由", metavar="理由")] = "",
    cause_on: Annotated[str, typer.Option(help="引起变更的法律或职责调整的日期", metavar="日期")] = "",
    extension: Annotated[int, typer.Option(help="经同意延长的工作日，至多 5", min=0, max=5)] = 0,
    approver: Annotated[str, typer.Option(help="当场批准的人，不能是提交人", metavar="姓名或职务")] = "",
    as_json: JsonOption = False,
) -> None:
    from shuyang_data.stewardship.change_control import Motive, approve_exclusively, submit
    from shuyang_data.stewardship.exchange_workbook import import_workbook

    with messages():
        if problems := file_problems(path):
            raise UsageError(problems)
        county = county_of()
        imported = worked_out("核对工作簿", lambda: import_workbook(county, path))
        if imported.proposal.note:
            print(imported.proposal.note, file=sys.stderr)
        _show(imported.proposal, as_json=as_json)
        if imported.proposal.problems:
            where = f"；已标注在 {imported.marked}" if imported.marked else ""
            print(f"{len(imported.proposal.problems)} 处有误，目录没有改动{where}", file=sys.stderr)
            raise typer.Exit(EXIT_USAGE)
        if not imported.proposal.changes:
            print("与现行目录一致，没有变更。", file=sys.stderr)
        elif not author and not reason:
            print("全部无误。加上 --author 与 --reason 提交变更。", file=sys.stderr)
        else:
            changes = submit(
                county, imported.proposal, Motive(author, reason, _date(cause_on, "--cause-on"), extension)
            )
            batch = changes[0].batch
            print(f"已提交 {batch}（{len(changes)} 条），待批准；批准前现行目录不变。", file=sys.stderr)
            if approver:
                decided = approve_exclusively(county, batch, approver)
                print(f"{batch} 已由 {approver} 批准{_still_lacking(decided) or '并写入目录。'}", file=sys.stderr)


def _show(proposal: Any, *, as_json: bool) -> None:
    if as_json:
        dump(
            {
                "changes": [
                    {
                        "entry": change.title, "action": change.action, "approvers": change.approvers,
                        "differences": {path: list(pair) for path, pair in change.differences.items()},
                    }
                    for change in proposal.changes
                ],
                "problems": [str(problem) for problem in proposal.problems],
            }
        )  # fmt: skip
        return
    for problem in proposal.problems:
        print(f"有误 {problem}")
    for change in proposal.changes:
        print(f"{change.action} {change.title}  批准：{'、'.join(change.approvers)}")
        if change.action == "变更":
            listed = list(change.differences.items())
            for path, (old, new) in listed[:SHOWN_DIFFERENCES]:
                print(f"    {path}：{old!r} → {new!r}")
            if len(listed) > SHOWN_DIFFERENCES:
                print(f"    ……另有 {len(listed) - SHOWN_DIFFERENCES} 处")


@app.command(help="变更及其时限：提交、待批准、已批准、已生效、已退回。")
def changes(as_json: JsonOption = False, day: DateOption = "") -> None:
    from shuyang_data.stewardship.todo import change_rows

    with messages():
        rows = change_rows(county_of(day))
        if as_json:
            dump(rows)
            return
        fields = (
            "batch",
            "entry",
            "state",
            "author",
            "submitted_on",
            "submitted_late",
            "approver",
            "effective_on",
            "late",
        )
        headings = ("批次", "条目", "状态", "提交人", "提交日期", "提交逾期", "批准人", "生效日期", "审核逾期")
        print_table("目录变更", headings, [[row[field] for field in fields] for row in rows])


@app.command(help="批准一批变更；生效日期到了才写入目录。")
def approve(batch: BatchArgument, by: ByOption, effective_on: EffectiveOption = "") -> None:
    from shuyang_data.catalog.changes import State
    from shuyang_data.stewardship.change_control import approve_exclusively

    with messages():
        decided = approve_exclusively(county_of(), batch, by, _date(effective_on, "--effective-on"))
        applied = sum(change.state is State.APPLIED for change in decided)
        print(f"{batch}：批准 {len(decided)} 条，其中 {applied} 条已写入目录{_still_lacking(decided)}")


def _still_lacking(decided: list[Any]) -> str:
    offices = dict.fromkeys(office for change in decided for office in change.lacking)
    return f"；还待 {'、'.join(offices)} 批准" if offices else ""


@app.command(help="退回一批变更，写明理由。")
def reject(
    batch: BatchArgument, by: ByOption, reason: Annotated[str, typer.Option(help="理由", metavar="理由")] = ""
) -> None:
    from shuyang_data.stewardship.change_control import reject as send_back

    with messages():
        print(f"{batch}：退回 {len(send_back(county_of(), batch, by, reason))} 条")


@app.command(help="一个条目的全部版本，或它在某一天的内容；条目写作 部门/数据集，或 systems/系统编号。")
def history(
    entry: Annotated[str, typer.Argument(help="条目", metavar="条目")], at: AtOption = "", as_json: JsonOption = False
) -> None:
    from shuyang_data.stewardship.change_control import entry_at
    from shuyang_data.stewardship.change_control import history as versions
    from shuyang_data.stewardship.todo import entry_named
    from shuyang_data.storage.catalog_files import dataset_text

    with messages():
        county = county_of()
        named = entry_named(entry, county)
        moment = _date(at, "--at")
        if moment is not None:
            body = entry_at(county, named, moment)
            print(dataset_text(body).rstrip() if body else f"{moment} 还没有这个条目")
            return
        rows = [
            {"id": c.id, "effective_on": str(c.effective_on or ""), "state": str(c.state), "author": c.author,
             "approver": c.approver, "reason": c.reason, "changed": sorted(_changed(c))}
            for c in versions(county, named)
        ]  # fmt: skip
        if as_json:
            dump(rows)
        else:
            listed = [[*list(row.values())[:6], "、".join(row["changed"][:SHOWN_DIFFERENCES])] for row in rows]
            print_table(entry, ("编号", "生效日期", "状态", "提交人", "批准人", "理由", "改了什么"), listed)


def _changed(change: Any) -> dict[str, Any]:
    from shuyang_data.catalog.workbook.bodies import differences

    return differences(change.before, change.after)


@app.command(help="普查一个部门数据库的表：哪些没有编目，编目的缺哪些信息项；--to 写出待补全的工作簿。")
def census(
    department: Annotated[str, typer.Argument(help="部门，例如 民政局 或 civil_affairs", metavar="部门")],
    source: Annotated[str, typer.Option("--source", help="地址在环境变量 SHUYANG_SOURCE_<来源> 里", metavar="来源")],
    system: Annotated[str, typer.Option("--system", help="所属信息系统的编号", metavar="系统")] = "",
    to: Annotated[Path | None, typer.Option("--to", help="把没有编目的表写成工作簿", metavar="文件")] = None,
    as_json: JsonOption = False,
) -> None:
    from shuyang_data.settings import source_url
    from shuyang_data.stewardship import census as counting
    from shuyang_data.stewardship.exchange_workbook import export_drafts

    with messages():
        county = county_of()
        code = department_named(department, county.catalog)
        tables = worked_out("普查", lambda: counting.read_tables(source_url(source)))
        found = counting.survey(tables, county.catalog, code)
        rows = counting.survey_rows(found)
        if as_json:
            dump(rows)
        else:
            fields = ("table", "comment", "columns", "rows", "dataset", "gap")
            print_table(
                "普查", ("表", "说明", "列数", "行数", "目录条目", "差距"), [[r[f] for f in fields] for r in rows]
            )
        if to is not None:
            bodies = counting.drafts(found, county.catalog, code, system)
            print(f"已写出 {to}：{export_drafts(county, to, bodies)} 个待补全的条目", file=sys.stderr)


@app.command(help="目录里能装载而仍不对的：重复采集、拆分编目、条件不具体、没有评估、系统没有编目等。")
def findings(as_json: JsonOption = False, day: DateOption = "") -> None:
    from shuyang_data.catalog.findings import TITLES, catalog_findings

    with messages():
        county = county_of(day)
        found = worked_out("检查目录", lambda: catalog_findings(county.catalog, county.as_of))
        if as_json:
            dump([{**vars(f), "since": str(f.since or ""), "due": str(f.due or "")} for f in found])
            return
        rows = [(TITLES[f.code], county.catalog.title(f.department), f.entry, f.text, f.due) for f in found]
        print_table("目录发现的问题", ("问题", "部门", "条目", "说明", "限期"), rows)


@app.command(help="开放计划：按民生、社会需要、经济效益排序，每项还差什么。")
def plan(
    year: Annotated[int | None, typer.Option(help="只看这一年的计划", metavar="年")] = None,
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.open_plan import open_plan, plan_rows
    from shuyang_data.targets.facts import gather_facts

    with messages():
        county = county_of(day)
        facts = worked_out("核对已发布的文件", lambda: gather_facts(county.settings, county.registry))
        found = open_plan(county, facts, year)
        if as_json:
            dump(plan_rows(found))
            return
        rows = [
            (e.score, e.livelihood, e.demand, e.economy, e.dataset, e.title, e.opening, e.planned_for, e.state,
             "；".join(e.obstacles))
            for e in found
        ]  # fmt: skip
        headings = ("得分", "民生", "需要", "效益", "数据集", "名称", "开放", "计划日期", "状态", "还差什么")
        print_table(f"开放计划{year or ''}", headings, rows)


@app.command(help="给一个新数据集取信息资源代码。")
def code(
    department: Annotated[str, typer.Argument(help="部门，例如 民政局 或 civil_affairs", metavar="部门")],
    category: Annotated[str, typer.Option(help="基础信息资源、主题信息资源或部门信息资源")] = "部门信息资源",
    theme: Annotated[str, typer.Option(help="主题")] = "公共服务",
) -> None:
    from shuyang_data.catalog.codes import CLASSES, next_code

    with messages():
        catalog = county_catalog(Settings())
        named = department_named(department, catalog)
        if category not in CLASSES:
            raise UsageError([Problem(category, "没有这个分类", "、".join(CLASSES))])
        print(next_code(named, category, theme, catalog))
