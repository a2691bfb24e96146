"""The analysts' file: one name in every build, codes with their names, and nothing but published rows."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from shuyang_data.errors import StorageError, UsageError
from shuyang_data.retention import ANALYST_BUILDS
from shuyang_data.settings import Settings
from shuyang_data.storage.analyst import Contents, Listed, View, code_table, publish_build
from shuyang_data.storage.analyst_export import export_tables
from shuyang_data.storage.analyst_query import query
from shuyang_data.storage.engine import Engine

TOWNS = code_table("town", "乡镇", {"001": "沭城街道", "002": "南湖街道"})
CATALOGUE = Listed(
    "main", "catalogue", "目录", {"view_name": ("VARCHAR", "名称"), "layer": ("VARCHAR", "层")},
    (("open.homes", "open"), ("shared.homes", "shared")),
)  # fmt: skip
ROWS = [
    {"home": "A", "town_code": "001", "beds": 10}, {"home": "B", "town_code": "009", "beds": 20},
    {"home": "C", "town_code": None, "beds": 30}, {"home": "A", "town_code": "001", "beds": 10},
]  # fmt: skip
TYPES = {"home": "string", "town_code": "string", "beds": "int64"}


def homes(engine: Engine, folder: Path, schema: str = "open", beds: int = 0) -> View:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{schema}.parquet"
    engine.write_parquet(engine.rows([row | {"beds": row["beds"] + beds} for row in ROWS], TYPES), path)
    comments = {"town_code": "乡镇代码", "town_name": "乡镇名称", "gone": "不在文件里的列"}
    return View(schema, "homes", (str(path),), "养老机构", comments, {"town_code": ("town", "town_name")})


def build(settings: Settings, stamp: str, *views: View) -> Path:
    settings.published.mkdir(parents=True, exist_ok=True)
    return publish_build(settings.home, settings.analyst, Contents((CATALOGUE, TOWNS), views), stamp)


def ask(settings: Settings, sql: str) -> Sequence[tuple[object, ...]]:
    return query(settings.analyst, [settings.published], sql)[1]


def saved(path: Path) -> list[tuple[object, ...]]:
    """A query as Superset keeps it: with the name of the catalog in it."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select sum(beds) from analyst.open.homes").fetchall()


def test_a_saved_query_works_on_every_build_by_the_link_and_by_the_file(engine: Engine, settings: Settings) -> None:
    first = build(settings, "1", homes(engine, settings.published / "1"))
    assert first == settings.home / "analyst" / "1" / "analyst.duckdb"
    with duckdb.connect(str(settings.analyst), read_only=True) as held:
        second = build(settings, "2", homes(engine, settings.published / "2", beds=1))
        # One process has both builds open: who came before the swap keeps his.
        assert [saved(path) for path in (settings.analyst, first, second)] == [[(74,)], [(70,)], [(74,)]]
        assert held.execute("select sum(beds) from analyst.open.homes").fetchall() == [(70,)]
    assert settings.analyst.resolve() == second


def test_the_newest_builds_stay_those_of_the_old_layout_among_them(settings: Settings) -> None:
    folder = settings.home / "analyst"
    folder.mkdir(parents=True)
    for day in range(1, 4):
        with duckdb.connect(str(folder / f"analyst-2026110{day}.duckdb")) as old:
            old.execute("create table kept as select 1 as n")
    settings.analyst.symlink_to("analyst/analyst-20261103.duckdb")
    settings.published.mkdir()
    assert ask(settings, "select n from kept") == [(1,)]
    (folder / ".20261104").mkdir()
    for day in range(4, 4 + ANALYST_BUILDS):
        build(settings, f"202611{day:02}")
        expected = [*(f"analyst-2026110{n}.duckdb" for n in range(1, 4)), *(f"202611{n:02}" for n in range(4, day + 1))]
        assert {path.name for path in folder.iterdir()} == set(expected[-ANALYST_BUILDS:])
    build(settings, "20260101")
    assert settings.analyst.exists(), "a clock that was put back must not cost the newest build"


def test_a_name_stands_beside_its_code_and_no_row_is_lost_or_doubled(engine: Engine, settings: Settings) -> None:
    build(settings, "1", homes(engine, settings.published))
    names, rows = query(settings.analyst, [settings.published], "select * from open.homes")
    assert names == ["home", "town_code", "town_name", "beds"]
    assert sorted(rows, key=str) == [
        ("A", "001", "沭城街道", 10), ("A", "001", "沭城街道", 10), ("B", "009", None, 20), ("C", None, None, 30)
    ]  # fmt: skip
    assert ask(settings, "select home from open.homes where town_name = '沭城街道' group by all") == [("A",)]
    assert ask(settings, "select name from codes.town where code = '002'") == [("南湖街道",)]
    comments = ask(settings, "select comment from duckdb_columns() where table_name = 'homes' order by column_index")
    assert comments == [(None,), ("乡镇代码",), ("乡镇名称",), (None,)]


def test_a_view_does_not_depend_on_the_name_under_which_it_is_attached(engine: Engine, settings: Settings) -> None:
    path = build(settings, "1", homes(engine, settings.published))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS other (READ_ONLY)")
        assert connection.execute("select count(town_name) from other.open.homes").fetchall() == [(2,)]


def test_a_code_that_is_no_text_and_a_name_that_is_taken_get_no_second_column(engine: Engine, tmp_path: Path, settings: Settings) -> None:  # fmt: skip
    view = homes(engine, settings.published)
    build(settings, "1", replace(view, names={"beds": ("town", "beds_name"), "town_code": ("town", "home")}))
    assert query(settings.analyst, [settings.published], "from open.homes")[0] == ["home", "town_code", "beds"]


@pytest.mark.parametrize(
    "sql", ["select * from read_csv('/etc/passwd')", "create table t (n int)", "install httpfs",
            "copy open.homes to '{published}/x.csv'", "explain analyze copy open.homes to '{published}/x.csv'",
            "attach '{published}/x.duckdb'", "select 1; select 2", ""],
)  # fmt: skip
def test_a_query_reads_published_rows_and_does_nothing_else(engine: Engine, settings: Settings, sql: str) -> None:
    build(settings, "1", homes(engine, settings.published))
    before = sorted(settings.published.iterdir())
    with pytest.raises(UsageError):
        ask(settings, sql.format(published=settings.published))
    assert sorted(settings.published.iterdir()) == before


def test_pivot_and_describe_are_queries_too(engine: Engine, settings: Settings) -> None:
    build(settings, "1", homes(engine, settings.published))
    assert len(ask(settings, "describe open.homes")) == 4
    pivoted = ask(settings, "pivot open.homes on home using sum(beds) group by town_code order by town_code")
    assert pivoted == [("001", 20, None, None), ("009", None, 20, None), (None, None, None, 30)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select bed from open.homes", ('没有列 "bed"', "相近的列", '"beds"', "第1行： select bed from")),
        ("select * from open.home", ("没有表 home", '是不是 "homes"？')),
        ("select * from opne.homes", ('没有模式 "opne"',)),
        ("select uper(home) from open.homes", ("没有函数 uper", '是不是 "upper"？')),
        ("selec 1", ('写法有误，在 "selec" 处', "        ^^^^^")),
        ("select home + 1 from open.homes", ("函数的写法", "另有")),
        ("select * from open.homes where beds > 'x'", ("不能转换为",)),
        ("select home, count(*) from open.homes", ("列、函数或类型对不上", "GROUP BY")),
    ],
)
def test_what_is_wrong_with_a_query_is_said_with_the_engines_hints(
    engine: Engine, settings: Settings, sql: str, words: tuple[str, ...]
) -> None:
    build(settings, "1", homes(engine, settings.published))
    with pytest.raises(UsageError) as refused:
        ask(settings, sql)
    for word in words:
        assert word in str(refused.value)


def test_without_a_file_and_with_its_rows_gone_the_remedy_is_named(engine: Engine, settings: Settings) -> None:
    with pytest.raises(UsageError, match="shuyang run"):
        ask(settings, "select 1")
    build(settings, "1", homes(engine, settings.published / "1"))
    shutil.rmtree(settings.published / "1")
    with pytest.raises(StorageError, match="shuyang run"):
        ask(settings, "select * from open.homes")


def export(settings: Settings, target: Path, *, open_only: bool = False) -> list[str]:
    seen: list[str] = []
    export_tables(settings, target, open_only=open_only, on_table=lambda name, number, total: seen.append(name))
    return seen


def described(path: Path) -> set[tuple[object, ...]]:
    """Every relation of a file with its columns, types and comments, whether table or view."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return set(
            connection.execute(
                "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal"
            ).fetchall()
        ) | set(
            connection.execute(
                "select schema_name, view_name, comment from duckdb_views() where not internal union all "
                "select schema_name, table_name, comment from duckdb_tables() where not internal"
            ).fetchall()
        )


def test_an_export_is_the_same_file_with_the_rows_in_it(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    build(settings, "1", homes(engine, settings.published), homes(engine, settings.published, "shared"))
    target = tmp_path / "沭阳 分析.duckdb"
    assert export(settings, target) == ["codes.town", "main.catalogue", "open.homes", "shared.homes"]
    assert described(target) == described(settings.analyst)
    expected = ask(settings, "select * from shared.homes order by all")
    shutil.rmtree(settings.home)
    with duckdb.connect(str(target)) as connection:
        assert connection.execute("select * from shared.homes order by all").fetchall() == expected
        assert connection.execute("select count(*) from duckdb_views() where not internal").fetchall() == [(0,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name]


def test_an_export_for_everybody_holds_open_tables_only(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    targets = replace(homes(engine, settings.published / "t"), schema="targets", name="evidence")
    build(settings, "1", homes(engine, settings.published), homes(engine, settings.published, "shared"), targets)
    assert export(settings, tmp_path / "x", open_only=True) == ["codes.town", "main.catalogue", "open.homes"]
    with duckdb.connect(str(tmp_path / "x"), read_only=True) as connection:
        assert connection.execute("from catalogue").fetchall() == [("open.homes", "open")]


def test_an_export_that_fails_leaves_what_stood_there(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    build(settings, "1", homes(engine, settings.published), homes(engine, settings.published / "s", "shared"))
    target = tmp_path / "x.duckdb"
    export(settings, target)
    before = target.read_bytes()
    shutil.rmtree(settings.published / "s")
    with pytest.raises(StorageError, match="shuyang run"):
        export(settings, target)
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "x.duckdb"]


def test_both_files_open_in_older_clients(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    build(settings, "1", homes(engine, settings.published))
    export(settings, tmp_path / "x.duckdb")
    for path in (settings.analyst, tmp_path / "x.duckdb"):
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH '{path}' AS seen (READ_ONLY)")
            tags = connection.execute("select tags from duckdb_databases() where database_name = 'seen'").fetchall()
        assert "v1.5.0" in str(tags)


def test_nobody_can_open_a_build_for_writing_by_mistake(engine: Engine, settings: Settings) -> None:
    path = build(settings, "1", homes(engine, settings.published))
    assert path.stat().st_mode & 0o222 == 0
