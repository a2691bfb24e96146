"""Great Expectations stays out of what runs the night, and its import ends no process: each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from samples.generate import generate
from shuyang_data.catalog.load import load_catalog
from shuyang_data.settings import REPOSITORY, Settings, export_dagster_home
from tests.builders import COUNTY_CATALOG, TODAY

# What Dagster starts has a main module without a file, like `python -c`; Spark's client takes that for its own doctests.
JUDGE = """
import sys
from pathlib import Path
from shuyang_data.chain.raw import land, read_deliveries
from shuyang_data.chain.standardize import judge_candidate, with_examples
from shuyang_data.county import open_county
from shuyang_data.names import DatasetId
from shuyang_data.quality.validation import validation_result
from shuyang_data.settings import Settings
from tests.builders import COUNTY_CATALOG, TODAY

county = open_county(Settings(home=Path(sys.argv[1]), catalog=COUNTY_CATALOG), TODAY, "run")
dataset = county.dataset(DatasetId.parse("civil_affairs/nursing_home"))
land(county, dataset)
assert read_deliveries(county, dataset).rows
judged = with_examples(county, judge_candidate(county, dataset))
validation = validation_result(str(dataset.id), judged.rules, judged.results, "run")
print(sum(rule.id.startswith("check.") for rule in judged.rules), len(validation["results"]))
print(sorted({"great_expectations", "pyspark"} & sys.modules.keys()))
"""
FRAME = """
import sys
import pandas as pd
from shuyang_data.quality.gx import judge_frame
from shuyang_data.quality.rule import Rule
from shuyang_data.records import Severity

rule = Rule("r", "expect_column_values_to_be_increasing", {"column": "a"}, Severity.ADVICE, "0302", "t")
print(judge_frame(pd.DataFrame({"a": [1, 3, 2]}), [rule])[0].passed, "pyspark" in sys.modules)
"""


def python(code: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """What a process without a main file prints; it has to end well."""
    plain = {name: value for name, value in os.environ.items() if name != "SPARK_HOME"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment or plain,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_our_door_opens_where_sparks_client_is_installed() -> None:
    assert find_spec("pyspark") is not None, "else this shows nothing"
    assert python("import shuyang_data.quality.gx, sys; print('pyspark' in sys.modules)") == "False\n"
    assert python(FRAME) == "False False\n"
    imported_before = "import sys, types; sys.modules['pyspark'] = known = types.ModuleType('pyspark')\n"
    assert (
        python(imported_before + "import shuyang_data.quality.gx; print(sys.modules['pyspark'] is known)") == "True\n"
    )


def test_great_expectations_itself_opens_with_what_the_product_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DAGSTER_HOME", "SHUYANG_HOME", "GX_ANALYTICS_ENABLED", "PYTHONWARNINGS", "SPARK_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    export_dagster_home(Settings(home=tmp_path))
    python("import great_expectations", environment=dict(os.environ))


def test_declared_rules_that_are_compiled_are_judged_without_great_expectations(tmp_path: Path) -> None:
    generate(load_catalog(COUNTY_CATALOG), tmp_path, TODAY, 0.01)
    declared, imported = python(JUDGE, str(tmp_path)).splitlines()
    assert declared.split()[0] == "2" and imported == "[]"
