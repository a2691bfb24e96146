"""`shuyang catalog …`, part two: entries as a whole: submitted, brought to today's form, moved."""

from __future__ import annotations

from typing import Annotated

import typer

from shuyang_data.catalog.spoken import department_named
from shuyang_data.cli.console import county_of, messages
from shuyang_data.names import DatasetId


def submit(
    dataset: Annotated[str, typer.Argument(help="部门/数据集，草稿的编号", metavar="数据集")],
    author: Annotated[str, typer.Option(help="提交人", metavar="姓名或职务")] = "",
    reason: Annotated[str, typer.Option(help="理由", metavar="理由")] = "",
) -> None:
    from shuyang_data.stewardship.change_control import Motive
    from shuyang_data.stewardship.drafting.draft import submit_draft

    with messages():
        department, _, name = dataset.partition("/")
        county = county_of()
        identity = DatasetId(department_named(department, county.catalog), name)
        (change,) = submit_draft(county, identity, Motive(author, reason))
        print(f"已提交 {change.batch}，待 {'、'.join(change.offices)} 批准；批准前不生效。")


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang catalog`."""
    app.command(help="提交一份补全了的草稿（add-dataset 起草的）；有缺的、不对的一次列出，批准后生效。")(submit)
