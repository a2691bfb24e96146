"""Scores of the six dimensions of GB/T 36344-2018, each a numerator over a denominator; nothing assessed is no score.

A rule about rows counts the rows it looked at; a rule about a whole table counts all its rows, or none. Lower-is-better
indicators (0303, 0305) are counted the other way round, so that higher is always better. The standard gives no weights;
ours are those of the one public project that has any (domain §5), and stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from shuyang_data.records import RuleResult

DIMENSIONS = {
    "01": "规范性", "02": "完整性", "03": "准确性", "04": "一致性", "05": "时效性", "06": "可访问性"
}  # fmt: skip
WEIGHTS = {"01": 0.20, "02": 0.20, "03": 0.15, "04": 0.15, "05": 0.15, "06": 0.15}
INDICATORS = {
    "0101": "数据标准", "0102": "数据模型", "0103": "元数据", "0104": "业务规则", "0105": "权威参考数据",
    "0106": "安全规范", "0201": "数据元素完整性", "0202": "数据记录完整性", "0301": "数据内容正确性",
    "0302": "数据格式合规性", "0303": "数据重复率", "0304": "数据唯一性", "0305": "脏数据出现率",
    "0401": "相同数据一致性", "0402": "关联数据一致性", "0501": "基于时间段的正确性", "0502": "基于时间点及时性",
    "0503": "时序性", "0601": "可访问", "0602": "可用性",
}  # fmt: skip
BESIDE = {"0502": "按更新周期交付", "0601": "按目录发布，文件可以打开"}
FRESH = "table.fresh"
TIMELY, ACCESSIBLE = "0502", "0601"
Counts = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Score:
    """scope: a dataset, a department or the county. dimensions: code → (numerator, denominator), assessed ones only;
    indicators: the same by indicator, of a dataset; total: weighted over the assessed dimensions, None without any.
    """

    scope: str
    as_of: date
    total: float | None
    dimensions: Counts = field(default_factory=dict)
    indicators: Counts = field(default_factory=dict)

    def dimension(self, code: str) -> float | None:
        numerator, denominator = self.dimensions.get(code, (0, 0))
        return numerator / denominator if denominator else None


@dataclass(frozen=True)
class Lever:
    """What a rule that held would add to its dataset's score."""

    rule_id: str
    title: str
    unexpected: int
    gain: float


def score_row(score: Score) -> dict[str, Any]:
    """A score as one flat row: every dimension as `numerator/denominator ratio`, 无法评估 without any."""

    def said(code: str) -> str:
        ratio = score.dimension(code)
        held, looked_at = score.dimensions.get(code, (0, 0))
        return "无法评估" if ratio is None else f"{ratio:.4f} ({held:.10g}/{looked_at:.10g})"

    row = {"scope": score.scope, "as_of": score.as_of.isoformat(), "total": score.total}
    return row | {code: said(code) for code in DIMENSIONS}


def indicator_counts(results: Iterable[RuleResult], rows: int) -> dict[str, tuple[float, float]]:
    """indicator → (as expected, looked at), over rules that could be assessed. rows: of the delivery.

    The age of the data is left out: it changes without a judgement.
    """
    counts: dict[str, tuple[float, float]] = {}
    for result in results:
        if not result.assessable or result.rule_id == FRESH or result.evaluated == 0 and not result.whole:
            continue
        looked_at = max(rows, 1) if result.whole else result.evaluated
        held = (looked_at if result.passed else 0) if result.whole else result.evaluated - result.unexpected
        before = counts.get(result.indicator, (0, 0))
        counts[result.indicator] = (before[0] + held, before[1] + looked_at)
    return counts


def dataset_score(scope: str, as_of: date, indicators: Counts) -> Score:
    dimensions: dict[str, tuple[float, float]] = {}
    for code, (held, looked_at) in indicators.items():
        before = dimensions.get(code[:2], (0, 0))
        dimensions[code[:2]] = (before[0] + held, before[1] + looked_at)
    return Score(scope, as_of, _total(dimensions), dimensions, dict(sorted(indicators.items())))


def group_score(scope: str, as_of: date, members: Sequence[Score]) -> Score:
    """Of a department or the county: every dataset counts the same, however large. numerator: the sum of the members'
    ratios; denominator: how many were assessed.
    """
    dimensions = {}
    for code in DIMENSIONS:
        ratios = [ratio for member in members if (ratio := member.dimension(code)) is not None]
        if ratios:
            dimensions[code] = (round(sum(ratios), 6), len(ratios))
    return Score(scope, as_of, _total(dimensions), dimensions)


def _total(dimensions: Counts) -> float | None:
    assessed = {code: held / looked_at for code, (held, looked_at) in dimensions.items() if looked_at}
    weight = sum(WEIGHTS[code] for code in assessed)
    return round(sum(WEIGHTS[code] * ratio for code, ratio in assessed.items()) / weight, 6) if weight else None


def levers(results: Sequence[RuleResult], rows: int, others: Counts) -> list[Lever]:
    """The broken rules by what the score would gain if each held. others: indicators beside those of the rules."""

    def total(of: Iterable[RuleResult]) -> float:
        return dataset_score("", date.min, {**others, **indicator_counts(of, rows)}).total or 0.0

    now = total(results)
    found = []
    for number, result in enumerate(results):
        if result.assessable and (result.unexpected or not result.passed):
            mended = replace(result, unexpected=0, passed=True)
            gain = total([*results[:number], mended, *results[number + 1 :]]) - now
            if gain > 0:
                found.append(Lever(result.rule_id, result.title, result.unexpected, gain))
    mine = indicator_counts(results, rows)
    for code, (held, looked_at) in others.items():
        if held < looked_at:
            gain = (dataset_score("", date.min, {**others, **mine, code: (looked_at, looked_at)}).total or 0.0) - now
            found.append(Lever(code, BESIDE.get(code, INDICATORS[code]), int(looked_at - held), gain))
    return sorted(found, key=lambda lever: -lever.gain)
