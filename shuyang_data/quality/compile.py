"""Contract → Ibis: each expectation type as one boolean expression, a whole suite as one aggregate query.

Semantics are Great Expectations': a column-map expectation looks at rows where its column is not NULL,
passes when the share of expected values reaches `mostly`, and a table without such rows passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, IntegerScalar, Table, Value

from shuyang_data.quality.derive import AGREE, Rule
from shuyang_data.quality.values import like
from shuyang_data.records import Reason, RuleResult
from shuyang_data.standard.identifiers import valid_credit_code, valid_resident_id

References = Mapping[str, Table]
Unexpected = Callable[[Table, Rule], BooleanValue]
UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")
FOREIGN = "expect_column_values_to_exist_in_dataset"
FAULT = "_fault"
ROW_COUNT = "expect_table_row_count_to_be_between"


def _column(table: Table, rule: Rule) -> Value:
    return table[rule.kwargs["column"]]


def _between(value: Value, rule: Rule) -> BooleanValue:
    low, high = (like(value, rule.kwargs.get(bound)) for bound in ("min_value", "max_value"))
    below = None if low is None else (value <= low if rule.kwargs.get("strict_min") else value < low)
    above = None if high is None else (value >= high if rule.kwargs.get("strict_max") else value > high)
    if below is None or above is None:
        found: BooleanValue = ibis.literal(False) if below is above else above if below is None else below
        return found
    return below | above


def _set(table: Table, rule: Rule) -> list[Any]:
    return [like(_column(table, rule), value) for value in rule.kwargs["value_set"]]


# Expectation type → which rows are not as expected. NULL counts as expected unless the type says otherwise.
UNEXPECTED: dict[str, Unexpected] = {
    "expect_column_values_to_not_be_null": lambda t, r: _column(t, r).isnull(),
    "expect_column_values_to_be_null": lambda t, r: _column(t, r).notnull(),
    "expect_column_values_to_be_in_set": lambda t, r: _column(t, r).notin(_set(t, r)),
    "expect_column_values_to_not_be_in_set": lambda t, r: _column(t, r).isin(_set(t, r)),
    "expect_column_values_to_be_between": lambda t, r: _between(_column(t, r), r),
    "expect_column_values_to_match_regex": lambda t, r: ~_column(t, r).re_search(r.kwargs["regex"]),
    "expect_column_values_to_not_match_regex": lambda t, r: _column(t, r).re_search(r.kwargs["regex"]),
    "expect_column_value_lengths_to_be_between": lambda t, r: _between(_column(t, r).length(), r),
    "expect_column_values_to_be_valid_resident_id": lambda t, r: ~valid_resident_id(_column(t, r), r.kwargs["today"]),
    "expect_column_values_to_be_valid_credit_code": lambda t, r: ~valid_credit_code(_column(t, r)),
    "expect_column_values_to_exist_in_dataset": lambda t, r: _column(t, r).notnull() & t[_found_column(r)].isnull(),
}
NULL_KINDS = ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")


def agree_key(rule: Rule) -> str:
    """Under which name the references hold what a rule's columns are to agree with."""
    return f"{rule.kwargs['reference']} {rule.id}"


def agree_name(rule: Rule, place: int) -> str:
    """The column of the looked-up table that holds what the other dataset says."""
    return f"_agree_{rule.id.replace('.', '_')}_{place}"


def _found_column(rule: Rule) -> str:
    return f"_found_{rule.column}"


def unexpected(table: Table, rule: Rule) -> BooleanValue:
    """True for the rows that break the rule, never NULL."""
    broken = UNEXPECTED[rule.type](table, rule).fill_null(False)
    return broken & table[rule.where].notnull() if rule.where else broken


def look_up(typed: Table, rules: Sequence[Rule], references: References) -> Table:
    """typed plus one `_found_…` column per foreign key: NULL where the other dataset lacks the value; and the columns
    that are held against another dataset, as it has them.

    references: `department/dataset.column` → a table with just that column, unique; for a rule that holds columns
    against it, `department/dataset.column <rule's id>` → that column first, unique, and the wanted ones.
    """
    table = typed
    for number, rule in enumerate(rules):
        if rule.type == AGREE:
            target = references[agree_key(rule)]
            theirs = target.select(
                **{f"_key_{number}": target[target.columns[0]]},
                **{agree_name(rule, n): target[theirs] for n, theirs in enumerate(rule.kwargs["reference_columns"])},
            )
            table = table.left_join(theirs, table[rule.kwargs["column"]] == theirs[f"_key_{number}"])
        if rule.type != FOREIGN:
            continue
        found = _found_column(rule)
        target = references[rule.kwargs["reference"]]
        keys = target.select(**{found: target[target.columns[0]]})
        table = table.left_join(keys, table[rule.kwargs["column"]] == keys[found])
    return table


def flag_rows(typed: Table, rules: Sequence[Rule], references: References) -> Table:
    """typed plus `_u<n>` per row-level rule: whether the row breaks the n-th rule."""
    table = look_up(typed, rules, references)
    flags = {f"_u{n}": unexpected(table, rule) for n, rule in enumerate(rules) if is_row_level(rule)}
    return table.mutate(**flags)


def is_row_level(rule: Rule) -> bool:
    """Whether the rule speaks about single rows as they were delivered."""
    return rule.type in UNEXPECTED and rule.column != FAULT


def judge(flagged: Table, rules: Sequence[Rule]) -> Table:
    """flagged plus `_fault`: `reason:column;` for every cell that rejects the row, empty for a sound row."""
    by_column: dict[str, list[tuple[int, Rule]]] = {}
    for number, rule in enumerate(rules):
        if rule.reason is not None and rule.column is not None and is_row_level(rule):
            by_column.setdefault(rule.column, []).append((number, rule))
    fault: Value = ibis.ifelse(flagged["_read_fault"].notnull(), f"{Reason.ROW_SHAPE}:;", "")
    for column, its_rules in by_column.items():
        cases = [(flagged[f"_u{number}"], f"{rule.reason}:{column};") for number, rule in its_rules]
        fault = fault + ibis.cases(*cases, else_="")
    return flagged.mutate(**{FAULT: fault})


def count_query(judged: Table, rules: Sequence[Rule]) -> dict[str, IntegerScalar]:
    """name → scalar; together one aggregate over the judged table: rows, and per rule evaluated and unexpected."""
    scalars: dict[str, IntegerScalar] = {"rows": judged.count()}
    for number, rule in enumerate(rules):
        if is_row_level(rule):
            name = _evaluated_name(rule)
            if name != "rows":
                scalars[name] = judged[name.removeprefix("filled_")].count()
            scalars[f"u{number}"] = judged[f"_u{number}"].sum()
    return scalars


def _evaluated_name(rule: Rule) -> str:
    """Which count says how many rows the rule looked at: a null rule without a condition looks at all."""
    if rule.type in NULL_KINDS:
        return f"filled_{rule.where}" if rule.where else "rows"
    return f"filled_{rule.kwargs['column']}"


def read_counts(
    counts: Mapping[str, int | None], repeated: int, rejected: int, rules: Sequence[Rule]
) -> list[RuleResult]:
    """Results per rule from the aggregate's one row.

    repeated: sound rows whose key another sound row has. rejected: rows that the contract refuses, duplicates included.
    """
    rows = counts["rows"] or 0
    results = []
    for number, rule in enumerate(rules):
        if rule.type == ROW_COUNT:
            results.append(_row_count_result(rule, rows))
            continue
        if rule.type in UNIQUE:
            evaluated, broken = rows, repeated
        elif rule.column == FAULT:
            evaluated, broken = rows, rejected
        else:
            evaluated, broken = counts[_evaluated_name(rule)] or 0, counts[f"u{number}"] or 0
        share = 1.0 if evaluated == 0 else (evaluated - broken) / evaluated
        results.append(rule.result(evaluated, broken, share >= rule.kwargs.get("mostly", 1.0)))
    return results


def _row_count_result(rule: Rule, rows: int) -> RuleResult:
    low, high = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    passed = (low is None or rows >= low) and (high is None or rows <= high)
    return rule.result(rows, 0, passed, observed=float(rows))
