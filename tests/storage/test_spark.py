"""The same suites on a Spark Connect server give the same results as on the engine of one machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.folding import foldings
from shuyang_data.catalog.terms import KeyFolding, Type
from shuyang_data.errors import QueryError, StorageError
from shuyang_data.quality.expectations import EXPECTATIONS
from shuyang_data.quality.kinds import Reference
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import failing_rows, run
from shuyang_data.records import Severity
from shuyang_data.settings import Settings
from shuyang_data.standard.cast import Written, cast_rows
from shuyang_data.standard.fold import forms_of, unsettled_texts
from shuyang_data.storage.engine import Engine
from shuyang_data.storage.spark import SparkEngine
from tests.builders import a_column, a_dataset
from tests.storage.test_suite_conformance import KWARGS, SCHEMA, Row, rows_strategy, rules_of

# Those that need no other dataset.
ALONE = sorted(kind for kind in KWARGS if not isinstance(EXPECTATIONS[kind].how, Reference))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkEngine]:
    """A server of the tests' own, from a wheel; ended by its pid, because it may hang when asked to stop."""
    port = free_port()
    command = [sys.executable, "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        engine = SparkEngine(f"sc://127.0.0.1:{port}")
        yield engine
        engine.close()
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Settings(home=tmp_path_factory.mktemp("duck")))


def records_of(rows: list[Row]) -> list[dict[str, Any]]:
    return [dict(zip(SCHEMA, (n, *row), strict=True)) for n, row in enumerate(rows)]


def test_generated_suites_agree(spark: SparkEngine, duck: Engine) -> None:
    """Every compiled type with generated arguments, on the same generated tables."""

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(rows_strategy, st.tuples(*(rules_of(kind) for kind in ALONE)))
    def agree(rows: list[Row], drawn: tuple[Rule, ...]) -> None:
        rules = [Rule(**{**vars(rule), "id": f"r{n}"}) for n, rule in enumerate(drawn)]
        tables = [engine.rows(records_of(rows), SCHEMA) for engine in (spark, duck)]
        theirs, ours = (run(t, rules, e.fetch) for t, e in zip(tables, (spark, duck), strict=True))
        for mine, other in zip(ours, theirs, strict=True):
            same = ("rule_id", "passed", "evaluated", "unexpected")
            assert [getattr(mine, f) for f in same] == [getattr(other, f) for f in same], (mine, other, rows)
        broken = [
            sorted(map(repr, e.fetch(failing_rows(t, rules, ["id"]))))
            for t, e in zip(tables, (spark, duck), strict=True)
        ]
        assert broken[0] == broken[1]

    agree()


def test_our_own_types_agree(spark: SparkEngine, duck: Engine) -> None:
    from datetime import date

    schema = {
        "id": "int64",
        "person": "string",
        "a": "date",
        "b": "date",
        "part": "int64",
        "rest": "int64",
        "whole": "int64",
        "town": "string",
    }
    rows = [
        {"id": n, "person": person, "a": date(2026, 11, n), "b": date(2026, 11, 4), "part": n, "rest": 2, "whole": 5, "town": town}
        for n, (person, town) in enumerate([("11010519491231002X", "001"), ("110105194912310021", "009"), (None, None), ("x", "001"), ("11010519491231002X", "001")], 1)
    ]  # fmt: skip
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("expect_column_values_to_be_valid_resident_id", {"column": "person", "today": date(2026, 11, 24)}),
        ("expect_column_values_to_be_valid_credit_code", {"column": "person"}),
        ("expect_column_values_to_be_in_code_list", {"column": "town", "code_list": "town", "value_set": ["001"]}),
        ("expect_columns_to_be_in_order", {"column_list": ["a", "b"]}),
        ("expect_column_dates_to_not_be_in_future", {"column": "a", "today": date(2026, 11, 3)}),
        ("expect_columns_to_add_up", {"column_list": ["part", "rest"], "total_column": "whole"}),
        ("expect_compound_columns_to_be_unique_in_period", {"column_list": ["person"], "period_column": "a", "period": "month"}),
    ]  # fmt: skip
    rules = [Rule(f"r{n}", kind, kwargs, Severity.RECTIFY, "0301", "t") for n, (kind, kwargs) in enumerate(kinds)]
    found = [[(r.evaluated, r.unexpected) for r in run(e.rows(rows, schema), rules, e.fetch)] for e in (spark, duck)]
    assert found[0] == found[1] == [(4, 2), (4, 4), (4, 1), (5, 1), (5, 2), (5, 4), (4, 2)]


def test_values_have_the_same_shapes_there(spark: SparkEngine, duck: Engine) -> None:
    """Every shape and every damage, cast by both engines."""
    texts = [
        "12", "007", "+120", "1,200", "120.0", "1.2e2", "12e-1", "0x78", "1_000", "1.00000000001", "１，２３４", "NaN", "-0",
        "2026-11-01", "2026/11/1", "2026.11.1", "2026年11月1日", "20261101", "46327", "20/5/1", "112年5月1日", "epoch",
        "infinity", "20233-09-11", "2026-02-30", "2026-11-01 08:30:00", "2026/11/1 8:30", "2026年11月1日8时5分3秒",
        "20261101083000", "2026-11-01T00:30:00Z", "2026-11-01 25:00", "9999-12-31", "是", "无", "", None,
    ]  # fmt: skip
    kinds = (Type.INTEGER, Type.DECIMAL, Type.DATE, Type.DATETIME, Type.BOOLEAN)
    dataset = a_dataset(a_column("code"), *(a_column(str(kind), kind) for kind in kinds))
    named = dict.fromkeys(["_delivery_id", "_read_fault", "code", *map(str, kinds)], "string") | {
        "_row_number": "int64"
    }
    rows = [
        {"_delivery_id": "d", "_read_fault": None, "code": "K", "_row_number": n} | dict.fromkeys(map(str, kinds), text)
        for n, text in enumerate(texts)
    ]
    theirs, ours = (
        sorted(
            e.fetch(cast_rows(e.rows(rows, named), dataset, {"d": 1}, 2026, Written(480))),
            key=lambda row: row["_row_number"],
        )
        for e in (spark, duck)
    )
    for text, there, here in zip(texts, theirs, ours, strict=True):
        assert [there[str(kind)] for kind in kinds] == [here[str(kind)] for kind in kinds], text


def test_forms_are_folded_alike_there(spark: SparkEngine, duck: Engine) -> None:
    """Neither engine knows Unicode's forms; both find the same texts to look up, and join what was found."""
    dataset = a_dataset(a_column("code"), key_folding=KeyFolding.NFKC)
    named = dict.fromkeys(["_delivery_id", "_read_fault", "code"], "string") | {"_row_number": "int64"}
    texts = ["第Ⅱ类", "㈠", "ｶﾞ", "e\u0301", "🈁𝟘", "普通", "Ａ０１", "A01", '="Ⅱ"', None]
    rows = [{"_delivery_id": "d", "_read_fault": None, "code": t, "_row_number": n} for n, t in enumerate(texts)]
    folded = []
    for engine in (spark, duck):
        raw = engine.rows(rows, named)
        unsettled = unsettled_texts(raw, foldings(dataset))
        assert unsettled is not None
        forms = forms_of(row["text"] for row in engine.fetch(unsettled))
        known = engine.rows([{"text": t, "form": f} for t, f in forms.items()], {"text": "string", "form": "string"})
        cast = engine.fetch(cast_rows(raw, dataset, {"d": 1}, 2026, Written(forms=known)))
        folded.append([row["code"] for row in sorted(cast, key=lambda row: row["_row_number"])])
    assert folded[0] == folded[1] == ["第II类", "(一)", "ガ", "é", "ココ0", "普通", "A01", "A01", "II", None]


def test_nobody_there_and_a_query_that_cannot_run_are_said(spark: SparkEngine) -> None:
    with pytest.raises(StorageError, match="没有应答"):
        SparkEngine("sc://127.0.0.1:9")
    with pytest.raises((QueryError, StorageError), match="Spark"):
        spark.parquet(["/nothing/there.parquet"])


def test_a_committed_data_set_is_checked_there_as_here(
    spark: SparkEngine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The command's own path: the lake's files, the rules in force, results and failing rows."""
    from shuyang_data.catalog.checks import DeclaredCheck
    from shuyang_data.chain.recheck import recheck
    from shuyang_data.county import County
    from shuyang_data.names import Layer
    from shuyang_data.storage.registry import Registry
    from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset

    settings_ = Settings(home=tmp_path_factory.mktemp("recheck"))
    dataset = a_dataset(a_column("code", required=True), a_column("phone", grade=3))
    check = DeclaredCheck.model_validate(
        {
            "id": "form",
            "type": "expect_column_values_to_match_regex",
            "kwargs": {"column": "phone", "regex": "^1"},
            "severity": "rectify",
            "indicator": "0302",
            "title": "以 1 开头",
        }
    )
    catalog = a_catalog(dataset).model_copy(update={"checks": {dataset.id: (check,)}})
    county = County(settings_, catalog, Registry(settings_.registry), TODAY, NOW, "run")
    name = dataset.id.table(Layer.STANDARD)
    ids = county.lakehouse.prepare(name, {"code": "text", "phone": "text"})
    path = county.lakehouse.new_file(name)
    rows = [{"code": f"C{n}", "phone": "138" if n % 3 else "238"} for n in range(9)]
    county.engine.write_parquet(county.engine.rows(rows, {"code": "string", "phone": "string"}), path, ids)
    county.lakehouse.commit(name, [path], {}, replace=True)
    here, there = (recheck(county, dataset, engine) for engine in (county.engine, spark))
    assert here.results == there.results
    assert sorted(map(str, here.failing)) == sorted(map(str, there.failing))
    assert [row["规则"] for row in here.failing] == ["以 1 开头"] * 3
    county.registry.close()
