"""Hand-over sheets against what was read: files, rows and sums; nothing that was announced passes uncounted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shuyang_data.arrival.handover import reconcile
from shuyang_data.arrival.receive import receive_sheets
from shuyang_data.catalog.terms import Type
from shuyang_data.county import County
from shuyang_data.names import Layer
from tests.builders import a_catalog, a_column, a_dataset, write_csv
from tests.small_county import a_county, deliver, made

DATASET = a_dataset(
    a_column("code", title="编号", required=True), a_column("beds", Type.INTEGER, title="床位数", source=("床位",))
)
FILE = "测试数据_20261101.csv"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Three rows with 1,060 beds were read; a later file was refused; another one waits to be read."""
    county = a_county(tmp_path_factory.mktemp("handover") / "home", a_catalog(DATASET))
    deliver(county.settings, DATASET, "编号,床位数", "A1,10", "A2,50", 'A3,"1,000"')
    made(county, DATASET, (Layer.LANDING, Layer.RAW))
    deliver(county.settings, DATASET, "", day="20261102")
    made(county, DATASET, (Layer.LANDING, Layer.RAW))
    deliver(county.settings, DATASET, "编号,床位数", "A4,1", day="20261103")
    made(county, DATASET, (Layer.LANDING,))
    yield county
    county.registry.close()


def compared(
    county: County, name: str, *lines: str, heading: str = "文件名,行数,合计列,合计值"
) -> list[dict[str, Any]]:
    write_csv(county.settings.inbox / "civil_affairs" / f"交接单_{name}.csv", heading, *lines)
    assert receive_sheets(county.catalog.departments, county.settings.inbox, county.settings.landing, county.now) == 1
    return [row for row in reconcile(county) if row["sheet"] == f"交接单_{name}.csv"]


CASES = {
    f"{FILE},3,床位数,1060": "相符",
    f'{FILE},3,床位,"1,060.00"': "相符",
    "测试数据_20261101.xls,3,,": "相符",
    f"{FILE},,,": "相符",
    f"{FILE},4,,": "行数不符",
    f"{FILE},3,床位数,1061": "合计不符",
    f"{FILE},2,床位数,1061": "行数不符、合计不符",
    f"{FILE},3,没有的列,1060": "合计不符",
    f"{FILE},3,,1060": "没有写合计列",
    f"{FILE},三行,,": "行数“三行”不是数",
    f"{FILE},NaN,,": "行数“NaN”不是数",
    f"{FILE},3.5,,": "行数“3.5”不是数",
    f"{FILE},3,床位数,一千": "合计“一千”不是数",
    "没有这个文件.csv,3,,": "没有收到",
    "测试数据_20261102.csv,3,,": "已退回",
    "测试数据_20261103.csv,1,,": "还没有读",
}


def test_every_line_is_compared_and_says_what_differs(county: County) -> None:
    """Seen: a number in words counted as nothing announced, 3.5 rows as 3, NaN ended it all, and 1060 was 1.06E+3."""
    rows = compared(county, "all", *CASES)
    assert dict(zip(CASES, (row["result"] for row in rows), strict=True)) == CASES
    assert rows[0] == {
        "sheet": "交接单_all.csv", "department": "civil_affairs", "file": FILE, "rows": 3, "rows_read": 3,
        "column": "床位数", "total": "1060", "total_read": "1060", "result": "相符",
    }  # fmt: skip


def test_headings_are_known_by_their_other_names(county: County) -> None:
    (row,) = compared(county, "names", f"3,{FILE}", heading="记录数,文件名称")
    assert (row["rows"], row["result"]) == (3, "相符")


def test_a_sheet_that_names_no_file_says_nothing(county: County) -> None:
    assert compared(county, "other", "1", heading="说明") == []


def test_a_sheet_that_cannot_be_read_is_a_line_that_says_so(county: County) -> None:
    path = county.settings.inbox / "civil_affairs" / "交接单_broken.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK\x03\x04 cut short")
    receive_sheets(county.catalog.departments, county.settings.inbox, county.settings.landing, county.now)
    (row,) = [row for row in reconcile(county) if row["sheet"] == path.name]
    assert row["result"] and (row["file"], row["rows"], row["rows_read"]) == ("", None, None)
