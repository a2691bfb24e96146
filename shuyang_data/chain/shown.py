"""What people are shown of a chain's steps: rules and counts, row numbers and whose duty, never values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.steps import Check, Checked, Figures, Listed, Made
from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.quality.compile import FAULT
from shuyang_data.records import Delivery, Release, RuleResult, Severity

RULE_COLUMNS = {
    "title": "规则", "verdict": "结果", "evaluated": "检查行数", "unexpected": "不合格", "rows": "数据行号（前几行）",
    "indicator": "指标",
}  # fmt: skip
GRADE_COLUMNS = {
    "title": "信息项", "kind_title": "像是", "grading": "分类与影响", "confidence": "把握", "declared": "登记级别",
    "proposed": "建议级别", "confirmed_by": "确认人", "too_low": "待确认",
}  # fmt: skip
LEDGER_COLUMNS = {"part": "部分", "fate": "去向", "rows": "行数", "said": "未作数据的行与说明"}
SHOWN_ROWS = 10
ROW_NUMBER = re.compile(r"^第 (\d+) 行")


def rules_checked(county: County, dataset: Dataset, results: Iterable[RuleResult]) -> Iterator[Checked]:
    """One verdict per severity, its rules as a table, the broken ones first."""
    every = list(results)
    rejected = rejected_rows(every)
    for severity in Severity:
        mine = [result for result in every if result.severity is severity]
        broken, held = ([r for r in mine if r.passed is passed] for passed in (False, True))
        summary = f"{len(mine)} 条规则，{len(broken)} 条未通过"
        figures: Figures = {
            "规则": Listed(
                RULE_COLUMNS, [_rule(result, rejected) for result in sorted(mine, key=lambda result: result.passed)]
            ),
            "不合格数": sum(result.unexpected for result in broken),
            "责任": duty(county, dataset),
        }
        yield Checked(dataset.id, Check(severity.value), not broken, summary, figures)


def duty(county: County, dataset: Dataset) -> str:
    """Whose turn it is when a dataset does not pass: the section that owns it, under its chief data officer."""
    department = county.catalog.departments[dataset.id.department]
    return f"{department.title}{dataset.owner}（{department.chief_data_officer}）"


def rejected_rows(results: Iterable[RuleResult]) -> list[str]:
    """Numbers of the first rows that some rule found wrong, in their order in the file."""
    numbers = {int(number) for result in results for number in row_numbers(result)}
    return [str(number) for number in sorted(numbers)[:SHOWN_ROWS]]


def _rule(result: RuleResult, rejected: Sequence[str]) -> dict[str, Any]:
    """One line. A verdict about how many rows were rejected is about all rows that some rule rejected."""
    about_all = result.column == FAULT and not result.passed
    rows = rejected if about_all else row_numbers(result)
    verdict = "通过" if result.passed else "未通过"
    return {
        "title": result.title, "verdict": verdict if result.assessable else "无法评估", "evaluated": result.evaluated,
        "unexpected": result.unexpected, "rows": "、".join(rows), "indicator": result.indicator,
    }  # fmt: skip


def row_numbers(result: RuleResult) -> list[str]:
    """Where its examples stand in the delivered file."""
    return [found[1] for example in result.examples if (found := ROW_NUMBER.match(example))]


def grade_checked(identity: DatasetId, proposal: dict[str, Any]) -> Checked:
    """What the delivered values say about the grades; the reasons quote no value."""
    low = [row for row in proposal["columns"] if row["too_low"]]
    rows = [row | {"too_low": "是" if row["too_low"] else ""} for row in proposal["columns"]]
    summary = f"{len(rows)} 个信息项含敏感内容，{len(low)} 个登记偏低且无人确认"
    figures: Figures = {
        "分类分级": Listed(GRADE_COLUMNS, rows),
        "合起来可识别个人的信息项": "、".join(proposal["quasi"]) or "无",
    }
    return Checked(identity, Check.GRADE, not low, summary, figures)


def published_made(county: County, release: Release) -> Made:
    """A release as it stands."""
    folder = county.settings.published / release.folder
    figures: Figures = {
        "未发布的小组行": release.suppressed, "版本": release.version, "文件夹": folder,
        "清单": folder / "manifest.json",
    }  # fmt: skip
    return Made(release.dataset, release.layer, release.rows, figures)


def ledger_shown(deliveries: Iterable[Delivery]) -> Listed:
    """What became of every part of these deliveries."""
    return Listed(LEDGER_COLUMNS, [row for delivery in deliveries for row in ledger_rows(delivery)])


def ledger_rows(delivery: Delivery) -> list[dict[str, Any]]:
    """One row a part: its place, its fate, its rows, and what was left out of it or done to it."""
    return [
        {
            "part": entry.place, "fate": entry.fate.label, "rows": f"{entry.rows:,}",
            "said": "；".join([*filter(None, [entry.why]), *entry.around]),
        }
        for entry in delivery.ledger
    ]  # fmt: skip
