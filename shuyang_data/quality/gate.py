"""The gate before the commit: what the results of a contract mean for the delivery."""

from __future__ import annotations

from collections.abc import Iterable

from shuyang_data.records import RuleResult, Severity


def blocking_failures(results: Iterable[RuleResult]) -> tuple[str, ...]:
    """Why nothing may be committed, one line per failed blocking rule; empty when the gate is open."""
    return tuple(_line(r) for r in results if r.severity is Severity.BLOCKING and not r.passed)


def failed_rules(results: Iterable[RuleResult]) -> list[RuleResult]:
    return [result for result in results if not result.passed]


def _line(result: RuleResult) -> str:
    if result.observed is not None:
        return f"{result.title}：实有 {result.observed:g} 行"
    share = result.unexpected / result.evaluated if result.evaluated else 0.0
    return f"{result.title}：{result.evaluated} 行中 {result.unexpected} 行不合格（{share:.1%}）"
