"""`shuyang todo` and `shuyang project check`: what departments owe, and whether a project may go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.cli.catalog import open_today
from shuyang_data.cli.console import DateOption, JsonOption, dump, messages, print_table
from shuyang_data.errors import EXIT_STOPPED, Problem, UsageError

project_app = typer.Typer(help="信息化项目：先共享再建设。", no_args_is_help=True)


@project_app.command(help="审查一个项目：目录、挂接、需求、质量；不通过时退出码为 3。")
def check(
    name: Annotated[str, typer.Argument(help="项目编号或名称", metavar="项目")],
    to: Annotated[Path | None, typer.Option("--to", help="把审查表写到文件", metavar="文件")] = None,
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.project_gate import check_project, sheet_lines
    from shuyang_data.stewardship.todo import duties
    from shuyang_data.storage.files import write_text
    from shuyang_data.targets.facts import gather_facts

    with messages():
        county = open_today(day)
        facts = gather_facts(county.settings, county.registry)
        verdict = check_project(county, name, facts, duties(county))
        text = "\n".join(sheet_lines(verdict))
        if to is not None:
            write_text(to, text + "\n")
        if as_json:
            conditions = [
                {"title": c.title, "basis": c.basis, "passed": c.passed, "against": c.against}
                for c in verdict.conditions
            ]
            dump({"project": verdict.id, "on": str(verdict.on), "passed": verdict.passed, "conditions": conditions})
        else:
            print(text)
        if not verdict.passed:
            raise typer.Exit(EXIT_STOPPED)


def todo(
    department: Annotated[str, typer.Argument(help="部门代码；不写则全部", metavar="部门")] = "",
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.todo import duties, duty_rows

    with messages():
        county = open_today(day)
        if department and department not in county.catalog.departments:
            raise UsageError([Problem(department, "不在部门名录", "、".join(county.catalog.departments))])
        rows = duty_rows(duties(county, department))
        if as_json:
            dump(rows)
            return
        fields = ("kind", "entry", "text", "since", "due", "late")
        shown = [[county.catalog.title(row["department"]), *(row[field] for field in fields)] for row in rows]
        print_table("待办", ("部门", "事项", "条目", "说明", "起于", "限期", "逾期工作日"), shown)
