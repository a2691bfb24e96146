from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shuyang_data.errors import StorageError
from shuyang_data.settings import Settings
from shuyang_data.storage.engine import Engine
from shuyang_data.storage.regular_text import CsvMismatchError, RegularText
from tests.builders import write_csv

IDS = {"_delivery_id": 1, "_row_number": 2, "_read_fault": 3, "code": 4, "name": 5}


def regular(path: Path) -> RegularText:
    return RegularText(path, ",", 3, {"code": 0, "name": 1}, skip=1, start=2, notes=("合计.*",), likely="合")


def test_every_value_of_a_csv_stays_text(engine: Engine, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "x.csv", "编号,名称,其他", "007001,12.75,x", ",y,", '"a,b","c""d",')
    target = tmp_path / "raw.parquet"
    rows = engine.csv_to_raw(regular(source), "d1", target, IDS)
    assert rows == 3
    found = pq.read_table(target).to_pylist()
    assert [(r["_row_number"], r["code"], r["name"]) for r in found] == [
        (2, "007001", "12.75"),
        (3, None, "y"),
        (4, "a,b", 'c"d'),
    ]
    assert {r["_delivery_id"] for r in found} == {"d1"}


@pytest.mark.parametrize("line", ["a", "a,b,c,d", 'a,"b', "合计,2,", ",,"])
def test_an_irregular_csv_is_left_to_the_other_reader(engine: Engine, tmp_path: Path, line: str) -> None:
    source = write_csv(tmp_path / "x.csv", "编号,名称,其他", "1,2,3", line)
    with pytest.raises(CsvMismatchError):
        engine.csv_to_raw(regular(source), "d1", tmp_path / "r.parquet", IDS)


def test_a_table_is_the_same_held_or_computed_anew(settings: Settings) -> None:
    for limit in (10, 0):
        engine = Engine(settings.model_copy(update={"hold_rows": limit}))
        table = engine.rows([{"n": 3}, {"n": 1}], {"n": "int64"})
        held = engine.hold(table.mutate(m=table.n * 2), 2)
        assert engine.holds(2) == (limit == 10)
        assert sorted(row["m"] for row in engine.fetch(held)) == [2, 6]
        engine.release()


def test_no_extension_is_ever_loaded_by_itself(engine: Engine) -> None:
    options = dict(
        engine.connection.execute(
            "select name, value from duckdb_settings() where name like 'auto%extensions'"
        ).fetchall()
    )
    assert set(options.values()) == {"false"}


def test_a_full_or_read_only_disk_is_a_message(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="磁盘"):
        engine.write_parquet(engine.rows([{"n": 1}], {"n": "int64"}), tmp_path / "nowhere" / "x.parquet")
