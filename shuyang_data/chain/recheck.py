"""The suite of a dataset on what was committed, by this machine or a Spark Connect server; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.failing import LISTED
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.quality.derive import declared_rules, derive_rules
from shuyang_data.quality.examples import mask_by_grade
from shuyang_data.quality.expectations import COMPILED, about_rows, refers, why_not
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import assess, failing_rows
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
    mine = [rule for rule in rules if rule.type in COMPILED and not refers(rule) and rule.columns <= columns]
    return [rule for rule in mine if not why_not(rule)]


@dataclass(frozen=True)
class Recheck:
    """results: one a rule; failing: the rows that break one, their keys masked by grade, and the rules' titles."""

    rules: tuple[Rule, ...]
    results: tuple[RuleResult, ...]
    failing: tuple[dict[str, str], ...]


def recheck(county: County, dataset: Dataset, engine: Reads) -> Recheck:
    """One aggregate query, and one for the rows that fail; raise UsageError while nothing was committed."""
    files = county.standard_files(dataset.id)
    if not files:
        raise UsageError([Problem(str(dataset.id), "还没有合格的数据", "先跑一夜")])
    table = engine.parquet(files)
    rules = accepted_rules(county, dataset)
    results, wrong = assess(table, rules, engine.fetch)
    rules = [rule for rule in rules if rule not in [bad for bad, _ in wrong]]
    broken = {result.rule_id for result in results if result.unexpected}
    about = [rule for rule in rules if rule.id in broken and about_rows(rule)]
    rows = engine.fetch(failing_rows(table, about, list(dataset.key)).limit(LISTED)) if about else []
    titles = {rule.id: rule.title for rule in rules}
    return Recheck(tuple(rules), tuple(results), tuple(_shown(row, dataset, titles) for row in rows))


def _shown(row: Mapping[str, Any], dataset: Dataset, titles: Mapping[str, str]) -> dict[str, str]:
    keys = {dataset.column(n).title: mask_by_grade(str(row[n]), dataset.column(n).grade) for n in dataset.key}
    return keys | {"规则": "；".join(titles[name] for name in row["_rules"].rstrip(",").split(","))}
