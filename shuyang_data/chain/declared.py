"""The declared rules of a dataset: those that reject rows, and those that judge what the derived rules accept; before
anything is committed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import ibis
from ibis.expr.types import Table

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import FRESH_DAYS
from shuyang_data.chain.references import committed, with_references
from shuyang_data.county import County
from shuyang_data.quality.compile import FAULT
from shuyang_data.quality.derive import declared_rules, fresh_rule
from shuyang_data.quality.expectations import EXPECTATIONS, how, refers, why_not
from shuyang_data.quality.field import STABLE, USUAL
from shuyang_data.quality.kinds import Fetch, Field, Rows, Surroundings
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import MISFITS, assess, broken_rows
from shuyang_data.records import Delivery, DeliveryState, Reason, RuleResult, Severity

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Declared:
    """A dataset's declared rules by how they are run. wrong: rule → why it is no expectation."""

    rejecting: tuple[Rule, ...] = ()
    compiled: tuple[Rule, ...] = ()
    field: tuple[Rule, ...] = ()
    others: tuple[Rule, ...] = ()
    wrong: tuple[tuple[Rule, str], ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (*self.rejecting, *self.compiled, *self.field, *self.others)


def declared(county: County, dataset: Dataset) -> Declared:
    """The rules of the dataset's `quality_checks` file, and the one about its update cycle."""
    rules = declared_rules(county.catalog.checks.get(dataset.id, ()), county.catalog.code_lists, county.as_of)
    fresh = tuple(rule for rule in (fresh_rule(dataset),) if rule is not None)
    wrong = {rule.id: why for rule in rules if (why := _why_not(rule))}
    good = [rule for rule in rules if rule.id not in wrong]
    rejecting = [rule for rule in good if _rejects(rule)]
    rest = [rule for rule in good if rule not in rejecting]
    field = [rule for rule in rest if isinstance(how(rule), Field)]
    others = [rule for rule in rest if rule.type not in EXPECTATIONS]
    return Declared(
        rejecting=tuple(replace(rule, reason=Reason.CHECK) for rule in rejecting),
        compiled=tuple(rule for rule in rest if rule not in field and rule not in others),
        field=(*fresh, *field),
        others=tuple(others),
        wrong=tuple((rule, wrong[rule.id]) for rule in rules if rule.id in wrong),
    )


def _why_not(rule: Rule) -> str:
    """Why the rule cannot be run as it is written; empty when it can. Great Expectations is asked about its own types
    only: its import takes seconds.
    """
    if rule.type in EXPECTATIONS:
        return why_not(rule)
    from shuyang_data.quality.gx import why_not_runnable

    return why_not_runnable(rule)


def _rejects(rule: Rule) -> bool:
    """Whether rows are rejected that break the rule: it says 阻断, and speaks about what stands in a single row."""
    return rule.severity is Severity.BLOCKING and isinstance(how(rule), Rows) and not refers(rule)


def reject_rows(county: County, rules: Sequence[Rule], judged: Table) -> tuple[Table, list[RuleResult]]:
    """judged with `_fault` for every row, sound until now, that breaks one of the rules; what each of them found.

    Such a rule rejects rows. It stops the delivery only when it has a `mostly` and a smaller share is as expected; the
    data set's own limit for rejected rows holds besides.
    """
    if not rules:
        return judged, []
    sound = judged[FAULT] == ""
    results, unfit = assess(judged.filter(sound), rules, county.engine.fetch)
    fault = judged[FAULT]
    for rule in (rule for rule in rules if rule not in [bad for bad, _ in unfit]):
        broken = broken_rows(judged, rule)
        fault = fault + ibis.ifelse(sound & broken, f"{Reason.CHECK}:{rule.id};", "")
    shares = {rule.id for rule in rules if "mostly" in rule.kwargs}
    told = [r if r.rule_id in shares and not r.passed else _told(r) for r in results]
    found = [*told, *(rule.not_assessable(f"规则写法不对（{why}）") for rule, why in unfit)]
    return judged.mutate(**{FAULT: fault}), found


def _told(result: RuleResult) -> RuleResult:
    """A rule that rejected its rows and stops nothing: what it found is to be corrected at the source."""
    return replace(result, severity=Severity.RECTIFY, passed=not result.unexpected)


def judge_accepted(
    county: County, dataset: Dataset, found: Declared, accepted: Table, live: Sequence[Delivery]
) -> list[RuleResult]:
    """The results of every rule that judges the rows as a whole.

    What is compiled costs one aggregate query; what needs other tables one small query each; other types run on Great
    Expectations' own engine over a frame in memory. A rule that cannot be assessed did not pass.
    """
    fetch = county.engine.fetch
    columns = [column.name for column in dataset.columns]
    around = _surroundings(county, dataset, found, live)
    table, unknown = with_references(county, found.compiled, accepted.select(*columns))
    results, unfit = assess(table, [rule for rule in found.compiled if rule not in unknown], fetch)
    results += [_judge_field(rule, table, around, fetch) for rule in found.field]
    if found.others:
        from shuyang_data.quality.gx import judge_frame

        kinds = "、".join(sorted({rule.type for rule in found.others}))
        LOG.warning("由 Great Expectations 自己的引擎逐行检查：%s", kinds)
        results += judge_frame(county.engine.frame(accepted), found.others)
    results += [rule.not_assessable("所引用的数据集还没有数据") for rule in unknown]
    return [*results, *(rule.not_assessable(f"规则写法不对（{why}）") for rule, why in (*found.wrong, *unfit))]


def _surroundings(county: County, dataset: Dataset, found: Declared, live: Sequence[Delivery]) -> Surroundings:
    kinds = {rule.type for rule in found.field}
    before = county.standard_files(dataset.id) if STABLE in kinds else []
    return Surroundings(
        data_on=max(delivery.data_on for delivery in live),
        as_of=county.as_of,
        rows=live[-1].rows or 0,
        cycle=FRESH_DAYS[dataset.frequency],
        references=committed(county, found.field),
        previous=county.engine.parquet(before) if before else None,
        history=_history(county, dataset, live[-1]) if USUAL in kinds else (),
    )


def _history(county: County, dataset: Dataset, newest: Delivery) -> list[tuple[date, int]]:
    read = (d for d in county.registry.deliveries(dataset.id) if d.state is DeliveryState.READ and d.id != newest.id)
    return [(delivery.data_on, delivery.rows or 0) for delivery in read]


def _judge_field(rule: Rule, table: Table, around: Surroundings, fetch: Fetch) -> RuleResult:
    judged = how(rule)
    assert isinstance(judged, Field), rule.type
    try:
        found = judged.judge(table, rule, around, fetch)
    except MISFITS as error:
        return rule.not_assessable(f"规则写法不对（{' '.join(str(error).split())[:200]}）")
    if found is None:
        return rule.not_assessable("没有可比的历史或数据")
    return rule.result(found.looked_at, found.unexpected, found.passed, found.observed)
