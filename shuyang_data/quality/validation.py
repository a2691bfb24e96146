"""Rules and results in Great Expectations' own JSON schemas, without importing it: the import costs seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from shuyang_data.catalog.checks import Condition
from shuyang_data.quality.rule import Rule
from shuyang_data.records import RuleResult, Severity

SEVERITIES = {Severity.BLOCKING: "critical", Severity.RECTIFY: "warning", Severity.ADVICE: "info"}
UNRAISED = {"raised_exception": False, "exception_traceback": None, "exception_message": None}


def configuration(rule: Rule) -> dict[str, Any]:
    """The rule as an expectation configuration: the form in which Great Expectations keeps and takes it."""
    kwargs = {name: _plain(value) for name, value in rule.kwargs.items() if value is not None}
    looked_at = _row_condition(rule)
    return {
        "type": rule.type,
        "kwargs": kwargs | ({"row_condition": looked_at} if looked_at else {}),
        "meta": {"rule": rule.id, "indicator": rule.indicator, "severity": rule.severity.value},
        "description": rule.title,
        "severity": SEVERITIES[rule.severity],
    }


def suite(name: str, rules: Sequence[Rule], meta: Mapping[str, Any] = {}) -> dict[str, Any]:
    """The rules as an expectation suite, as `ExpectationSuite(**…)` takes it."""
    about = {"great_expectations_version": version("great_expectations"), **meta}
    return {"name": name, "id": None, "expectations": [configuration(rule) for rule in rules], "meta": about}


def validation_result(name: str, rules: Sequence[Rule], results: Sequence[RuleResult], run_id: str) -> dict[str, Any]:
    """What the rules found as a suite's validation result: a dict of JSON values."""
    by_id = {result.rule_id: result for result in results}
    parts = [_part(rule, by_id[rule.id]) for rule in rules]
    passed = sum(part["success"] for part in parts)
    return {
        "success": passed == len(parts),
        "results": parts,
        "suite_name": name,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": len(parts),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(parts) - passed,
            "success_percent": 100.0 * passed / len(parts) if parts else None,
        },
        "meta": {"run_id": run_id, "great_expectations_version": version("great_expectations")},
        "id": None,
    }


def _part(rule: Rule, result: RuleResult) -> dict[str, Any]:
    share = 100.0 * result.unexpected / result.evaluated if result.evaluated else 0.0
    detail: dict[str, Any] = {
        "element_count": result.evaluated,
        "unexpected_count": result.unexpected,
        "unexpected_percent": share,
        "partial_unexpected_list": list(result.examples),
    }
    if result.observed is not None:
        whole = result.observed.is_integer()
        detail = {"observed_value": int(result.observed) if whole else result.observed}
    return {
        "success": result.passed,
        "expectation_config": configuration(rule),
        "result": detail,
        "meta": {},
        "exception_info": dict(UNRAISED),
    }


def _row_condition(rule: Rule) -> dict[str, Any] | None:
    """None when the rule looks at every row."""
    parts = [_condition(condition) for condition in rule.conditions]
    if rule.where:
        parts.append(_nullity(rule.where, is_null=False))
    if len(parts) > 1:
        return {"type": "and", "conditions": parts}
    return parts[0] if parts else None


def _condition(condition: Condition) -> dict[str, Any]:
    if condition.operator in ("is_null", "is_not_null"):
        return _nullity(condition.column, is_null=condition.operator == "is_null")
    sign = condition.operator.upper() if condition.operator in ("in", "not_in") else condition.operator
    compared = {"operator": sign, "parameter": _plain(condition.value)}
    return {"type": "comparison", "column": {"name": condition.column}} | compared


def _nullity(column: str, *, is_null: bool) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": column}, "is_null": is_null}


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
