"""Declared rules in the night: 阻断 keeps the last good release, 整改 publishes, 提示 informs; types that are not compiled run
on Great Expectations' own engine."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from shuyang_data.catalog.load import load_catalog
from shuyang_data.errors import CatalogError
from shuyang_data.names import DatasetId
from tests.pipelines.conftest import Home

NAME = "civil_affairs/nursing_home"
RULE = {
    "id": "beds", "type": "expect_column_max_to_be_between", "kwargs": {"column": "bed_count", "max_value": 1},
    "severity": "rectify", "indicator": "0302", "title": "床位数不超过一张",
}  # fmt: skip


@pytest.fixture
def checks(home: Home) -> Any:
    path = home.settings.catalog.parent / "quality_checks" / f"{NAME}.yaml"

    def write(*rules: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({"rules": list(rules)}, allow_unicode=True), encoding="utf-8")

    yield write
    path.unlink(missing_ok=True)


def report(home: Home) -> dict[str, dict[str, Any]]:
    body = json.loads((home.settings.reports / "quality" / f"{NAME}.json").read_text(encoding="utf-8"))
    return {row["rule_id"]: row for row in body["results"]}


def version(home: Home) -> str:
    return (home.settings.published / "open" / NAME / "current").readlink().name


def test_a_rule_to_rectify_is_told_and_the_data_is_published(home: Home, checks: Any) -> None:
    before = version(home)
    checks(RULE, RULE | {"id": "towns", "type": "expect_column_unique_value_count_to_be_between", "severity": "advice",
                         "kwargs": {"column": "town_code", "min_value": 1}})  # fmt: skip
    assert home.night() == 0
    assert version(home) == before, "equal rows keep their release"
    found = report(home)
    assert (found["check.beds"]["passed"], found["check.towns"]["passed"]) == (False, True)
    validation = json.loads((home.settings.reports / "quality" / f"{NAME}.json").read_text(encoding="utf-8"))[
        "validation"
    ]
    assert "expect_column_max_to_be_between" in {r["expectation_config"]["type"] for r in validation["results"]}


def test_a_blocking_rule_keeps_the_last_good_release(home: Home, checks: Any) -> None:
    before = version(home)
    checks(RULE | {"severity": "blocking"})
    assert home.night() == 3
    assert "床位数不超过一张" in home.printed
    assert version(home) == before
    outcome = home.registry().outcome(DatasetId.parse(NAME))
    assert outcome is not None and outcome.blocked_by


def test_types_that_are_not_compiled_run_on_their_engine(
    home: Home, checks: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rule = {
        "id": "order",
        "type": "expect_column_value_z_scores_to_be_less_than",
        "kwargs": {"column": "bed_count", "threshold": 9, "double_sided": True},
    }
    broken = {"id": "wrong", "type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "bed_count"}}
    unknown = {"id": "unknown", "type": "expect_the_best"}
    badly = {"id": "badly", "kwargs": {"column": "bed_count", "max_value": "many", "min_value": [1]}}
    checks(RULE, RULE | rule, RULE | broken, RULE | unknown, RULE | badly)
    with caplog.at_level(logging.WARNING):
        assert home.night() == 0
    assert "expect_column_value_z_scores_to_be_less_than" in caplog.text
    found = report(home)
    assert found["check.order"]["evaluated"] > 0
    for name in ("wrong", "unknown", "badly"):
        assert (found[f"check.{name}"]["assessable"], found[f"check.{name}"]["passed"]) == (False, False), name
    assert "没有 expect_the_best 这种规则" in found["check.unknown"]["title"]


def test_a_rule_about_nothing_is_a_catalog_error(home: Home, checks: Any) -> None:
    checks(RULE | {"kwargs": {"column": "nothing"}}, RULE)
    with pytest.raises(CatalogError) as error:
        load_catalog(home.settings.catalog)
    assert "没有信息项 nothing" in str(error.value) and "规则编号重复" in str(error.value)


def test_the_countys_own_checks_are_valid() -> None:
    from shuyang_data.quality.expectations import COMPILED
    from tests.builders import COUNTY_CATALOG

    found = load_catalog(COUNTY_CATALOG).checks
    assert {rule.type for rules in found.values() for rule in rules} <= COMPILED
    assert Path(COUNTY_CATALOG.parent / "quality_checks").is_dir()
