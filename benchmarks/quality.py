"""A suite of twenty expectations, three of them uniqueness, on 10M × 15, against one statement written by hand."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.classify import write_people
from benchmarks.processes import Account, measure

RUNS = 3
FILLED, UNIQUE = ("number", "resident", "person", "mobile", "town"), ("number", "serial", "mobile")
KINDS, STATES = [f"K{n}" for n in range(7)], [f"S{n}" for n in range(3)]
SUITE: list[tuple[str, dict[str, Any]]] = [
    *(("expect_column_values_to_not_be_null", {"column": name}) for name in FILLED),
    *(("expect_column_values_to_be_unique", {"column": name}) for name in UNIQUE),
    ("expect_column_values_to_be_in_set", {"column": "state", "value_set": STATES}),
    ("expect_column_values_to_be_in_set", {"column": "kind", "value_set": KINDS}),
    ("expect_column_values_to_match_regex", {"column": "mobile", "regex": "^1[3-9][0-9]{9}$"}),
    ("expect_column_values_to_match_regex", {"column": "town", "regex": "^321322"}),
    ("expect_column_value_lengths_to_be_between", {"column": "resident", "min_value": 18, "max_value": 18}),
    ("expect_column_value_lengths_to_equal", {"column": "serial", "value": 18}),
    ("expect_column_value_lengths_to_be_between", {"column": "note", "min_value": 1, "max_value": 20}),
    ("expect_column_values_to_not_be_in_set", {"column": "source", "value_set": ["X"]}),
    ("expect_column_unique_value_count_to_be_between", {"column": "town", "min_value": 1, "max_value": 40}),
    ("expect_column_max_to_be_between", {"column": "day", "min_value": "2020-01-01"}),
    ("expect_column_min_to_be_between", {"column": "day", "min_value": "2020-01-01"}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
]
HAND = (
    "import duckdb, sys; duckdb.connect().execute(f\"SELECT count(*), {', '.join(f'count(*) - count({c})' for c in "
    f"{FILLED})}}, {{', '.join(f'count(DISTINCT {{c}})' for c in {UNIQUE})}}, "
    f"count(*) FILTER (state NOT IN {tuple(STATES)}), count(*) FILTER (kind NOT IN {tuple(KINDS)}), "
    "count(*) FILTER (NOT regexp_matches(mobile, '^1[3-9][0-9]{{9}}$')), "
    "count(*) FILTER (NOT regexp_matches(town, '^321322')), count(*) FILTER (length(resident) <> 18), "
    "count(*) FILTER (length(serial) <> 18), count(*) FILTER (length(note) NOT BETWEEN 1 AND 20), "
    "count(*) FILTER (source IN ('X')), count(DISTINCT town), max(day), min(day) "
    "FROM read_parquet('{sys.argv[1]}')\").fetchall()"
)
# A tenth of a percent of the rows.
FAILING = ("expect_column_values_to_not_match_regex", {"column": "number", "regex": "777$"})
TABLES = 1000
SMALL: list[tuple[str, dict[str, Any]]] = [
    *(("expect_column_values_to_not_be_null", {"column": name}) for name in ("number", "mobile", "town")),
    *(("expect_column_values_to_be_unique", {"column": name}) for name in ("number", "mobile")),
    ("expect_column_values_to_be_in_set", {"column": "state", "value_set": ["S1", "S2"]}),
    ("expect_column_values_to_match_regex", {"column": "mobile", "regex": "^1[3-9][0-9]{9}$"}),
    ("expect_column_values_to_match_regex", {"column": "town", "regex": "^321322"}),
    ("expect_column_value_lengths_to_equal", {"column": "town", "value": 9}),
    ("expect_column_values_to_be_between", {"column": "amount", "min_value": 0, "max_value": 2000}),
    ("expect_column_max_to_be_between", {"column": "amount", "max_value": 5000}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
]
Result = dict[str, Any]
MakeResult = Callable[[str, float, float, str, int, str], Result]


def quality(folder: Path, result: MakeResult) -> list[Result]:
    """The same suite by us, by a statement, and by Great Expectations on its own engines; then small tables."""
    table = str(write_people(folder))
    hand = _median(lambda: measure("-c", HAND, table))
    ours = _median(lambda: _checked("-m", "benchmarks.quality", "suite", table, SHUYANG_HOME=str(folder / "home")))
    keys = _median(lambda: _checked("-m", "benchmarks.quality", "keys", table, SHUYANG_HOME=str(folder / "home")))
    duck = _checked("-m", "benchmarks.gx_engines", "duckdb", table)
    pandas = _checked("-m", "benchmarks.gx_engines", "pandas", table)
    small = _checked("-m", "benchmarks.quality", "small", str(folder / "small"), SHUYANG_HOME=str(folder / "home"))
    seconds = float((folder / "small" / "seconds").read_text(encoding="ascii"))
    note = f"{ours.seconds:.1f} s against {hand.seconds:.1f} s, whole processes"
    return [
        result("20 expectations on 10M × 15", ours.seconds / hand.seconds, 1.3, "one statement by hand", RUNS, note),
        result("the same with every failing row's key", keys.seconds / hand.seconds, 1.8, "the same", RUNS,
               f"{keys.seconds:.1f} s, a tenth of a percent of the rows fail"),
        result("the same / GX on DuckDB", ours.seconds / duck.seconds, 0.556, "its engine, 18 of the 20", 1,
               f"GX {duck.seconds:.1f} s"),
        result("the same / GX on pandas", ours.seconds / pandas.seconds, 0.2, "its engine, reading included", 1,
               f"GX {pandas.seconds:.1f} s"),
        result("the same, memory / GX on pandas", ours.peak_gb / pandas.peak_gb, 0.5, "peak", 1,
               f"{ours.peak_gb:.2f} GB against {pandas.peak_gb:.2f} GB"),
        result("a table of 1,000 rows, 12 rules, ms", seconds, 25, "absolute", TABLES,
               f"{TABLES} tables, Great Expectations' result for each; whole process {small.seconds:.0f} s"),
    ]  # fmt: skip


def _checked(*arguments: str, **environment: str) -> Account:
    account = measure(*arguments, **environment)
    if account.code:
        raise RuntimeError(f"{arguments} failed")
    return account


def _median(run: Callable[[], Account]) -> Account:
    return sorted((run() for _ in range(RUNS)), key=lambda account: account.seconds)[RUNS // 2]


def _rules(suite: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    from shuyang_data.quality.rule import Rule
    from shuyang_data.records import Severity

    return [
        Rule(f"r{n}", kind, kwargs, Severity.RECTIFY, "0302", kind, column=kwargs.get("column"))
        for n, (kind, kwargs) in enumerate(suite)
    ]


def _suite(path: str, *, with_keys: bool) -> None:
    """with_keys: one expectation is made to fail for a tenth of a percent of the rows, and all of them are listed."""
    from shuyang_data.quality.suite import failing_rows, run
    from shuyang_data.settings import Settings
    from shuyang_data.storage.engine import Engine

    engine = Engine(Settings())
    table = engine.parquet([path])
    rules = _rules([*SUITE[:-1], FAILING] if with_keys else SUITE)
    results = run(table, rules, engine.fetch)
    if with_keys:
        broken = {result.rule_id for result in results if not result.passed}
        failing = failing_rows(table, [rule for rule in rules if rule.id in broken], ["_row_number", "number"])
        engine.write_parquet(failing, Path(path).with_name("failing.parquet"))


def _small(folder: str) -> None:
    """Many small tables, each judged, with its result in Great Expectations' schema; milliseconds a table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from shuyang_data.quality.suite import run
    from shuyang_data.quality.validation import validation_result
    from shuyang_data.settings import Settings
    from shuyang_data.storage.engine import Engine

    place = Path(folder)
    place.mkdir()
    columns = {
        "number": [str(n) for n in range(1000)], "mobile": [f"138{n:08d}" for n in range(1000)],
        "town": ["321322001"] * 1000, "state": ["S1"] * 1000, "amount": [float(n) for n in range(1000)],
    }  # fmt: skip
    paths = [place / f"{number}.parquet" for number in range(TABLES)]
    for path in paths:
        pq.write_table(pa.table(columns), path)
    engine, rules = Engine(Settings()), _rules(SMALL)
    start = time.perf_counter()
    for path in paths:
        results = run(engine.parquet([path]), rules, engine.fetch)
        validation_result(path.stem, rules, results, "bench")
    milliseconds = (time.perf_counter() - start) / TABLES * 1000
    (place / "seconds").write_text(f"{milliseconds:.2f}", encoding="ascii")


if __name__ == "__main__":
    if sys.argv[1] == "small":
        _small(sys.argv[2])
    else:
        _suite(sys.argv[2], with_keys=sys.argv[1] == "keys")
