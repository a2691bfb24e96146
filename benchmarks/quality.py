"""A suite of twenty expectations, three of them uniqueness, on 10M × 15, against one statement written by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.classify import write_people
from benchmarks.processes import measure

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
Result = dict[str, Any]
MakeResult = Callable[[str, float, float, str, int, str], Result]


def quality(folder: Path, result: MakeResult) -> list[Result]:
    table = write_people(folder)
    hand = sorted(measure("-c", HAND, str(table)).seconds for _ in range(RUNS))[RUNS // 2]
    accounts = [measure("-m", "benchmarks.quality", str(table), SHUYANG_HOME=str(folder / "home")) for _ in range(RUNS)]
    if any(account.code for account in accounts):
        raise RuntimeError("the suite failed")
    ours = sorted(account.seconds for account in accounts)[RUNS // 2]
    note = f"{ours:.1f} s against {hand:.1f} s, whole processes"
    return [result("20 expectations on 10M × 15", ours / hand, 1.3, "one statement by hand", RUNS, note)]


def main(path: str) -> None:
    from shuyang_data.quality.derive import Rule
    from shuyang_data.quality.suite import run
    from shuyang_data.records import Severity
    from shuyang_data.settings import Settings
    from shuyang_data.storage.engine import Engine

    engine = Engine(Settings())
    table = engine.parquet([path])
    rules = [
        Rule(f"r{n}", kind, kwargs, Severity.RECTIFY, "0302", kind, column=kwargs.get("column"))
        for n, (kind, kwargs) in enumerate(SUITE)
    ]
    print(sum(found.passed for found in run(table, rules, engine.fetch)))


if __name__ == "__main__":
    main(sys.argv[1])
