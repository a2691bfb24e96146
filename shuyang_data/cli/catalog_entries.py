"""`shuyang catalog …`, part two: entries as a whole: submitted, brought to today's form, moved."""

from __future__ import annotations

from typing import Annotated

import typer

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.spoken import dataset_named, department_named
from shuyang_data.cli.console import county_of, messages
from shuyang_data.errors import CatalogError, Problem, UsageError
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


def upgrade() -> None:
    from shuyang_data.settings import Settings
    from shuyang_data.stewardship.upgrade import upgrade as bring_up
    from shuyang_data.storage.lock import hold_night

    with messages():
        settings = Settings()
        if not (settings.catalog / "datasets").is_dir():
            raise UsageError([Problem(str(settings.catalog), "这里没有目录（datasets 文件夹）", "设 SHUYANG_CATALOG")])
        with hold_night(settings.home):
            results = bring_up(settings.catalog)
        for result in results:
            if result.filled:
                print(f"已升级 {result.path}：{'、'.join(result.filled)}（按最严填写，各部门的待办里列出）")
        problems = [problem for result in results for problem in result.problems]
        if problems:
            raise CatalogError(problems)
        print(f"目录已是现在的形式，这次改了 {len(results)} 个文件")


def move(
    old: Annotated[str, typer.Argument(help="现在的部门/数据集；只写部门则移它的全部", metavar="原编号")],
    new: Annotated[str, typer.Argument(help="新的部门/数据集；原编号只写部门时也只写部门", metavar="新编号")],
    author: Annotated[str, typer.Option(help="提交人", metavar="姓名或职务")] = "",
    by: Annotated[str, typer.Option("--by", help="批准人，不能是提交人", metavar="姓名或职务")] = "",
    reason: Annotated[str, typer.Option(help="理由", metavar="理由")] = "",
) -> None:
    from shuyang_data.stewardship.move import move as move_one

    with messages():
        county = county_of(run_id="move")
        for source, target in _pairs(county.catalog, old, new):
            written = move_one(county, source, target, author, by, reason)
            print(f"已移 {source} → {target}：目录改了 {len(written)} 个文件，历史、整改单、落地与发布随之；下一夜重做")
            county.registry.close()
            county = county_of(run_id="move")


def _pairs(catalog: Catalog, old: str, new: str) -> list[tuple[DatasetId, DatasetId]]:
    """What is to be moved where; raise UsageError for a department on one side only."""
    if ("/" in old) != ("/" in new):
        raise UsageError([Problem(new, "一边是部门，一边是数据集", "两边都写部门，或都写 部门/数据集")])
    if "/" in old:
        department, _, dataset = new.partition("/")
        return [(dataset_named(old, catalog), DatasetId(department_named(department, catalog), dataset))]
    source, target = department_named(old, catalog), department_named(new, catalog)
    return [(name, DatasetId(target, name.dataset)) for name in catalog.datasets if name.department == source]


def add_commands(app: typer.Typer) -> None:
    """Make the commands part of `shuyang catalog`."""
    app.command(help="提交一份补全了的草稿（add-dataset 起草的）；有缺的、不对的一次列出，批准后生效。")(submit)
    app.command(help="把旧形式的目录升级为现在的形式：缺的项目按最严填写，列入待办；升不了的不动，说明原因。")(upgrade)
    app.command(help="把一个数据集移到另一个部门或另一个编号（部门合并时移全部）：历史、整改单、落地、发布随之。")(move)
