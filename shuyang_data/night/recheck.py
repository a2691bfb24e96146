"""The suite of a dataset on what was committed, by this machine or a Spark Connect server; it decides nothing."""

from __future__ import annotations

from typing import Any, Protocol

from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.errors import Problem, UsageError
from shuyang_data.night.county import County
from shuyang_data.night.references import referring
from shuyang_data.quality.derive import Rule, declared_rules, derive_rules
from shuyang_data.quality.suite import COMPILED, assess
from shuyang_data.records import RuleResult


class Reads(Protocol):
    """An engine as far as a suite needs one."""

    def parquet(self, paths: list[str]) -> Table: ...
    def fetch(self, table: Table) -> list[dict[str, Any]]: ...


def accepted_rules(county: County, dataset: Dataset) -> list[Rule]:
    """The compiled rules that need nothing but the committed table: declared ones, and derived ones on its columns."""
    columns = {column.name for column in dataset.columns}
    lists = county.catalog.code_lists
    declared = declared_rules(county.catalog.checks.get(dataset.id, ()), lists, county.as_of)
    rules = (*derive_rules(dataset, lists, county.as_of), *declared)
    mine = [rule for rule in rules if rule.type in COMPILED and _named(rule) <= columns]
    return [rule for rule in mine if rule not in referring(mine)]


def _named(rule: Rule) -> set[str]:
    named = {rule.kwargs.get(key) for key in ("column", "column_A", "column_B", "total_column", "period_column")}
    named |= {*(rule.kwargs.get("column_list") or ()), rule.where, *(part.column for part in rule.conditions)}
    return {name for name in named if name}


def recheck(county: County, dataset: Dataset, engine: Reads) -> list[RuleResult]:
    """The results of the suite; raise UsageError while nothing was committed."""
    files = county.standard_files(dataset.id)
    if not files:
        raise UsageError([Problem(str(dataset.id), "还没有合格的数据", "先跑一夜")])
    return assess(engine.parquet(files), accepted_rules(county, dataset), engine.fetch)[0]
