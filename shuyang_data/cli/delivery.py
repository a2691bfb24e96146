"""Commands about single deliveries: what became of them, and what a named person decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from shuyang_data.acts import Decided, DeliveryAct
from shuyang_data.catalog.spoken import dataset_named
from shuyang_data.cli.chinese import Commands
from shuyang_data.cli.console import JsonOption, county_of, dump, messages, print_table
from shuyang_data.cli.night import run_night

app = Commands("一份份交付：取的日期和理由、读成了什么，以及作废、重读、确认。")
IdArgument = Annotated[str, typer.Argument(help="交付编号，或 部门/数据集:编号", metavar="交付")]
ByOption = Annotated[str, typer.Option("--by", help="谁决定的，写姓名", metavar="姓名")]
ReasonOption = Annotated[str, typer.Option("--reason", help="事由，留痕", metavar="事由")]


@app.command(name="list", help="全部交付，或一个数据集的：取的数据日期和为什么、何时收到、现状、谁做过决定。")
def list_deliveries(
    name: Annotated[str, typer.Argument(help="部门/数据集，不写则全部", metavar="数据集")] = "",
    as_json: JsonOption = False,
) -> None:
    from shuyang_data.stewardship.delivery_acts import delivery_rows

    with messages():
        county = county_of()
        rows = list(delivery_rows(county, dataset_named(name, county.catalog) if name else None))
        if as_json:
            dump(rows)
            return
        fields = ("dataset", "id", "file", "date", "received_at", "state", "rows", "detail")
        headings = ("数据集", "编号", "文件", "数据日期", "收到", "现状", "行数", "说明", "决定")
        print_table("交付", headings, [(*(row[field] for field in fields), "；".join(row["acts"])) for row in rows])


@app.command(help="作废一份交付：立即不再有效，其后各层连同引用它的数据集重做，曾得到它的部门会看到待办。")
def void(delivery: IdArgument, by: ByOption = "", reason: ReasonOption = "") -> None:
    _decide(Decided.VOID, delivery, by, reason)


@app.command(help="再读一次退回的交付（目录改好之后会自动再读，用不着它）。")
def retry(delivery: IdArgument, by: ByOption = "", reason: ReasonOption = "") -> None:
    _decide(Decided.RETRY, delivery, by, reason)


@app.command(help="确认一份全量交付少了的主键确实没有了，让它生效。")
def confirm(delivery: IdArgument, by: ByOption = "", reason: ReasonOption = "") -> None:
    _decide(Decided.CONFIRM, delivery, by, reason)


def _decide(kind: Decided, wanted: str, by: str, reason: str) -> None:
    """Put it on record, and make at once whatever it changes."""
    from shuyang_data.stewardship.delivery_acts import decided, with_dependents

    with messages():
        county = county_of()
        after = decided(county, wanted, DeliveryAct(kind, by.strip(), reason.strip(), datetime.now(UTC)))
        touched = with_dependents(county.catalog, after.dataset)
        county.registry.close()
        print(f"已{kind.label} {after.dataset}:{after.id}（{by}：{reason}），现在重做 {len(touched)} 个数据集")
        raise typer.Exit(run_night([argument for name in touched for argument in ("--only", str(name))]))
