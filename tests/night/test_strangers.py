"""A file that nobody claims is named where people look: the summary, and the to-do of whoever sent it."""

from __future__ import annotations

import io

from rich.console import Console

from shuyang_data.county import County
from shuyang_data.night.report import print_ended
from shuyang_data.stewardship.todo import duties
from tests.builders import write_csv
from tests.night.county import PLACE_LINES, PLACES
from tests.small_county import deliver


def named(county: County) -> tuple[list[str], str]:
    printed = io.StringIO()
    print_ended(Console(file=printed, width=200), county)
    return [duty.entry for duty in duties(county) if duty.kind == "无人认领的文件"], printed.getvalue()


def test_a_file_that_nobody_claims_is_named(county: County) -> None:
    deliver(county.settings, PLACES, *PLACE_LINES)
    entries, printed = named(county)
    assert (entries, "无人认领" in printed) == ([], False)
    write_csv(county.settings.inbox / "civil_affairs" / "名字写错了.csv", *PLACE_LINES)
    entries, printed = named(county)
    assert (entries, "civil_affairs/名字写错了.csv" in printed) == (["名字写错了.csv"], True)
