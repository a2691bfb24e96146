"""Drafts of a new dataset's files from a real delivery: a person completes them, nothing is guessed into force."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import DeliveryRefusedError, Problem, UsageError
from shuyang_data.names import SEGMENT, DatasetId
from shuyang_data.reading.read import read_source
from shuyang_data.settings import Settings
from shuyang_data.storage.files import file_problems, storage_errors

EXAMPLE_ROWS = 20
TODO = "待填"


def draft_dataset(settings: Settings, catalog: Catalog, department: str, dataset: str, source: Path) -> list[Path]:
    """Write `catalog/datasets/<department>/<dataset>.yaml` and an example delivery; the files written.

    Raises UsageError for an unknown department, a wrong name, a name that is taken, or an unreadable file.
    """
    identity = DatasetId(department, dataset)
    target = settings.catalog / "datasets" / department / f"{dataset}.yaml"
    problems = _problems(identity, catalog, target, source)
    if problems:
        raise UsageError(problems)
    headings, rows = _table(source)
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_yaml(identity, headings, rows, source), encoding="utf-8")
        example = settings.catalog.parent / "tests" / "examples" / department / f"{dataset}.csv"
        example.parent.mkdir(parents=True, exist_ok=True)
        lines = [headings, *rows[:EXAMPLE_ROWS]]
        example.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines) + "\n", encoding="utf-8")
    return [target, example]


def _problems(identity: DatasetId, catalog: Catalog, target: Path, source: Path) -> list[Problem]:
    problems = []
    if identity.department not in catalog.departments:
        problems.append(Problem(identity.department, "不在部门名录", "、".join(sorted(catalog.departments))))
    if not SEGMENT.match(identity.dataset):
        problems.append(Problem(identity.dataset, "不能作编号", "小写字母、数字、下划线"))
    if target.exists():
        problems.append(Problem(str(target), "已经有这个数据集", "一个新编号"))
    return problems + file_problems(source)


def _table(source: Path) -> tuple[list[str], list[list[str]]]:
    """(headings, rows) of the longest table in the file."""
    try:
        table = max(read_source(source), key=lambda table: len(table.rows), default=None)
    except DeliveryRefusedError as error:
        raise UsageError(error.problems) from error
    if table is None or not any(table.columns):
        raise UsageError([Problem(str(source), "找不到表头", "一张带表头的表")])
    return table.columns, table.rows


def _yaml(identity: DatasetId, headings: Sequence[str], rows: Sequence[Sequence[str]], source: Path) -> str:
    columns: list[dict[str, Any]] = []
    for number, heading in enumerate(headings):
        values = [row[number].strip() for row in rows if number < len(row) and row[number].strip()]
        columns.append(
            {
                "name": f"column_{number + 1}",
                "title": heading or f"第{number + 1}列",
                "type": _likely(values),
                "grade": TODO,
            }
        )
    body = {
        "title": re.sub(r"_\d{8}.*", "", source.stem), "abstract": TODO, "code": TODO, "category": "部门信息资源",
        "theme": TODO, "owner": TODO, "system": TODO, "frequency": TODO, "approved_on": date(2026, 1, 1).isoformat(),
        "approval": TODO, "sharing": {"access": TODO}, "opening": {"access": TODO},
        "delivery": {"file": re.sub(r"_\d{8}.*", "", source.stem), "format": source.suffix.lstrip(".") or "csv"},
        "key": ["column_1"], "columns": columns,
    }  # fmt: skip
    head = f"# {identity}：由 {source.name} 起草。把每个“{TODO}”改成实际内容后，shuyang check 才会通过。\n"
    return head + yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=140)


def _likely(values: Sequence[str]) -> str:
    """A proposal for a person to confirm; codes with leading zeros and long numbers stay text."""
    if values and all(re.fullmatch(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?", value) for value in values):
        return "date"
    if values and all(re.fullmatch(r"-?(0|[1-9]\d{0,9})", value) for value in values):
        return "integer"
    if values and all(re.fullmatch(r"-?(0|[1-9]\d{0,9})(\.\d+)?", value) for value in values):
        return "decimal"
    return "text"
