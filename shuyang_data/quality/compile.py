"""Contract → Ibis: the derived rules as flags of the typed rows, as reasons that reject them, and as one aggregate.

They are judged as `suite` judges declared ones; what differs is that the rows they break are marked, because those are
rejected, and that keys are compared among sound rows only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import ibis
from ibis.expr.types import Table, Value

from shuyang_data.quality.expectations import about_rows, refers
from shuyang_data.quality.looked_at import looked_up
from shuyang_data.quality.rule import Rule
from shuyang_data.quality.suite import aggregate, broken_rows, result_of
from shuyang_data.records import Reason, RuleResult
from shuyang_data.standard.damaged import SEEN_MARK

References = Mapping[str, Table]
FAULT = "_fault"


def reference_key(rule: Rule) -> str:
    """Under which name the references hold the table that a rule looks things up in."""
    name = str(rule.kwargs["reference"])
    return f"{name} {rule.id}" if "reference_columns" in rule.kwargs else name


def look_up(typed: Table, rules: Sequence[Rule], references: References, without_case: Collection[str] = ()) -> Table:
    """typed plus what the rules that refer to another dataset find there (`looked_up`), NULL where that lacks the key.

    references: `department/dataset.column` → a table with just that column, unique; for a rule that holds columns
    against it, `department/dataset.column <rule's id>` → that column first, unique, and the wanted ones.
    without_case: columns referred to whose keys do not tell capital letters from small ones.
    """
    table = typed
    for rule in filter(refers, rules):
        target = references[reference_key(rule)]
        wanted = [target.columns[0], *rule.kwargs.get("reference_columns", ())]
        theirs = target.select(**{looked_up(rule, place): target[name] for place, name in enumerate(wanted)})
        ours, known = table[rule.kwargs["column"]], looked_up(rule, 0)
        if str(rule.kwargs["reference"]) in without_case:
            ours, theirs = ours.upper(), theirs.mutate(**{known: theirs[known].upper()})
        table = table.left_join(theirs, ours == theirs[known])
    return table


def flag_rows(typed: Table, rules: Sequence[Rule], references: References, without_case: Collection[str] = ()) -> Table:
    """typed plus `_u<n>` per row-level rule: whether the row breaks the n-th rule."""
    table = look_up(typed, rules, references, without_case)
    flags = {f"_u{n}": broken_rows(table, rule) for n, rule in enumerate(rules) if is_row_level(rule)}
    return table.mutate(**flags)


def is_row_level(rule: Rule) -> bool:
    """Whether the rule speaks about single rows as they were delivered."""
    return about_rows(rule) and rule.column != FAULT and rule.reason is not Reason.DUPLICATE


def judge(flagged: Table, rules: Sequence[Rule]) -> Table:
    """flagged plus `_fault`: `reason:column;` for every cell that rejects the row, empty for a sound row."""
    by_column: dict[str, list[tuple[int, Rule]]] = {}
    for number, rule in enumerate(rules):
        if rule.reason is not None and rule.place is not None and is_row_level(rule):
            by_column.setdefault(rule.place, []).append((number, rule))
    seen = flagged["_read_fault"]
    is_of_cells = seen.startswith(SEEN_MARK)
    fault: Value = ibis.cases(
        (seen.isnull(), ""), (is_of_cells, seen.substr(len(SEEN_MARK))), else_=f"{Reason.ROW_SHAPE}:;"
    )
    for column, its_rules in by_column.items():
        cases = [(flagged[f"_u{number}"], f"{rule.reason}:{column};") for number, rule in its_rules]
        fault = fault + ibis.cases(*cases, else_="")
    return flagged.mutate(**{FAULT: fault})


def count_query(judged: Table, rules: Sequence[Rule]) -> dict[str, Value]:
    """name → scalar; together one aggregate over the judged table: rows, and what `read_counts` reads of each rule."""
    flags = {number: judged[f"_u{number}"] for number, rule in enumerate(rules) if is_row_level(rule)}
    counted = {number: rule for number, rule in enumerate(rules) if number in flags or not about_rows(rule)}
    return aggregate(judged, counted, flags)


def read_counts(counts: Mapping[str, Any], repeated: int, rejected: int, rules: Sequence[Rule]) -> list[RuleResult]:
    """Results per rule from the aggregate's one row.

    repeated: sound rows whose key another sound row has. rejected: rows that the contract refuses, duplicates included.
    """
    results = []
    for number, rule in enumerate(rules):
        if is_row_level(rule) or not about_rows(rule):
            results.append(result_of(rule, number, counts, None))
        else:
            results.append(rule.share_result(counts["rows"] or 0, rejected if rule.column == FAULT else repeated))
    return results
