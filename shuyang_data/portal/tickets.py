"""`/tickets`: what a department must correct, the lists of failing rows, and its answers; requesters file theirs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from shuyang_data.county import County
from shuyang_data.errors import UsageError
from shuyang_data.names import DatasetId
from shuyang_data.portal.guard import KEYED, Words
from shuyang_data.portal.keys import caller, refuse
from shuyang_data.portal.office import office
from shuyang_data.quality.tickets import Act, Ticket
from shuyang_data.stewardship.corrections import act_on, file_correction, find_ticket, history_lines, ticket_rows
from shuyang_data.storage.ticket_log import TicketLog, list_path

MOST_ROWS = 1_000_000_000
router = APIRouter(prefix="/tickets", tags=["tickets"], responses=KEYED)
Caller = Annotated[str, Depends(caller)]
Desk = Annotated[County, Depends(office)]


class Answer(BaseModel):
    """by: who answers, a name or a section; text: the reason, needed to dispute and to close."""

    act: Act
    by: Words = Field(min_length=1, max_length=60)
    text: Words = Field(default="", max_length=2000)


class Filing(BaseModel):
    """What a requester found wrong. dataset: `department/dataset`; rows: how many, when it was counted."""

    dataset: Words = Field(max_length=200)
    text: Words = Field(min_length=1, max_length=2000)
    rows: int = Field(default=0, ge=0, le=MOST_ROWS)


def mine(name: str, department: Caller, county: Desk) -> Ticket:
    """The ticket, for the provider and for the requester who filed it; 404 for anybody else."""
    try:
        ticket = find_ticket(county.registry, name)
    except UsageError:
        raise refuse(404, "没有这张工单", where=name) from None
    if department not in (ticket.dataset.department, ticket.filed_by):
        raise refuse(404, "没有这张工单", where=name)
    return ticket


@router.get("/{department}", summary="本部门要更正的，和本部门提出的")
def listing(department: Caller, county: Desk, closed: bool = False) -> list[dict[str, Any]]:
    every = TicketLog(county.registry).tickets(only_open=not closed)
    wanted = [ticket for ticket in every if department in (ticket.dataset.department, ticket.filed_by)]
    rows = ticket_rows(wanted, county.catalog, county.settings.reports, county.as_of)
    return [row | {"list": bool(row["list"])} for row in rows]


@router.get("/{department}/{name}", summary="一张工单和它的经过")
def one(ticket: Annotated[Ticket, Depends(mine)], county: Desk) -> dict[str, Any]:
    (row,) = ticket_rows([ticket], county.catalog, county.settings.reports, county.as_of)
    return row | {"list": bool(row["list"]), "history": history_lines(ticket)}


@router.get("/{department}/{name}/rows.csv", summary="不合格的行：文件、行号、脱敏的主键")
def failing(department: Caller, ticket: Annotated[Ticket, Depends(mine)], county: Desk) -> FileResponse:
    """The provider's alone: row numbers say where the values stand in its own file."""
    path = list_path(county.settings.reports, ticket.dataset, ticket.id)
    if department != ticket.dataset.department or not path.exists():
        raise refuse(404, "这张工单没有逐行清单", where=ticket.id)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=f"{ticket.id}.csv")


@router.post("/{department}/{name}", summary="认领、异议、报告已更正、说明理由后关闭")
def answer(said: Answer, department: Caller, ticket: Annotated[Ticket, Depends(mine)], county: Desk) -> dict[str, Any]:
    """A requester closes what it filed itself, and nothing else; a provider closes nothing: a new delivery that holds
    does, or the platform, because the clock of a ticket counts in the targets.
    """
    is_filer = department == ticket.filed_by
    if is_filer is not (said.act is Act.CLOSE):
        raise refuse(403, "这一步不由本部门办理", where=ticket.id)
    try:
        changed = act_on(county.registry, ticket.id, said.act, said.by, said.text, county.as_of)
    except UsageError as error:
        raise refuse(409, "；".join(str(problem) for problem in error.problems), where=ticket.id) from None
    return one(changed, county)


@router.post("/{department}", status_code=201, summary="需求部门提出校核（政务数据共享条例第二十六条）")
def file(said: Filing, department: Caller, county: Desk) -> dict[str, Any]:
    try:
        identity = DatasetId.parse(said.dataset)
        filed = file_correction(
            county.catalog, county.registry, identity, department, said.text, said.rows, county.as_of
        )
    except (ValueError, UsageError) as error:
        raise refuse(422, str(error), where="校核申请") from None
    return one(filed, county)
