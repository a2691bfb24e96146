"""Evidence about a column → what it is, how sure that is, and why, in words that an officer can weigh."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
from ibis import selectors
from ibis.expr.types import BooleanValue, Table, Value

from shuyang_data.catalog.terms import Kind
from shuyang_data.classify.content import About, Text, text_forms
from shuyang_data.classify.detectors import DETECTORS, Detector

IDENTIFYING = (Kind.BIRTH_DATE, Kind.ADDRESS, Kind.NAME)
QUASI_NAMES = re.compile(r"性别|民族|出生|年龄|职业|学历|婚姻|籍贯|邮编|住址|单位|xb$|mz$|csrq", re.IGNORECASE)
ENOUGH_QUASI = 3
SPREAD_ROWS = 1000
MIXED = 0.8
# A kind is counted in the whole table when a sample comes at least so near to what would decide.
WORTH_COUNTING = 0.5
VALUES = {"column": "string", "value": "string", "times": "int64"}


@dataclass(frozen=True)
class Evidence:
    """Counts over one column. filled: values; distinct: about how many different; hits, inside: per kind.

    worn: values of which only the remains are there.
    plain: no value has blanks, full-width or small letters, or marks inside.
    """

    filled: int
    distinct: int
    hits: Mapping[Kind, int]
    inside: Mapping[Kind, int]
    worn: Mapping[Kind, int] = field(default_factory=dict)
    plain: bool = False

    def share(self, kind: Kind) -> float:
        return self.hits.get(kind, 0) / self.filled if self.filled else 0.0

    def share_named(self, kind: Kind) -> float:
        """The share that counts under a heading that names the kind: whole values, and what is left of others."""
        return (self.hits.get(kind, 0) + self.worn.get(kind, 0)) / self.filled if self.filled else 0.0

    def share_inside(self, kind: Kind) -> float:
        return self.inside.get(kind, 0) / self.filled if self.filled else 0.0


@dataclass(frozen=True)
class Finding:
    """What a column is. confidence: 0 to 1; grade: the least it deserves; reason: for the officer.

    share: of the values that are, or hold, such content.
    """

    column: str
    kind: Kind
    title: str
    grade: int
    confidence: float
    reason: str
    share: float = 0.0


def distinct_values(table: Table, columns: Sequence[str]) -> Table:
    """(column, value, times): every different value of every column once, so that codes cost next to nothing."""
    texts = table.select(**{name: table[name].cast("string").nullif("") for name in columns})
    values = texts.pivot_longer(selectors.all(), names_to="column", values_to="value")
    filled = values.filter(values["value"].notnull())
    found: Table = filled.group_by(["column", "value"]).aggregate(times=filled.count())
    return found


def evidence_query(values: Table, about: About) -> Table:
    """One row a column with its evidence, in one query; values: as `distinct_values` gives them."""
    forms = text_forms(values["value"])
    values = values.mutate(half=forms.half, bare=forms.bare)
    text = Text(values["half"], values["bare"])
    seen: dict[str, Value] = {
        "filled": values["times"].sum(), "distinct": values.count(), "dressed": (text.bare != values["value"]).sum(),
    }  # fmt: skip
    for detector in DETECTORS:
        for name, looks in _looks(detector, text, about).items():
            seen[name] = ibis.ifelse(looks, values["times"], 0).sum()
    found: Table = values.group_by("column").aggregate(**seen)
    return found


def _looks(detector: Detector, text: Text, about: About) -> dict[str, BooleanValue]:
    """What is counted of a detector: its kind, whether a value looks so; `<kind>_inside`, whether it holds one."""
    functions = {
        str(detector.kind): detector.content, f"{detector.kind}_inside": detector.inside,
        f"{detector.kind}_worn": detector.worn,
    }  # fmt: skip
    return {name: function(text, about).fill_null(False) for name, function in functions.items() if function}


def whole_table_query(
    table: Table, evidence: Mapping[str, Evidence], headings: Mapping[str, Sequence[str]], about: About
) -> Table | None:
    """One row that counts, in every value of the table, the kinds that a sample or a heading speaks for; see
    `read_whole_table`. None when nothing speaks for any.
    """
    counted: dict[str, Value] = {}
    for column, seen in evidence.items():
        value = table[column].cast("string").nullif("")
        text = Text(value, value) if seen.plain else text_forms(value)
        likely = [d for d in DETECTORS if _worth_counting(d, seen, " ".join(headings[column]))]
        for detector in likely:
            for name, looks in _looks(detector, text, about).items():
                counted[f"{column}|{name}"] = looks.sum()
        if likely:
            counted[f"{column}|filled"] = text.half.nullif("").count()
            counted[f"{column}|distinct"] = text.half.approx_nunique()
    found: Table | None = table.aggregate(**counted) if counted else None
    return found


def _worth_counting(detector: Detector, seen: Evidence, headings: str) -> bool:
    named = _is_named(detector, headings)
    least = min(detector.named, detector.alone) if named else detector.alone
    share = seen.share_named(detector.kind) if named else seen.share(detector.kind)
    near = least <= 1 and share >= WORTH_COUNTING * least
    near |= detector.kind is Kind.RESIDENT_ID and seen.share(Kind.CREDIT_CODE) >= 1 - MIXED
    return near or seen.share_inside(detector.kind) >= WORTH_COUNTING * detector.named


def _is_named(detector: Detector, headings: str) -> bool:
    return any(re.search(detector.names, heading, re.IGNORECASE) for heading in headings.split(" "))


def read_whole_table(row: Mapping[str, Any], evidence: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """The evidence of the whole table in place of the sample's, for the columns that were counted."""
    counts: dict[str, dict[str, Any]] = {}
    for name, value in row.items():
        column, _, field = name.rpartition("|")
        counts.setdefault(column, {})[field] = value or 0
    found = dict(evidence)
    for column, fields in counts.items():
        found[column] = Evidence(
            fields["filled"], fields["distinct"],
            {d.kind: fields.get(d.kind, 0) for d in DETECTORS},
            {d.kind: fields.get(f"{d.kind}_inside", 0) for d in DETECTORS},
            {d.kind: fields.get(f"{d.kind}_worn", 0) for d in DETECTORS},
        )  # fmt: skip
    return found


def read_evidence(rows: Sequence[Mapping[str, Any]]) -> dict[str, Evidence]:
    """column → its evidence; a column without any value has no row, and no evidence."""
    return {
        row["column"]: Evidence(
            row["filled"], row["distinct"],
            {d.kind: row[d.kind] or 0 for d in DETECTORS if d.content is not None},
            {d.kind: row[f"{d.kind}_inside"] or 0 for d in DETECTORS if d.inside is not None},
            {d.kind: row[f"{d.kind}_worn"] or 0 for d in DETECTORS if d.worn is not None},
            plain=row["dressed"] == 0,
        )
        for row in rows
    }  # fmt: skip


NOTHING = Evidence(0, 0, {}, {})


def decide(column: str, headings: Sequence[str], evidence: Evidence) -> Finding | None:
    """The likeliest kind; None when nothing speaks for any. headings: name, title, comment."""
    found = [finding for d in DETECTORS if (finding := _weigh(column, d, " ".join(headings), evidence)) is not None]
    if mixed := _mixed(column, evidence):
        found.append(mixed)
    overriding = next((f for f in found if f.kind in (Kind.MASKED, Kind.HASHED, Kind.MINOR)), None)
    return overriding or max(found, key=lambda finding: (finding.confidence, finding.grade), default=None)


def _mixed(column: str, evidence: Evidence) -> Finding | None:
    """Identifiers of persons among those of bodies: the stricter wins, be they few."""
    persons, bodies = evidence.share(Kind.RESIDENT_ID), evidence.share(Kind.CREDIT_CODE)
    if not persons or persons + bodies < MIXED or bodies < 1 - MIXED:
        return None
    detector = next(each for each in DETECTORS if each.kind is Kind.RESIDENT_ID)
    reason = f"{persons:.0%} 是居民身份证号，{bodies:.0%} 是统一社会信用代码"
    return _finding(column, detector, 1.0, reason, persons)


def _weigh(column: str, detector: Detector, headings: str, evidence: Evidence) -> Finding | None:
    named = _is_named(detector, headings)
    contrary = bool(detector.contrary) and re.search(detector.contrary, headings, re.IGNORECASE) is not None
    share, inside = evidence.share(detector.kind), evidence.share_inside(detector.kind)
    if named and not evidence.filled and not contrary:
        return _finding(column, detector, 0.5, "列名如此，还没有内容可看", 0.0)
    under_name = evidence.share_named(detector.kind)
    if named and under_name >= detector.named and not contrary:
        return _finding(column, detector, 0.6 + 0.4 * under_name, f"列名如此，{under_name:.0%} 的内容符合", under_name)
    spread = evidence.distinct / min(max(evidence.filled, 1), SPREAD_ROWS)
    if share >= detector.alone and spread >= detector.spread and not contrary:
        return _finding(column, detector, 0.5 + 0.45 * share, f"列名没有说明，{share:.0%} 的内容符合", share)
    if inside >= detector.named and not contrary:
        return _finding(column, detector, 0.4 + 0.4 * inside, f"{inside:.0%} 的文字里含有{detector.title}", inside)
    return None


def _finding(column: str, detector: Detector, confidence: float, reason: str, share: float) -> Finding:
    return Finding(column, detector.kind, detector.title, detector.grade, round(confidence, 3), reason, share)


def quasi_identifiers(titles: Mapping[str, str], findings: Sequence[Finding]) -> tuple[str, ...]:
    """Columns that together may identify a person although none does alone; empty when there are too few of them."""
    found = {finding.column for finding in findings if finding.kind in IDENTIFYING}
    found |= {name for name, title in titles.items() if QUASI_NAMES.search(f"{title} {name}")}
    return tuple(name for name in titles if name in found) if len(found) >= ENOUGH_QUASI else ()
