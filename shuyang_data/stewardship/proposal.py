"""A filled workbook against the catalog in force: what would change, who must approve it, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shuyang_data.catalog.load import expected_text, found_text
from shuyang_data.catalog.merge import three_way
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.officers import MAIN_OFFICE
from shuyang_data.catalog.registers import TITLES
from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.terms import Access
from shuyang_data.catalog.workbook.bodies import Body, Entry, body_of, catalog_bodies, differences, model_of
from shuyang_data.catalog.workbook.mistakes import typical_mistakes
from shuyang_data.catalog.workbook.parse import Cell, CellProblem, Filled, Parsed, parse_workbook
from shuyang_data.errors import Problem
from shuyang_data.names import DatasetId
from shuyang_data.stewardship.candidate import policy_refusals, whole_problems

KIND_TITLES = {"datasets": "数据集", "departments": "部门", **TITLES}
STRICTER = (Access.UNCONDITIONAL, Access.CONDITIONAL, Access.REFUSED)


@dataclass(frozen=True)
class Change:
    """One entry that a proposal changes; before None: new, after None: removed. approvers: offices, in order."""

    entry: Entry
    before: Body | None
    after: Body | None
    approvers: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        return "新增" if self.before is None else "删除" if self.after is None else "变更"

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        return differences(self.before, self.after)

    @property
    def title(self) -> str:
        return f"{KIND_TITLES[self.entry[0]]} {self.entry[1]}"


@dataclass(frozen=True)
class Proposal:
    """changes: empty when nothing differs. problems: while there is one, nothing may be written. note: its origin."""

    changes: tuple[Change, ...]
    problems: tuple[CellProblem, ...]
    note: str = ""


def propose(catalog: Catalog, filled: Filled, scope: str | None, base: Mapping[Entry, Body] | None = None) -> Proposal:
    """What the workbook changes. scope: the department whose entries it holds all of, empty for all departments; what
    is in force there and not in the workbook is removed. None: a workbook that only adds and changes.

    base: the entries that the workbook was made from, those in force when not given: what its user did not change stays
    as it is now; what was changed on both sides is a problem at its cell.
    """
    before = catalog_bodies(catalog)
    origin = before if base is None else base
    titles = {department.title: name for name, department in catalog.departments.items()}
    parsed = parse_workbook(filled, origin, titles)
    problems = list(parsed.problems)
    removed = [] if scope is None else _removed(origin, parsed.bodies, filled, scope)
    removed = [entry for entry in removed if not _kept_by_others(entry, origin, before, problems)]
    models = _validated(parsed, problems)
    models = {
        entry: _with_others_changes(entry, model, origin, before, parsed, problems) for entry, model in models.items()
    }
    problems += typical_mistakes(parsed.bodies, parsed.places)
    if not problems:
        problems += _whole_problems(catalog, models, removed, parsed)
    after = {**parsed.bodies, **{entry: body_of(model) for entry, model in models.items()}}
    known = {entry: body for entry, body in after.items() if not (entry in origin and entry not in before)}
    changed = [change_of(entry, before.get(entry), body, catalog) for entry, body in known.items()]
    gone = [change_of(entry, before[entry], None, catalog) for entry in removed]
    return Proposal(tuple(c for c in (*changed, *gone) if c.differences or c.after is None), tuple(problems))


def _with_others_changes(
    entry: Entry, model: Strict, origin: Mapping[Entry, Body], before: Mapping[Entry, Body], parsed: Parsed,
    problems: list[CellProblem],
) -> Strict:  # fmt: skip
    """The entry with what was changed of it since the workbook was made."""
    mine = body_of(model)
    merged, conflicts = three_way(origin.get(entry), mine, before.get(entry))
    for path in conflicts:
        cell = _cell(parsed, entry, path)
        problems.append(CellProblem(cell, f"{entry[1]} 的 {path} 导出之后目录里另有改动", "重新导出，看过新的内容再改"))
    if merged is None or merged == mine:
        return model
    merged_model: Strict = model_of(entry[0]).model_validate_json(json.dumps(merged, default=str))
    return merged_model


def _kept_by_others(
    entry: Entry, origin: Mapping[Entry, Body], before: Mapping[Entry, Body], problems: list[CellProblem]
) -> bool:
    """Whether an entry that the workbook's user removed is gone already, or was changed since, which is a problem."""
    if entry in before and differences(origin[entry], before[entry]):
        found = f"{entry[1]} 在工作簿里删去了，导出之后目录里另有改动"
        problems.append(CellProblem(None, found, "重新导出，看过新的内容再删"))
    return entry not in before or bool(differences(origin[entry], before[entry]))


def _removed(before: Mapping[Entry, Body], kept: Iterable[Entry], filled: Filled, scope: str) -> list[Entry]:
    present = set(kept)
    return [
        (kind, name)
        for (kind, name), body in before.items()
        if kind in filled
        and (kind, name) not in present
        and scope in ("", name.partition("/")[0], body.get("department"))
    ]


def _validated(parsed: Parsed, problems: list[CellProblem]) -> dict[Entry, Strict]:
    """The bodies as models; what a model refuses is told at the cell where it stands, once a cell."""
    models: dict[Entry, Strict] = {}
    told = {problem.cell for problem in parsed.problems}
    for entry, body in parsed.bodies.items():
        try:
            models[entry] = model_of(entry[0]).model_validate_json(json.dumps(body, default=str))
        except ValidationError as error:
            for item in error.errors():
                cell = _cell(parsed, entry, ".".join(str(part) for part in item["loc"]))
                if cell not in told:
                    told.add(cell)
                    problems.append(CellProblem(cell, f"{entry[1]} {found_text(item)}", expected_text(item)))
    return models


def _cell(parsed: Parsed, entry: Entry, path: str) -> Cell | None:
    """The cell of a field, or of the nearest thing around it that has one."""
    places = parsed.places.get(entry, {})
    while path and path not in places:
        path = path.rpartition(".")[0]
    return places.get(path)


def _whole_problems(
    catalog: Catalog, models: Mapping[Entry, Strict], removed: Iterable[Entry], parsed: Parsed
) -> list[CellProblem]:
    """What the catalog as a whole would refuse, and what the grades forbid."""
    problems, after = whole_problems(catalog, models, removed)
    found = [CellProblem(_cell_of(p, parsed), p.found, p.expected) for p in problems]
    for kind, name in models:
        if kind == "datasets":
            for attribute, refused in policy_refusals(after.datasets[DatasetId.parse(name)]):
                cell = _cell(parsed, (kind, name), f"{attribute}.access")
                found.append(CellProblem(cell, f"{name} {refused.text}", "级别所允许的属性"))
    return found


def _cell_of(problem: Problem, parsed: Parsed) -> Cell | None:
    """Where the entry that a problem names stands: `department/dataset column …` or `<register>.yaml name …`."""
    first, _, rest = problem.where.partition(" ")
    second = rest.partition(" ")[0]
    if first.endswith(".yaml"):
        return _cell(parsed, (first.removesuffix(".yaml"), second), "")
    entry = ("datasets", first)
    return parsed.places.get(entry, {}).get(f"column {second}") or _cell(parsed, entry, second)


def change_of(entry: Entry, before: Body | None, after: Body | None, catalog: Catalog) -> Change:
    """The change with the offices that have to approve it."""
    kind, name = entry
    owner = name.partition("/")[0] if kind == "datasets" else name if kind == "departments" else ""
    owner = owner or (after or before or {}).get("department", "")
    department = catalog.departments.get(owner)
    offices = [department.chief_data_officer if department else "部门首席数据官"]
    if before is None or after is None or _is_stricter(before, after) or _is_downgraded(before, after):
        offices.append(MAIN_OFFICE)
    return Change(entry, before, after, tuple(offices))


def _is_stricter(before: Body, after: Body) -> bool:
    """Whether less is shared or opened than before."""
    for attribute in ("sharing", "opening"):
        old, new = (body.get(attribute, {}).get("access") for body in (before, after))
        if old in STRICTER and new in STRICTER and STRICTER.index(Access(new)) > STRICTER.index(Access(old)):
            return True
    return False


def _is_downgraded(before: Body, after: Body) -> bool:
    """Whether a column's grade went down (降级要有理由和批准人)."""
    grades = {column["name"]: column.get("grade") for column in before.get("columns", ())}
    return any((grades.get(c["name"]) or 0) > (c.get("grade") or 0) for c in after.get("columns", ()))
