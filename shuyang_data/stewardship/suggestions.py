"""Rules proposed for a dataset from what was accepted of it, and taken into its `quality_checks` file by an officer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from ibis.expr.types import Table

from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.load import CHECKS, load_catalog
from shuyang_data.catalog.model import Dataset
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.quality.proposals import Suggestion
from shuyang_data.quality.suggest import suggest
from shuyang_data.records import DeliveryState
from shuyang_data.storage.files import write_text

WIDTH = 140


def suggest_rules(county: County, dataset: Dataset) -> list[Suggestion]:
    """What the accepted rows keep and no declared rule says; raise UsageError while nothing was accepted."""
    files = county.standard_files(dataset.id)
    if not files:
        raise UsageError([Problem(str(dataset.id), "还没有合格的数据", "先跑一夜")])
    read = [d for d in county.registry.deliveries(dataset.id) if d.state is DeliveryState.READ]
    declared = {_subject(check) for check in county.catalog.checks.get(dataset.id, ())}
    table = county.engine.parquet(files)
    found = suggest(table, dataset, county.engine.fetch, len(read), county.as_of, _parents(county, dataset))
    return [s for s in found if _subject(s.check) not in declared]


def _parents(county: County, dataset: Dataset) -> dict[str, tuple[Dataset, Table]]:
    """reference → the dataset that it names, with its accepted rows; those that have none are left out."""
    found = {}
    for parent, target in dataset.references().values():
        files = county.standard_files(parent)
        if files:
            found[f"{parent}.{target}"] = (county.dataset(parent), county.engine.parquet(files))
    return found


def _subject(check: DeclaredCheck) -> tuple[str, str, frozenset[str]]:
    return check.type, str(check.kwargs.get("regex", "")), frozenset(check.columns())


def accept(county: County, dataset: Dataset, names: Sequence[str], by: str, today: date) -> Path:
    """Add the named proposals to the dataset's file, each with who took it, when, and on what support.

    Raises UsageError for a name that was not proposed or without a person, CatalogError when the file would be wrong.
    """
    offered = {suggestion.check.id: suggestion for suggestion in suggest_rules(county, dataset)}
    known = "、".join(offered) or "没有建议"
    problems = [Problem(name, "没有提出这条规则", known) for name in names if name not in offered]
    if not by.strip():
        problems.append(Problem("--by", "没有写采纳人", "姓名或科室"))
    if problems:
        raise UsageError(problems)
    path = county.settings.catalog.parent / CHECKS / dataset.id.department / f"{dataset.id.dataset}.yaml"
    before = path.read_text(encoding="utf-8") if path.exists() else "rules:\n"
    bodies = [_body(offered[name], by, today) for name in dict.fromkeys(names)]
    added = yaml.safe_dump(bodies, allow_unicode=True, sort_keys=False, width=WIDTH)
    write_text(path, before.rstrip() + "\n" + added)
    load_catalog(county.settings.catalog)
    return path


def _body(suggestion: Suggestion, by: str, today: date) -> dict[str, Any]:
    body = suggestion.check.model_dump(mode="json", exclude_defaults=True)
    support = f"{suggestion.held}/{suggestion.looked_at}"
    return body | {"meta": {"accepted_by": by, "accepted_on": today.isoformat(), "support": support}}
