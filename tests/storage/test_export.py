"""A suite taken out of the house: loaded and run by plain Great Expectations, with the results that we have."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from shuyang_data.catalog.model import Dataset
from shuyang_data.cli.main import app
from shuyang_data.quality.compile import look_up, reference_key
from shuyang_data.quality.expectations import EXPECTATIONS, refers
from shuyang_data.quality.export import Export, export
from shuyang_data.quality.kinds import GX
from shuyang_data.quality.suite import run
from shuyang_data.standard.cast import cast_rows
from tests.builders import TODAY
from tests.storage.test_conformance import CATALOG, PEOPLE, a_delivery

# The whole program of somebody who has the files and Great Expectations, and nothing of ours: docs/quality.md shows it.
PLAIN = """
import json, sys
from pathlib import Path
import great_expectations as gx
import pandas as pd

sys.path.insert(0, ".")
import shuyang_expectations

context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False, "metric_calculations": False}
whole = context.data_sources.add_pandas("frames").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
found = {}
for path in sorted(Path(".").glob("*.json")):
    suite = gx.ExpectationSuite(**json.loads(path.read_text(encoding="utf-8")))
    for parent in Path(path.stem).glob("*.parquet"):
        shuyang_expectations.references[parent.stem.replace(".", "/")] = pd.read_parquet(parent)
    batch = whole.get_batch({"dataframe": pd.read_parquet(path.with_suffix(".parquet"))})
    found[path.stem] = {
        one.expectation_config.meta["rule"]: [
            one.success, one.result.get("unexpected_count"), '"raised_exception": true' in str(one)
        ]
        for one in batch.validate(suite).results
    }
print(json.dumps(found))
assert "shuyang_data" not in sys.modules
"""


def rows_of(dataset: Dataset, connection: Any) -> ibis.Table:
    """Rows as the standard layer keeps them, with defects that there are none of: else nothing would be counted."""
    keys = {
        f"{parent}.{target}": np.array(parent_keys(target), dtype=object)
        for parent, target in dataset.references().values()
    }
    schema = {"_delivery_id": "string", "_row_number": "int64", "_read_fault": "string"}
    raw = ibis.memtable(
        a_delivery(dataset, CATALOG, keys, 5), schema=ibis.schema(schema | {c.name: "string" for c in dataset.columns})
    )
    typed = cast_rows(raw, dataset, {"d": 1}, TODAY.year).select(*[column.name for column in dataset.columns])
    connection.con.register(str(dataset.id), connection.to_pyarrow(typed))
    return connection.table(str(dataset.id))


def parent_keys(target: str) -> list[str]:
    return list(PEOPLE.id) if target == "resident_id" else ["K1", "K2"]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(what plain Great Expectations finds, what we find): suite → rule → its result."""
    folder, connection, ours = tmp_path_factory.mktemp("taken"), ibis.duckdb.connect(), {}
    for dataset in CATALOG.datasets.values():
        name = f"{dataset.id.department}.{dataset.id.dataset}"
        done = CliRunner().invoke(
            app, ["quality", "export", str(dataset.id), "--gx", str(folder), "--date", str(TODAY)]
        )
        assert done.exit_code == 0, done.output
        rows, suite = rows_of(dataset, connection), export(CATALOG, dataset, TODAY)
        rows.to_parquet(folder / f"{name}.parquet")
        ours[name] = judged(suite, rows, connection, folder / name)
    (folder / "plain.py").write_text(PLAIN, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", "plain.py"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout), ours
    connection.disconnect()


def judged(suite: Export, rows: ibis.Table, connection: Any, parents: Path) -> dict[str, Any]:
    """Our own results, and the other datasets written for theirs."""
    parents.mkdir()
    references, frames = {}, {}
    for rule in filter(refers, suite.rules):
        parent, _, target = rule.kwargs["reference"].partition(".")
        references[reference_key(rule)] = ibis.memtable({target: parent_keys(target)})
        frames.setdefault(parent, {})[target] = parent_keys(target)
    for parent, columns in frames.items():
        pd.DataFrame(columns).to_parquet(parents / f"{parent.replace('/', '.')}.parquet")
    table = look_up(rows, suite.rules, references)
    results = run(table, suite.rules, lambda query: connection.to_pyarrow(query).to_pylist())
    return {result.rule_id: (result.passed, result.unexpected) for result in results}


def test_plain_great_expectations_finds_what_we_find(taken: tuple[dict[str, Any], dict[str, Any]]) -> None:
    theirs, ours = taken
    assert theirs.keys() == ours.keys() and len(ours) == len(CATALOG.datasets)
    different = [
        (suite, rule, mine, theirs[suite][rule])
        for suite, rules in ours.items()
        for rule, mine in rules.items()
        if [mine[0], mine[1], False] != [theirs[suite][rule][0], theirs[suite][rule][1] or 0, theirs[suite][rule][2]]
    ]
    assert different == []
    assert sum(not passed for rules in ours.values() for passed, _ in rules.values()) > 100, (
        "there is something to find"
    )


def test_most_rules_need_nothing_of_ours() -> None:
    taken = [export(CATALOG, dataset, TODAY) for dataset in CATALOG.datasets.values()]
    own = {rule.type for one in taken for rule in one.rules if EXPECTATIONS[rule.type].module != GX}
    assert own == {
        "expect_column_values_to_be_valid_resident_id", "expect_column_values_to_be_valid_credit_code",
        "expect_column_values_to_exist_in_dataset",
    }  # fmt: skip
    assert sum(one.ours for one in taken) < sum(len(one.rules) for one in taken) / 8
    for one in taken:
        told = one.suite()["meta"]
        assert told.get("import_first") == ("shuyang_expectations" if one.ours else None)
        assert set(told["left_out"]) >= {"table.rejected"} and all(told["left_out"].values())


def test_a_suite_goes_to_a_file_and_a_stranger_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "规则.json"
    done = CliRunner().invoke(app, ["quality", "export", "civil_affairs/nursing_home", "--gx", str(target)])
    assert done.exit_code == 0 and "条规则" in done.output and "未写" in done.output
    assert json.loads(target.read_text(encoding="utf-8"))["name"] == "civil_affairs/nursing_home"
    assert CliRunner().invoke(app, ["quality", "export", "a/b", "--gx", str(target)]).exit_code == 2
