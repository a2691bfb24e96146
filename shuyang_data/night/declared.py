"""The declared rules of a dataset, judged on the rows that the derived rules accept; before anything is committed."""

from __future__ import annotations

import logging

from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.night.county import County
from shuyang_data.quality.derive import Rule, declared_rules
from shuyang_data.quality.suite import COMPILED, run
from shuyang_data.records import RuleResult

LOG = logging.getLogger(__name__)


def judge_declared(county: County, dataset: Dataset, accepted: Table) -> tuple[tuple[Rule, ...], list[RuleResult]]:
    """(rules, results) of the dataset's `quality_checks` file; nothing when it has none.

    What is compiled costs one aggregate query; other types run on Great Expectations' own engine over a frame in
    memory. A rule that is no expectation (an unknown type, wrong arguments) cannot be assessed, and did not pass.
    """
    declared = declared_rules(county.catalog.checks.get(dataset.id, ()))
    if not declared:
        return (), []
    # The import takes seconds: only a dataset that needs it pays for it.
    from shuyang_data.quality.gx import judge_frame, why_not_runnable

    wrong = {rule.id: why for rule in declared if (why := why_not_runnable(rule))}
    rules = tuple(rule for rule in declared if rule.id not in wrong)
    compiled = [rule for rule in rules if rule.type in COMPILED]
    table = accepted.select(*(column.name for column in dataset.columns))
    results = run(table, compiled, county.engine.fetch) if compiled else []
    others = [rule for rule in rules if rule.type not in COMPILED]
    if others:
        kinds = "、".join(sorted({rule.type for rule in others}))
        LOG.warning("由 Great Expectations 自己的引擎逐行检查：%s", kinds)
        results += judge_frame(county.engine.frame(accepted), others)
    return rules, [*results, *(_not_assessable(rule, wrong[rule.id]) for rule in declared if rule.id in wrong)]


def _not_assessable(rule: Rule, why: str) -> RuleResult:
    return RuleResult(
        rule_id=rule.id, expectation=rule.type, column=rule.column, title=f"{rule.title}：规则写法不对（{why}）",
        severity=rule.severity, indicator=rule.indicator, evaluated=0, unexpected=0, passed=False, assessable=False,
    )  # fmt: skip
