"""Rules that the accepted rows of a dataset already keep, proposed with how many of them do; a person decides.

A rule is proposed when at least 99 of 100 rows keep it and there are rows enough to tell. What the catalog says already
is not proposed again, and no value of a column of grade 3 or 4 stands in a proposal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from shuyang_data.catalog.model import Column, Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.quality.field import EARLIER
from shuyang_data.quality.kinds import Fetch
from shuyang_data.quality.proposals import (
    ENOUGH,
    NUMBERS,
    SUPPORT,
    TIMES,
    Suggestion,
    kept,
    of_pairs,
    of_references,
    propose,
)

SET_SIZE, ROWS_A_VALUE = 20, 20
SHAPE_LENGTH = 40
# Among fewer rows even names and addresses are all different by chance.
ROWS_TO_DIFFER = 200
SENSITIVE = 3
# What a text looks like that was read in a wrong encoding, or lost characters on its way.
PLACEHOLDER = r"^(?:无|暂无|不详|未知|空|待定|待补|测试|[-—/.*]+|(?i:null|none|n/a|na|test))$"
UNREADABLE = "\ufffd|锟斤|烫烫|屯屯|ï»¿|â€|鈥|[?？]{3,}|[锛鍙鐨涓浜鏈]{2,}|[\ue000-\uf8ff]"


@dataclass(frozen=True)
class Profile:
    """What was counted of a table. columns: name → filled, different, low, high, long, readable, meant; sets: name →
    values; shapes: name → (form with 9 for digits and A for letters, rows that have it).
    """

    rows: int
    columns: Mapping[str, Mapping[str, Any]]
    sets: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    shapes: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def suggest(
    table: Table, dataset: Dataset, fetch: Fetch, deliveries: int, today: date,
    parents: Mapping[str, tuple[Dataset, Table]],
) -> list[Suggestion]:  # fmt: skip
    """Every proposal for a dataset. table: its accepted rows; deliveries: how many were read; parents: the datasets
    that its columns refer to, each with its accepted rows.
    """
    profile = _profile(table, dataset, fetch)
    found = [s for column in dataset.columns for s in _of_column(column, dataset, profile, today)]
    found += of_pairs(table, dataset, profile.columns, fetch)
    found += of_references(table, dataset, parents, fetch)
    found += _different_rows(table, dataset, profile, fetch)
    if deliveries > EARLIER:
        kind, title = "expect_table_row_count_to_follow_history", "行数与历次交付相当"
        found.append(propose("usual_rows", kind, {}, "0202", title, deliveries, deliveries, "advice"))
    return found


def _profile(table: Table, dataset: Dataset, fetch: Fetch) -> Profile:
    scalars: dict[str, Any] = {"rows": table.count()}
    for column in dataset.columns:
        value = table[column.name]
        scalars |= {f"{column.name}|filled": value.count(), f"{column.name}|different": value.nunique()}
        if column.type is Type.TEXT:
            readable = table.count(where=value.notnull() & ~value.re_search(UNREADABLE))
            meant = table.count(where=value.notnull() & ~value.re_search(PLACEHOLDER))
            scalars |= {f"{column.name}|long": value.length().max(), f"{column.name}|readable": readable}
            scalars |= {f"{column.name}|meant": meant}
        elif column.type in (*NUMBERS, *TIMES):
            scalars |= {f"{column.name}|low": value.min(), f"{column.name}|high": value.max()}
    counted = fetch(table.aggregate(**scalars))[0]
    columns: dict[str, dict[str, Any]] = {column.name: {} for column in dataset.columns}
    for key, value in counted.items():
        name, _, what = key.rpartition("|")
        if name:
            columns[name][what] = value
    sets, shapes = {}, {}
    for column in dataset.columns:
        if column.type is not Type.TEXT or column.grade >= SENSITIVE or columns[column.name]["filled"] < ENOUGH:
            continue
        if _is_set(column, columns[column.name]):
            rows = fetch(table.select(v=table[column.name]).filter(ibis._.v.notnull()).distinct().order_by("v"))
            sets[column.name] = [row["v"] for row in rows]
        elif columns[column.name]["long"] <= SHAPE_LENGTH and not (column.check or column.pattern or column.code_list):
            shapes[column.name] = _shape(table, column.name, fetch)
    return Profile(counted["rows"], columns, sets, shapes)


def _is_set(column: Column, counted: Mapping[str, Any]) -> bool:
    few = counted["different"] <= SET_SIZE and counted["different"] * ROWS_A_VALUE <= counted["filled"]
    return few and column.code_list is None and column.references is None


def _shape(table: Table, name: str, fetch: Fetch) -> tuple[str, int]:
    """The commonest form of a column's texts."""
    form = table[name].re_replace("[0-9]", "9").re_replace("[A-Za-z]", "A")
    forms = table.filter(table[name].notnull()).group_by(form=form).aggregate(rows=ibis._.count())
    (found,) = fetch(forms.order_by([ibis.desc("rows"), "form"]).limit(1))
    return found["form"], found["rows"]


def _of_column(column: Column, dataset: Dataset, profile: Profile, today: date) -> Iterator[Suggestion]:
    name, counted = column.name, profile.columns[column.name]
    filled, rows = counted["filled"], profile.rows
    if not column.required and kept(filled, rows):
        kind, title = "expect_column_values_to_not_be_null", f"{column.title}：应填"
        yield propose(f"{name}_filled", kind, {"column": name}, "0201", title, filled, rows)
    if filled < ENOUGH:
        return
    if counted["different"] == filled >= ROWS_TO_DIFFER and dataset.key != (name,) and column.type is Type.TEXT:
        kind, title = "expect_column_values_to_be_unique", f"{column.title}：不重复"
        yield propose(f"{name}_unique", kind, {"column": name}, "0304", title, filled, filled)
    if name in profile.sets:
        kwargs: dict[str, Any] = {"column": name, "value_set": list(profile.sets[name])}
        kind, title = "expect_column_values_to_be_in_set", f"{column.title}：只有这 {len(profile.sets[name])} 个值"
        yield propose(f"{name}_values", kind, kwargs, "0105", title, filled, filled)
    if column.type in NUMBERS and column.minimum is None and column.maximum is None and column.grade < SENSITIVE:
        low, high = _nice(float(counted["low"]), up=False), _nice(float(counted["high"]), up=True)
        kwargs = {"column": name, "min_value": low, "max_value": high}
        kind, title = "expect_column_values_to_be_between", f"{column.title}：在 {low:g} 至 {high:g} 之间"
        yield propose(f"{name}_range", kind, kwargs, "0302", title, filled, filled)
    if column.type in TIMES and str(counted["high"])[:10] <= today.isoformat():
        kind, title = "expect_column_dates_to_not_be_in_future", f"{column.title}：不晚于检查当天"
        yield propose(f"{name}_past", kind, {"column": name}, "0301", title, filled, filled)
    if column.type is Type.TEXT and not (column.check or column.code_list or column.pattern):
        yield from _of_text(column, counted)
    yield from _of_shape(column, profile, filled)


def _of_text(column: Column, counted: Mapping[str, Any]) -> Iterator[Suggestion]:
    """Free texts: nothing unreadable, nothing that only fills the place."""
    name, kind = column.name, "expect_column_values_to_not_match_regex"
    for what, regex, said in (("readable", UNREADABLE, "没有乱码"), ("meant", PLACEHOLDER, "没有占位的字")):
        if kept(counted[what], counted["filled"]):
            kwargs, title = {"column": name, "regex": regex}, f"{column.title}：{said}"
            yield propose(f"{name}_{what}", kind, kwargs, "0305", title, counted[what], counted["filled"])


def _of_shape(column: Column, profile: Profile, filled: int) -> Iterator[Suggestion]:
    form, held = profile.shapes.get(column.name, ("", 0))
    if held < SUPPORT * filled or not set(form) & {"9", "A"} or not form.isascii():
        return
    kwargs, title = {"column": column.name, "regex": f"^{_regex(form)}$"}, f"{column.title}：形如 {form}"
    kind = "expect_column_values_to_match_regex"
    yield propose(f"{column.name}_form", kind, kwargs, "0302", title, held, filled)


def _different_rows(table: Table, dataset: Dataset, profile: Profile, fetch: Fetch) -> Iterator[Suggestion]:
    """Nothing is there twice under two numbers: without its key every row still differs from every other."""
    names = [column.name for column in dataset.columns if column.name not in dataset.key]
    if len(names) < 2 or profile.rows < ROWS_TO_DIFFER:
        return
    different = ibis.struct({name: table[name] for name in names}).nunique()
    if fetch(table.aggregate(n=different))[0]["n"] == profile.rows:
        kind, title = "expect_compound_columns_to_be_unique", "除主键外，没有内容相同的两行"
        yield propose("rows_differ", kind, {"column_list": names}, "0303", title, profile.rows, profile.rows)


def _regex(form: str) -> str:
    """A form as a regular expression: runs of digits and letters counted, the rest as it is."""
    parts, rest = [], form
    while rest:
        first = rest[0]
        run = len(rest) - len(rest.lstrip(first))
        kind = {"9": "[0-9]", "A": "[A-Za-z]"}.get(first, first if first.isalnum() else f"\\{first}")
        parts.append(kind if run == 1 else f"{kind}{{{run}}}")
        rest = rest[run:]
    return "".join(parts)


def _nice(value: float, *, up: bool) -> float:
    """The next number of one digit, outwards: 0 for a smallest value that is not negative."""
    if value == 0 or (value > 0 and not up):
        return 0.0
    size = 10.0 ** math.floor(math.log10(abs(value)))
    found: float = (math.ceil if up else math.floor)(value / size) * size
    return found
