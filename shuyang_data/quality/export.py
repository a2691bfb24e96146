"""A dataset's suite for whoever uses Great Expectations without us: the rules that hold for its accepted rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.quality.derive import declared_rules, derive_rules, fresh_rule
from shuyang_data.quality.expectations import EXPECTATIONS, how, why_not
from shuyang_data.quality.kinds import OURS, Missing
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.validation import suite
from shuyang_data.standard.cast import text_name

MODULE = "shuyang_expectations"


@dataclass(frozen=True)
class Export:
    """rules: what the suite holds; left_out: rule → why accepted rows cannot be held against it, for people."""

    dataset: Dataset
    as_of: date
    rules: tuple[Rule, ...]
    left_out: tuple[tuple[Rule, str], ...]

    @property
    def ours(self) -> int:
        """How many of the rules need our module."""
        return sum(rule.type in EXPECTATIONS and EXPECTATIONS[rule.type].module == OURS for rule in self.rules)

    def suite(self) -> dict[str, Any]:
        """The suite in Great Expectations' JSON schema."""
        meta: dict[str, Any] = {"as_of": self.as_of.isoformat()}
        if self.ours:
            meta["import_first"] = MODULE
        return suite(str(self.dataset.id), self.rules, meta | {"left_out": {r.id: why for r, why in self.left_out}})


def export(catalog: Catalog, dataset: Dataset, as_of: date) -> Export:
    """Every rule that the catalog implies or somebody declared, as far as accepted rows can be held against it."""
    declared = declared_rules(catalog.checks.get(dataset.id, ()), catalog.code_lists, as_of)
    fresh = [rule for rule in [fresh_rule(dataset)] if rule]
    rules = _about_accepted((*derive_rules(dataset, catalog.code_lists, as_of), *declared, *fresh), dataset)
    reasons = {rule.id: _why_left_out(rule, dataset) for rule in rules}
    return Export(
        dataset,
        as_of,
        tuple(rule for rule in rules if not reasons[rule.id]),
        tuple((rule, reasons[rule.id]) for rule in rules if reasons[rule.id]),
    )


def _about_accepted(rules: Iterable[Rule], dataset: Dataset) -> list[Rule]:
    """The rules; required is a column whose text is there: of an accepted row text and value are there alike."""
    named = {text_name(column): column.name for column in dataset.columns}
    restated = []
    for rule in rules:
        judged, column = how(rule), rule.kwargs.get("column")
        if isinstance(judged, Missing) and not judged.allowed and column in named and not rule.where:
            rule = replace(rule, kwargs={**rule.kwargs, "column": named[column]})
        restated.append(rule)
    return restated


def _why_left_out(rule: Rule, dataset: Dataset) -> str:
    """Empty when the rule stays."""
    expectation = EXPECTATIONS.get(rule.type)
    if not rule.columns <= {column.name for column in dataset.columns}:
        return "看的是交付时的原文或不合格的行，合格的表里没有"
    if expectation is None:
        return ""
    return why_not(rule) if expectation.module else "要看日期、历史或别的交付，只看这张表判断不了"


def module_text() -> str:
    """Our own types as one Python file that needs Great Expectations and pandas only."""
    return Path(__file__).with_name("gx_types.py").read_text(encoding="utf-8")
