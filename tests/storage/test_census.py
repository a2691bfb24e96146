"""Census of a department's database: what is catalogued, what is not, and drafts that officers can complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.terms import Type
from shuyang_data.county import open_county
from shuyang_data.errors import SourceError, UsageError
from shuyang_data.settings import Settings
from shuyang_data.stewardship.census import drafts, read_tables, survey, survey_rows
from shuyang_data.stewardship.exchange_workbook import export_drafts, import_workbook
from tests.builders import COUNTY_CATALOG, TODAY

CATALOG = load_catalog(COUNTY_CATALOG)
TABLES = (
    "CREATE TABLE shuyang_home (home_id varchar(20) NOT NULL PRIMARY KEY, home_name varchar(60) NOT NULL, "
    "town_code varchar(9), bed_count int, extra_mark varchar(5))",
    "CREATE TABLE shuyang_volunteer (volunteer_id varchar(20) NOT NULL PRIMARY KEY, hours decimal(8,2), joined_on date)",
    "CREATE TABLE sys_config (k varchar(10) PRIMARY KEY, v varchar(10))",
    "INSERT INTO shuyang_volunteer VALUES ('V1', 2.5, '2026-01-01')",
)
NAMES = ("shuyang_home", "shuyang_volunteer", "sys_config")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'their.db'}" if request.param == "sqlite" else request.getfixturevalue(request.param)
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in NAMES:
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
        for statement in TABLES:
            connection.execute(text(statement))
    yield url
    with engine.begin() as connection:
        for name in NAMES:
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()


def rows_of(url: str) -> dict[str, dict[str, Any]]:
    found = survey([t for t in read_tables(url) if t.name in NAMES], CATALOG, "civil_affairs")
    return {row["table"]: row for row in survey_rows(found)}


def test_the_gap_between_a_database_and_the_catalog(source: str) -> None:
    rows = rows_of(source)
    assert rows["shuyang_home"]["dataset"] == "civil_affairs/nursing_home"
    assert rows["shuyang_home"]["gap"] == "目录缺信息项：extra_mark"
    assert (rows["shuyang_volunteer"]["gap"], rows["shuyang_volunteer"]["rows"]) == ("没有编目", 1)
    assert rows["sys_config"]["gap"] == "系统内部表"


def test_drafts_are_a_workbook_that_tells_what_is_to_be_filled_in(source: str, tmp_path: Path) -> None:
    tables = [t for t in read_tables(source) if t.name in NAMES]
    bodies = drafts(survey(tables, CATALOG, "civil_affairs"), CATALOG, "civil_affairs", "civil_affairs_core")
    ((entry, body),) = bodies.items()
    assert entry == ("datasets", "civil_affairs/shuyang_volunteer")
    kinds = {column["name"]: Type(column["type"]) for column in body["columns"]}
    assert kinds == {"volunteer_id": Type.TEXT, "hours": Type.DECIMAL, "joined_on": Type.DATE}
    assert body["key"] == ["volunteer_id"]
    assert body["code"].startswith("307001321322003/")
    county = open_county(Settings(home=tmp_path / "home", catalog=COUNTY_CATALOG), TODAY)
    assert export_drafts(county, tmp_path / "d.xlsx", bodies) == 1
    proposal = import_workbook(county, tmp_path / "d.xlsx").proposal
    county.registry.close()
    assert [change.entry for change in proposal.changes] == [entry]
    lacking = {problem.found for problem in proposal.problems}
    assert {"没有填信息资源摘要", "没有填共享类型", "没有填级别"} <= lacking


def test_what_cannot_be_read_says_so_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_tables("")
    for url in ("postgresql+psycopg2://u:secret@127.0.0.1:1/x", "mysql+pymysql://u:secret@127.0.0.1:1/x", "nodb://x"):
        with pytest.raises(SourceError) as error:
            read_tables(url)
        assert "secret" not in str(error.value)
