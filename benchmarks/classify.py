"""Classification of 10M × 15 raw values, whole and by sample, against one aggregate scan of the same columns."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.processes import measure
from shuyang_data.standard.identifiers import RESIDENT_MAP, RESIDENT_WEIGHTS

RUNS = 3
ROWS = 10_000_000
BODY = (
    "'3213221985' || lpad((1 + i % 12)::varchar, 2, '0') || lpad((1 + i % 28)::varchar, 2, '0') || "
    "lpad((i % 1000)::varchar, 3, '0')"
)
WEIGHTED = " + ".join(f"{w} * substr({BODY}, {n + 1}, 1)::int" for n, w in enumerate(RESIDENT_WEIGHTS))
ID = f"{BODY} || substr('{RESIDENT_MAP}', 1 + ({WEIGHTED}) % 11, 1)"
COLUMNS = {
    "number": ("编号", "'E' || lpad(i::varchar, 10, '0')"),
    "resident": ("公民身份号码", ID),
    "person": ("姓名", "('王李张'[1 + i % 3]) || chr(19968 + (i % 900)::int) || chr(20480 + (i % 700)::int)"),
    "mobile": ("联系电话", "'138' || lpad((i % 100000000)::varchar, 8, '0')"),
    "town": ("乡镇", "'3213221' || lpad((i % 20)::varchar, 2, '0')"),
    "address": ("地址", "'沭阳县颜集镇花晏村' || (i % 30) || '组' || (i % 500) || '号'"),
    "kind": ("类型", "'K' || (i % 7)"),
    "state": ("状态", "'S' || (i % 3)"),
    "day": ("登记日期", "(date '2020-01-01' + (i % 2000)::int)::varchar"),
    "at": ("更新时间", "(timestamp '2026-01-01' + to_seconds(i % 20000000))::varchar"),
    "count_a": ("数量", "(i % 1000)::varchar"),
    "amount": ("金额", "((i % 100000) / 100)::decimal(18, 2)::varchar"),
    "note": ("备注", "'说明 ' || (i % 5000)"),
    "source": ("来源", "'P' || (i % 11)"),
    "serial": ("流水号", "'2023' || lpad((i % 1000000000)::varchar, 14, '0')"),
}  # fmt: skip
SEEN = 'count("{c}"), approx_count_distinct("{c}"), min("{c}"), max("{c}")'
SCAN = (
    f"import duckdb, sys; seen = ', '.join('{SEEN}'.format(c=c) for c in sys.argv[2:]); "
    "duckdb.connect().execute(f\"SELECT {seen} FROM read_parquet('{sys.argv[1]}')\").fetchall()"
)
Result = dict[str, Any]
MakeResult = Callable[[str, float, float, str, int, str], Result]


def write_people(folder: Path) -> Path:
    """The table as Parquet: names, identifiers, codes, dates, amounts, all text as raw holds them."""
    table = folder / "people.parquet"
    shown = ", ".join(f'{query} AS "{name}"' for name, (_, query) in COLUMNS.items())
    with duckdb.connect() as connection:
        query = f"SELECT i + 1 AS _row_number, {shown} FROM range({ROWS}) t(i)"
        connection.execute(f"COPY ({query}) TO '{table}' (FORMAT parquet, COMPRESSION zstd)")
    return table


def classification(folder: Path, result: MakeResult) -> list[Result]:
    table = write_people(folder)
    scan = [measure("-c", SCAN, str(table), *COLUMNS).seconds for _ in range(RUNS)]
    whole = [
        measure("-m", "benchmarks.classify", str(table), "0", SHUYANG_HOME=str(folder / "home")) for _ in range(RUNS)
    ]
    sample = [
        measure("-m", "benchmarks.classify", str(table), "10000", SHUYANG_HOME=str(folder / "home"))
        for _ in range(RUNS)
    ]
    if any(account.code for account in (*whole, *sample)):
        raise RuntimeError("classification failed")
    base = statistics.median(scan)
    ours, sampled = (statistics.median(a.seconds for a in accounts) for accounts in (whole, sample))
    note = f"{ours:.1f} s against {base:.1f} s, whole processes"
    return [
        result(
            "classify 10M × 15, every value", ours / base, 4.0, "count, min, max, approx_count_distinct", RUNS, note
        ),
        result("classify 10M × 15, sampled", sampled / 2, 1.0, "2 s", RUNS, f"{sampled:.1f} s, whole process"),
    ]


def main(path: str, rows: int) -> None:
    from shuyang_data.chain.classify import gather_evidence
    from shuyang_data.classify.content import About
    from shuyang_data.classify.decide import decide
    from shuyang_data.settings import Settings
    from shuyang_data.storage.engine import Engine

    engine = Engine(Settings())
    headings = {name: [name, title] for name, (title, _) in COLUMNS.items()}
    evidence = gather_evidence(engine, engine.parquet([path]), headings, About(date(2026, 11, 25)), rows)
    found = {name: decide(name, headings[name], seen) for name, seen in evidence.items()}
    print({name: (str(finding.kind), finding.confidence) for name, finding in found.items() if finding})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
