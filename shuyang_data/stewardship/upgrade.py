"""A catalog of an older form is brought to today's: what is missing is taken at its strictest, to be looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shuyang_data.catalog.load import parse_model, parse_yaml
from shuyang_data.catalog.model import Catalog, DatasetFile
from shuyang_data.catalog.terms import Access, Protection
from shuyang_data.errors import Problem
from shuyang_data.storage.catalog_files import dataset_text, heading_comment
from shuyang_data.storage.files import write_text

PENDING = "升级时按最严填写，待核"
# What nobody said is neither shared without asking nor opened; what is refused by law, only a law can say.
SHARING = {"access": Access.CONDITIONAL.value, "condition": PENDING}
OPENING = {"access": Access.REFUSED.value, "basis": PENDING}
STRICTEST_GRADE = 4
COLUMN = {
    "grade": STRICTEST_GRADE, "shared": Protection.DROP.value, "open": Protection.DROP.value, "note": PENDING,
}  # fmt: skip


@dataclass(frozen=True)
class Upgraded:
    """One file. filled: fields that were missing; problems: why it was left as it is."""

    path: Path
    filled: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def upgrade(folder: Path) -> list[Upgraded]:
    """Bring every dataset's file to today's form; those that were changed or cannot be. Done twice it changes nothing.

    A file that is still not valid with the strictest values is not touched.
    """
    found = [_upgraded(path) for path in sorted((folder / "datasets").glob("*/*.yaml"))]
    return [result for result in found if result.filled or result.problems]


def _upgraded(path: Path) -> Upgraded:
    problems: list[Problem] = []
    body, _ = parse_yaml(path, problems)
    if problems or not isinstance(body, dict):
        return Upgraded(path, (), tuple(problems) or (Problem(str(path), "不是一份目录声明"),))
    filled = tuple(_fill(body))
    if not _is_valid(body):
        parse_model(DatasetFile, path, problems)
        return Upgraded(path, (), tuple(problems))
    if filled:
        write_text(path, dataset_text(body, heading_comment(path)))
    return Upgraded(path, filled)


def _is_valid(body: dict[str, Any]) -> bool:
    try:
        DatasetFile.model_validate_json(json.dumps(body, default=str))
    except ValidationError:
        return False
    return True


def _fill(body: dict[str, Any]) -> Iterator[str]:
    """Fill in what is missing; the fields, as dotted paths."""
    for attribute, strictest in (("sharing", SHARING), ("opening", OPENING)):
        given = body.get(attribute)
        if not isinstance(given, dict) or "access" not in given:
            body[attribute] = {**(given if isinstance(given, dict) else {}), **strictest}
            yield f"{attribute}.access"
    for column in body.get("columns") or ():
        if isinstance(column, dict) and "grade" not in column:
            column |= COLUMN
            yield f"columns.{column.get('name', '?')}.grade"


def to_be_looked_at(catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """(department, entry, fields) of what an upgrade filled in and nobody has looked at since."""
    for identity, dataset in catalog.datasets.items():
        fields = ["共享属性"] if dataset.sharing.condition == PENDING else []
        fields += ["开放属性"] if dataset.opening.basis == PENDING else []
        fields += [f"{column.title}的级别" for column in dataset.columns if column.note == PENDING]
        if fields:
            yield identity.department, str(identity), "、".join(fields)
