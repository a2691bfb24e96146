"""Evidence about a column → what it is, how sure that is, and why, in words that an officer can weigh."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ibis import selectors
from ibis.expr.types import Table, Value

from shuyang_data.classify.detectors import DETECTORS, Detector, Kind, text_forms

IDENTIFYING = (Kind.BIRTH_DATE, Kind.ADDRESS, Kind.NAME)
QUASI_NAMES = re.compile(r"性别|民族|出生|年龄|职业|学历|婚姻|籍贯|邮编|住址|单位|xb$|mz$|csrq", re.IGNORECASE)
ENOUGH_QUASI = 3
SPREAD_ROWS = 1000


@dataclass(frozen=True)
class Evidence:
    """Counts over one column. filled: values; distinct: about how many different; hits, inside: per kind."""

    filled: int
    distinct: int
    hits: Mapping[Kind, int]
    inside: Mapping[Kind, int]

    def share(self, kind: Kind) -> float:
        return self.hits.get(kind, 0) / self.filled if self.filled else 0.0

    def share_inside(self, kind: Kind) -> float:
        return self.inside.get(kind, 0) / self.filled if self.filled else 0.0


@dataclass(frozen=True)
class Finding:
    """What a column is. confidence: 0 to 1; grade: the least it deserves; reason: for the officer."""

    column: str
    kind: Kind
    title: str
    grade: int
    confidence: float
    reason: str


def evidence_query(table: Table, columns: Sequence[str], today: date) -> Table:
    """One row a column with its evidence, in one query: every value is looked at by every detector once."""
    texts = table.select(**{name: table[name].cast("string").nullif("") for name in columns})
    values = texts.pivot_longer(selectors.all(), names_to="column", values_to="value")
    values = values.filter(values["value"].notnull())
    text = text_forms(values["value"])
    seen: dict[str, Value] = {"filled": values["value"].count(), "distinct": values["value"].approx_nunique()}
    for detector in DETECTORS:
        if detector.content is not None:
            seen[str(detector.kind)] = detector.content(text, today).fill_null(False).sum()
        if detector.inside is not None:
            seen[f"{detector.kind}_inside"] = detector.inside(text, today).fill_null(False).sum()
    found: Table = values.group_by("column").aggregate(**seen)
    return found


def read_evidence(rows: Sequence[Mapping[str, Any]]) -> dict[str, Evidence]:
    """column → its evidence; a column without any value has no row, and no evidence."""
    return {
        row["column"]: Evidence(
            row["filled"], row["distinct"],
            {d.kind: row[d.kind] or 0 for d in DETECTORS if d.content is not None},
            {d.kind: row[f"{d.kind}_inside"] or 0 for d in DETECTORS if d.inside is not None},
        )
        for row in rows
    }  # fmt: skip


NOTHING = Evidence(0, 0, {}, {})


def decide(column: str, headings: Sequence[str], evidence: Evidence) -> Finding | None:
    """The likeliest kind; None when nothing speaks for any. headings: name, title, comment."""
    found = [finding for d in DETECTORS if (finding := _weigh(column, d, " ".join(headings), evidence)) is not None]
    hidden = next((finding for finding in found if finding.kind in (Kind.MASKED, Kind.HASHED)), None)
    return hidden or max(found, key=lambda finding: (finding.confidence, finding.grade), default=None)


def _weigh(column: str, detector: Detector, headings: str, evidence: Evidence) -> Finding | None:
    named = any(re.search(detector.names, heading, re.IGNORECASE) for heading in headings.split(" "))
    contrary = bool(detector.contrary) and re.search(detector.contrary, headings, re.IGNORECASE) is not None
    share, inside = evidence.share(detector.kind), evidence.share_inside(detector.kind)
    if named and not evidence.filled and not contrary:
        return _finding(column, detector, 0.5, "列名如此，还没有内容可看")
    if named and share >= detector.named and not contrary:
        return _finding(column, detector, 0.6 + 0.4 * share, f"列名如此，{share:.0%} 的内容符合")
    spread = evidence.distinct / min(max(evidence.filled, 1), SPREAD_ROWS)
    if share >= detector.alone and spread >= detector.spread and not contrary:
        return _finding(column, detector, 0.5 + 0.45 * share, f"列名没有说明，{share:.0%} 的内容符合")
    if inside >= detector.named and not contrary:
        return _finding(column, detector, 0.4 + 0.4 * inside, f"{inside:.0%} 的文字里含有{detector.title}")
    return None


def _finding(column: str, detector: Detector, confidence: float, reason: str) -> Finding:
    return Finding(column, detector.kind, detector.title, detector.grade, round(confidence, 3), reason)


def quasi_identifiers(titles: Mapping[str, str], findings: Sequence[Finding]) -> tuple[str, ...]:
    """Columns that together may identify a person although none does alone; empty when there are too few of them."""
    found = {finding.column for finding in findings if finding.kind in IDENTIFYING}
    found |= {name for name, title in titles.items() if QUASI_NAMES.search(f"{title} {name}")}
    return tuple(name for name in titles if name in found) if len(found) >= ENOUGH_QUASI else ()
