"""`shuyang todo` and `shuyang project check`: what departments owe, and whether a project may go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shuyang_data.catalog.spoken import department_named
from shuyang_data.cli.chinese import Commands
from shuyang_data.cli.console import DateOption, JsonOption, county_of, dump, messages, print_table, worked_out
from shuyang_data.errors import EXIT_STOPPED

project_app = Commands("信息化项目：先共享再建设。")


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
        county = county_of(day)
        facts = worked_out("核对已发布的文件", lambda: gather_facts(county.settings, county.registry))
        verdict = check_project(county, name, facts, worked_out("查待办", lambda: duties(county)))
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
    department: Annotated[str, typer.Argument(help="部门，例如 民政局；不写则全部", metavar="部门")] = "",
    as_json: JsonOption = False,
    day: DateOption = "",
) -> None:
    from shuyang_data.stewardship.todo import duties, duty_rows

    with messages():
        county = county_of(day)
        code = department_named(department, county.catalog) if department else ""
        rows = duty_rows(worked_out("查待办", lambda: duties(county, code)))
        if as_json:
            dump(rows)
            return
        fields = ("kind", "entry", "text", "since", "due", "late")
        shown = [[county.catalog.title(row["department"]), *(row[field] for field in fields)] for row in rows]
        print_table("待办", ("部门", "事项", "条目", "说明", "起于", "限期", "逾期工作日"), shown)
