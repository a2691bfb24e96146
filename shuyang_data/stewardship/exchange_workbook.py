"""The officers' workbook out and in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.workbook.bodies import Body, Entry, catalog_bodies, differences
from shuyang_data.catalog.workbook.build import sheet_rows
from shuyang_data.catalog.workbook.parse import CellProblem
from shuyang_data.county import County
from shuyang_data.errors import DeliveryRefusedError, Problem, UsageError
from shuyang_data.stewardship.layouts import read_other_layout
from shuyang_data.stewardship.proposal import Proposal, propose
from shuyang_data.storage.workbook_base import Base, read_base
from shuyang_data.storage.workbook_file import mark_workbook, read_workbook, write_workbook


@dataclass(frozen=True)
class Imported:
    """proposal: what the workbook changes and what is wrong; marked: the workbook returned, when something is."""

    proposal: Proposal
    marked: Path | None = None


def export_workbook(county: County, path: Path, department: str = "") -> int:
    """Write the workbook of the county or of one department; how many entries. Raises UsageError."""
    catalog = county.catalog
    if department and department not in catalog.departments:
        raise UsageError([Problem(department, "不在部门名录", "、".join(catalog.departments))])
    bodies = catalog_bodies(catalog)
    rows = sheet_rows(bodies, department)
    write_workbook(path, rows, _choices(catalog), department, Base(county.as_of, bodies))
    return sum(len(listed) for name, listed in rows.items() if name != "columns")


def _choices(catalog: Catalog) -> dict[str, list[str]]:
    """What the cells that name another entry choose from."""
    registers = catalog.registers
    return {
        "departments": list(catalog.departments), "systems": list(registers.systems),
        "projects": list(registers.projects), "elements": list(registers.elements),
        "code_lists": list(catalog.code_lists),
    }  # fmt: skip


def export_drafts(county: County, path: Path, bodies: Mapping[Entry, Body]) -> int:
    """Write draft entries as a workbook for their officers to complete and import; how many."""
    write_workbook(path, sheet_rows(bodies), _choices(county.catalog), None)
    return len(bodies)


def import_workbook(county: County, path: Path) -> Imported:
    """Read a filled workbook, ours or one of the layouts that departments keep; nothing is written but its marked copy.

    Raises UsageError when it is no such workbook.
    """
    try:
        filled, scope = read_workbook(path)
        if not filled:
            filled, scope = read_other_layout(path, county.catalog), None
    except DeliveryRefusedError as error:
        raise UsageError(error.problems) from error
    if not filled:
        problem = Problem(path.name, "没有认得的清单", "shuyang catalog export 导出的工作簿，或目录编制指南的表式")
        raise UsageError([problem])
    base = read_base(path) if scope is not None else None
    proposal = propose(county.catalog, filled, scope, base.bodies if base else None)
    if base is not None:
        proposal = replace(proposal, note=_moved_on(base, county.catalog))
    return Imported(proposal, _marked(path, proposal.problems) if proposal.problems else None)


def _moved_on(base: Base, catalog: Catalog) -> str:
    """What to say of a workbook that was made from an older catalog; empty for one that was not."""
    now = catalog_bodies(catalog)
    moved = [entry for entry in {**base.bodies, **now} if differences(base.bodies.get(entry), now.get(entry))]
    if not moved:
        return ""
    names = "、".join(name for _, name in moved[:5]) + ("等" if len(moved) > 5 else "")
    return f"工作簿导出于 {base.exported_on}，之后目录里有 {len(moved)} 个条目变动（{names}）；只取填写人改动的内容"


def _marked(path: Path, problems: tuple[CellProblem, ...]) -> Path | None:
    """The workbook with its wrong cells marked, beside it; only of the format that can carry comments."""
    if path.suffix.lower() != ".xlsx":
        return None
    target = path.with_name(f"{path.stem}.有误{path.suffix}")
    mark_workbook(path, problems, target)
    return target
