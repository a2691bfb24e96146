"""Every expectation type that we judge ourselves, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from shuyang_data.quality.aggregates import AGGREGATES
from shuyang_data.quality.arguments import wrong_arguments, wrong_condition
from shuyang_data.quality.cells import CELLS
from shuyang_data.quality.field import FIELD
from shuyang_data.quality.kinds import Expectation, Field, How, Reference, Rows, Unique
from shuyang_data.quality.rows import ROWS
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.uniques import UNIQUES

EXPECTATIONS: Mapping[str, Expectation] = {
    expectation.type: expectation for expectation in (*CELLS, *ROWS, *UNIQUES, *AGGREGATES, *FIELD)
}
COMPILED = frozenset(kind for kind, expectation in EXPECTATIONS.items() if not isinstance(expectation.how, Field))


def how(rule: Rule) -> How | None:
    """How the rule is judged; None for a type that only Great Expectations knows."""
    expectation = EXPECTATIONS.get(rule.type)
    return expectation.how if expectation else None


def about_rows(rule: Rule) -> bool:
    """Whether a rule is about single rows, so that those that break it can be named."""
    return isinstance(how(rule), Rows | Unique)


def refers(rule: Rule) -> bool:
    """Whether a rule needs columns of another dataset beside the table's own."""
    return isinstance(how(rule), Reference)


def why_not(rule: Rule) -> str:
    """Why a rule of a type of the table is written wrongly, for people; empty when it is not."""
    expectation = EXPECTATIONS[rule.type]
    if rule.conditions and not expectation.conditional:
        return "这种规则不看单行，不带 row_condition"
    wrong = [wrong_arguments(expectation.arguments, rule.kwargs), *map(wrong_condition, rule.conditions)]
    return next((why for why in wrong if why), "")
