"""The same suite run by Great Expectations itself, as a baseline: `python -m benchmarks.gx_engines pandas|duckdb FILE`.

On DuckDB through SQLAlchemy it needs a dialect whose rollback keeps what was fetched; this is that dialect, and no part
of the product.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry

from benchmarks.quality import SUITE

NO_REGEX = "regex"


class Dialect(duckdb_engine.Dialect):
    """DuckDB drops a result when its transaction is rolled back, and Great Expectations reads after that."""

    supports_statement_cache = False

    def do_begin(self, connection: Any) -> None:
        return None

    def do_rollback(self, connection: Any) -> None:
        return None

    def do_commit(self, connection: Any) -> None:
        return None


def suite(kinds: list[tuple[str, dict[str, Any]]]) -> Any:
    import great_expectations as gx

    from shuyang_data.quality.gx import build_suite
    from shuyang_data.quality.rule import Rule
    from shuyang_data.records import Severity

    rules = [Rule(f"r{n}", kind, kwargs, Severity.RECTIFY, "0302", kind) for n, (kind, kwargs) in enumerate(kinds)]
    assert gx.__version__
    return build_suite("bench", rules)


def on_pandas(path: str) -> Any:
    import pandas as pd

    from shuyang_data.quality.gx import run_on_gx

    return run_on_gx(pd.read_parquet(path), suite(SUITE))


def on_duckdb(path: str) -> Any:
    """Regular expressions are not supported there: two expectations fewer, in its favour."""
    import great_expectations as gx

    registry.register("benchduck", "benchmarks.gx_engines", "Dialect")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_sql("duck", connection_string="benchduck:///:memory:", create_temp_table=False)
    asset = source.add_query_asset("table", query=f"select * from read_parquet('{path}')")
    batch = asset.add_batch_definition("whole").get_batch()
    return batch.validate(suite([each for each in SUITE if NO_REGEX not in each[0]]), result_format="SUMMARY")


def main(engine: str, path: str) -> None:
    warnings.simplefilter("ignore")
    found = (on_pandas if engine == "pandas" else on_duckdb)(path)
    raised = sum('"raised_exception": true' in str(result) for result in found.results)
    print(len(found.results), "expectations,", sum(bool(r.success) for r in found.results), "held,", raised, "raised")
    if raised:
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
