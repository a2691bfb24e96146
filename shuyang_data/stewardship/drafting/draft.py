"""Drafts of a new dataset's files from a real delivery: they stand beside the catalog and stop nothing.

A person completes one and submits it; approved like any other change, it comes into force.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shuyang_data.catalog.changes import EntryChange
from shuyang_data.catalog.load import parse_model
from shuyang_data.catalog.model import Catalog, DatasetFile
from shuyang_data.catalog.workbook.bodies import body_of
from shuyang_data.county import County
from shuyang_data.errors import CatalogError, DeliveryRefusedError, Problem, UsageError
from shuyang_data.names import SEGMENT, DatasetId
from shuyang_data.reading.read import read_source
from shuyang_data.stewardship.candidate import policy_refusals, whole_problems
from shuyang_data.stewardship.change_control import Motive, submit
from shuyang_data.stewardship.drafting.columns import DraftColumn, draft_columns, proposed_key
from shuyang_data.stewardship.drafting.example import example_rows
from shuyang_data.stewardship.proposal import Proposal, change_of
from shuyang_data.storage.catalog_files import dataset_text
from shuyang_data.storage.files import file_problems, write_text

DRAFTS = "drafts"
TODO = "待填"
STAMPED = re.compile(r"_\d{8}.*")


def draft_path(catalog: Path, identity: DatasetId) -> Path:
    return catalog / DRAFTS / identity.department / f"{identity.dataset}.yaml"


def open_drafts(folder: Path, catalog: Catalog) -> list[Path]:
    """Drafts that are no dataset of the catalog yet."""
    drafts = sorted((folder / DRAFTS).glob("*/*.yaml"))
    return [path for path in drafts if DatasetId(path.parent.name, path.stem) not in catalog.datasets]


def draft_dataset(county: County, identity: DatasetId, source: Path) -> list[Path]:
    """Write `catalog/drafts/<department>/<dataset>.yaml` and a synthetic example beside it; the files written.

    Nothing of the delivery's values is written. Raises UsageError for an unknown department, a wrong name, a name that
    is taken, or an unreadable file.
    """
    target = draft_path(county.settings.catalog, identity)
    problems = _problems(identity, county.catalog, target, source)
    if problems:
        raise UsageError(problems)
    headings, rows = _table(source)
    columns = draft_columns(headings, rows, county.catalog, county.engine, county.as_of)
    county.engine.release()
    example = target.with_suffix(".csv")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(example_rows(columns, county.catalog))
    write_text(example, text.getvalue())
    write_text(target, _yaml(identity, columns, source))
    return [target, example]


def _problems(identity: DatasetId, catalog: Catalog, target: Path, source: Path) -> list[Problem]:
    problems = []
    if identity.department not in catalog.departments:
        problems.append(Problem(identity.department, "不在部门名录", "、".join(sorted(catalog.departments))))
    if not SEGMENT.match(identity.dataset):
        problems.append(Problem(identity.dataset, "不能作编号", "小写字母、数字、下划线"))
    if target.exists() or identity in catalog.datasets:
        problems.append(Problem(str(target), "已经有这个数据集或草稿", "一个新编号"))
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


def _yaml(identity: DatasetId, columns: Sequence[DraftColumn], source: Path) -> str:
    """A line a field, a line a column under its reasons; what only a person knows is to be filled in."""
    name = STAMPED.sub("", source.stem)
    key, why = proposed_key(columns)
    body: dict[str, Any] = {
        "title": name, "abstract": TODO, "code": TODO, "category": "部门信息资源", "theme": TODO, "owner": TODO,
        "system": TODO, "frequency": TODO, "approved_on": TODO, "approval": TODO, "sharing": {"access": TODO},
        "opening": {"access": TODO}, "delivery": {"file": name, "format": source.suffix.lstrip(".").lower() or "csv"},
    }  # fmt: skip
    lines = [
        f"# {identity}：由部门的文件起草，示例 {identity.dataset}.csv 是合成的。",
        f"# 把每个“{TODO}”改成实际内容，核对各项的理由，再 shuyang catalog submit {identity} --author … --reason …",
        dataset_text(body).rstrip(),
        f"# {why}",
        dataset_text({"key": key or [TODO]}).rstrip(),
        "columns:",
    ]
    for column in columns:
        told = dataset_text({"columns": [column.fields]}).splitlines()[1]
        lines += [*(f"# {reason}" for reason in column.reasons), told]
    return "\n".join(lines) + "\n"


def submit_draft(county: County, identity: DatasetId, motive: Motive) -> list[EntryChange]:
    """Put a completed draft before its approvers; the change, pending.

    Raises CatalogError with everything that is not filled in or not right, UsageError for no such draft.
    """
    path = draft_path(county.settings.catalog, identity)
    if not path.exists():
        raise UsageError([Problem(str(path), "没有这份草稿", "shuyang add-dataset 起草的")])
    problems: list[Problem] = []
    model = parse_model(DatasetFile, path, problems)
    if model is not None:
        entry = ("datasets", str(identity))
        wrong, changed = whole_problems(county.catalog, {entry: model}, [])
        refusals = (refused for _, refused in policy_refusals(changed.datasets[identity]))
        problems += [*wrong, *(Problem(str(path), reason.text, "级别所允许的属性") for reason in refusals)]
    if model is None or problems:
        raise CatalogError(problems)
    change = change_of(entry, None, body_of(model), county.catalog)
    return submit(county, Proposal((change,), ()), motive)
