"""Masked examples of failing rows: enough for the department to find them, too little to leak a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shuyang_data.catalog.checks import argument_columns
from shuyang_data.catalog.model import Dataset
from shuyang_data.classify.traces import looks_personal
from shuyang_data.quality.rule import Rule
from shuyang_data.records import Reason, RuleResult

EXAMPLES = 3
PLAIN_GRADE = 1


def masked_examples(
    results: Iterable[RuleResult], rules: Sequence[Rule], rows: Sequence[Mapping[str, Any]], dataset: Dataset
) -> list[RuleResult]:
    """The results with up to three examples each, from rejected rows with `_fault` and texts (`_text_<column>`)."""
    faults = {rule.id: fault_name(rule, dataset) for rule in rules if rule.reason is not None}
    columns = {faults[rule.id]: fault_columns(rule, dataset) for rule in rules if rule.id in faults}
    by_fault: dict[str, list[str]] = {}
    for row in rows:
        for fault in row["_fault"].rstrip(";").split(";"):
            found = by_fault.setdefault(fault, [])
            if len(found) < EXAMPLES:
                found.append(_example(row, columns.get(fault, []), dataset))
    return [replace(r, examples=tuple(by_fault.get(faults.get(r.rule_id, ""), ()))) for r in results]


def with_failing(
    results: Iterable[RuleResult], rules: Sequence[Rule], failing: Mapping[str, Sequence[Mapping[str, Any]]],
    dataset: Dataset,
) -> list[RuleResult]:  # fmt: skip
    """The results with examples of accepted rows that break a rule; failing: rule → rows with `_text_<column>`."""
    columns = {rule.id: fault_columns(rule, dataset) for rule in rules if rule.id in failing}
    examples = {
        name: tuple(_example(row, columns[name], dataset) for row in rows[:EXAMPLES]) for name, rows in failing.items()
    }
    return [replace(r, examples=examples.get(r.rule_id, r.examples)) for r in results]


def fault_name(rule: Rule, dataset: Dataset) -> str:
    """What a rejected row carries of the rule, without the semicolon that ends it."""
    if rule.reason is Reason.CHECK:
        return f"{rule.reason}:{rule.id}"
    return f"{rule.reason}:{'+'.join(dataset.key) if rule.id == 'table.key' else rule.place}"


def fault_columns(rule: Rule, dataset: Dataset) -> list[str]:
    """The columns whose values show why the rule does not hold."""
    if rule.id == "table.key":
        return list(dataset.key)
    known = {column.name for column in dataset.columns}
    return [name for name in dict.fromkeys([rule.column, *argument_columns(rule.kwargs)]) if name in known]


def _example(row: Mapping[str, Any], columns: Sequence[str], dataset: Dataset) -> str:
    values = [mask_by_grade(row[f"_text_{name}"], dataset.column(name).grade) for name in columns]
    return f"第 {row['_row_number']} 行 {'，'.join(values)}".rstrip()


def mask_by_grade(value: str | None, grade: int) -> str:
    """A value as it may stand in a report: whole at grade 1 unless it looks like somebody's, else its first and last
    character. What was typed into the wrong column has not that column's grade.
    """
    if value is None or not value.strip():
        return "（空）"
    is_plain = grade <= PLAIN_GRADE and not looks_personal(value)
    if is_plain or len(value) <= 1:
        return value if is_plain else "*"
    return f"{value[0]}{'*' * min(len(value) - 2, 8)}{value[-1]}" if len(value) > 2 else f"{value[0]}*"
