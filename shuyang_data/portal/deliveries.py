"""`/deliveries`: departments that send. An upload may stop and go on; it is filed when its checksum is right."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from filelock import FileLock, Timeout
from starlette.requests import ClientDisconnect

from shuyang_data.arrival.push import Upload, begun, free_inbox_name
from shuyang_data.arrival.receive import date_taken
from shuyang_data.catalog.model import Dataset
from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.portal.guard import KEYED, Statuses
from shuyang_data.portal.keys import caller, refuse
from shuyang_data.portal.office import office
from shuyang_data.records import DeliveryState

SHA256 = re.compile(r"^[0-9a-f]{64}$")
SUFFIX = re.compile(r"^\.[A-Za-z0-9]{1,8}$")
# A sender that says nothing for so long has gone: what it sent stays, and the next may go on.
SILENCE = 30.0
SENDING: Statuses = KEYED | {
    200: {"description": "这个文件已经收过"}, 202: {"description": "收到一部分"},
    409: {"description": "不是接着已收到的部分"}, 413: {"description": "太大"},
    423: {"description": "同一个文件正在传送"}, 429: {"description": "没送完的文件占满了额度"},
}  # fmt: skip
router = APIRouter(prefix="/deliveries", tags=["deliveries"], responses=KEYED)


def sender(
    department: Annotated[str, Depends(caller)], dataset: str, county: Annotated[County, Depends(office)]
) -> Dataset:
    """The dataset, once the caller has shown the department's key; 404 for an unknown one."""
    found = county.catalog.datasets.get(DatasetId(department, dataset))
    if found is None:
        raise refuse(404, f"目录里没有 {department}/{dataset}")
    return found


@dataclass(frozen=True)
class Parcel:
    """What the caller says of the bytes that follow. length: of the whole file; offset: where these bytes belong."""

    sha256: str
    length: int
    offset: int
    suffix: str
    data_on: date | None


def parcel(
    request: Request,
    county: Annotated[County, Depends(office)],
    x_content_sha256: Annotated[str, Header(description="整个文件的 SHA-256，十六进制")] = "",
    upload_length: Annotated[int | None, Header(description="整个文件的字节数；一次送完可以不写")] = None,
    upload_offset: Annotated[int, Header(description="这次的字节从哪里开始")] = 0,
    filename: Annotated[str, Query(description="原文件名，只取扩展名")] = "",
    data_on: Annotated[date | None, Query(description="数据日期，默认今天")] = None,
) -> Parcel:
    """Checked headers; 400 or 413 otherwise."""
    declared = request.headers.get("Content-Length") or ""
    whole = int(declared) if declared.isascii() and declared.isdigit() else -1
    length = upload_length if upload_length is not None else whole
    suffix = Path(filename).suffix or ".dat"
    if not SHA256.match(x_content_sha256.lower()):
        raise refuse(400, "没有 X-Content-SHA256，或不是 64 位十六进制", "整个文件的 SHA-256")
    if length < 0 or upload_offset < 0:
        raise refuse(400, "没有 Upload-Length", "整个文件的字节数")
    if length > county.settings.largest_upload:
        raise refuse(413, f"{length} 字节", f"不超过 {county.settings.largest_upload} 字节", "拆成几个文件")
    if not SUFFIX.match(suffix):
        raise refuse(400, f"扩展名 {suffix!r}", "字母和数字")
    return Parcel(x_content_sha256.lower(), length, upload_offset, suffix, data_on)


@router.post("/{department}/{dataset}", status_code=201, summary="交付一个文件，可分段续传", responses=SENDING)
async def deliver(
    request: Request, response: Response, wanted: Annotated[Dataset, Depends(sender)],
    sent: Annotated[Parcel, Depends(parcel)], county: Annotated[County, Depends(office)],
) -> dict[str, object]:  # fmt: skip
    """201 filed, 202 more to come, 200 known already, 409 other offset, 422 wrong checksum, 423 being sent, 429 too
    much that was begun and not ended.
    """
    if sent.data_on is not None and (sent.data_on - county.as_of).days > wanted.delivery.ahead:
        raise refuse(422, f"数据日期 {sent.data_on} 晚于今天 {county.as_of}", "不晚于收到之日的数据日期")
    newest = (await run_in_threadpool(county.registry.deliveries, wanted.id))[-1:]
    if any(known.sha256 == sent.sha256 and known.state is not DeliveryState.REFUSED for known in newest):
        response.status_code = 200
        return {"state": "known", "sha256": sent.sha256}
    folder = county.settings.home / "uploads"
    upload = Upload(folder, wanted.id, sent.sha256)
    others = await run_in_threadpool(begun, folder, wanted.id.department, county.now, upload)
    if others + sent.length > county.settings.upload_quota:
        raise refuse(429, f"本部门没送完的文件已有 {others} 字节", f"合计不超过 {county.settings.upload_quota} 字节",
                     "先续传完，或等七天后自动清除")  # fmt: skip
    try:
        with FileLock(upload.lock, timeout=0, thread_local=False):
            return await _take(request, response, wanted, sent, county, upload)
    except Timeout:
        raise refuse(423, "同一个文件正在传送", remedy="等它结束后续传", offset=upload.size) from None


async def _take(
    request: Request, response: Response, wanted: Dataset, sent: Parcel, county: County, upload: Upload
) -> dict[str, object]:
    if sent.offset != upload.size:
        raise refuse(
            409, f"从 {sent.offset} 字节开始", f"从 {upload.size} 字节接着送", "按 Upload-Offset 续传", upload.size
        )
    try:
        with upload.open() as target:
            async for chunk in _spoken(request):
                if target.tell() + len(chunk) > sent.length:
                    raise refuse(413, "字节比 Upload-Length 多", f"{sent.length} 字节", offset=upload.size)
                await run_in_threadpool(target.write, chunk)
    except ClientDisconnect:
        raise refuse(400, "连接断了", remedy="按 Upload-Offset 续传", offset=upload.size) from None
    response.headers["Upload-Offset"] = str(upload.size)
    if upload.size < sent.length:
        response.status_code = 202
        return {"state": "partial", "offset": upload.size}
    # A large file takes seconds to sum up: meanwhile the others are answered.
    if not await run_in_threadpool(upload.matches):
        upload.discard()
        raise refuse(422, "收到的内容与 X-Content-SHA256 不一致", "完整、未改动的文件", "重新传送", 0)
    day = sent.data_on or county.as_of
    final = upload.file_as(free_inbox_name(county.settings.inbox, wanted, day, sent.suffix))
    why = "data_on 所写" if sent.data_on else "没有写 data_on，按收到之日"
    return {"state": "filed", "file": final.name, "sha256": sent.sha256, "data_date": f"{day}（{why}）"}


async def _spoken(request: Request) -> AsyncIterator[bytes]:
    """The pieces of the body; raise ClientDisconnect where none comes for too long."""
    pieces = request.stream().__aiter__()
    while True:
        try:
            yield await asyncio.wait_for(pieces.__anext__(), SILENCE)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ClientDisconnect from None


@router.get("/{department}/{dataset}/{sha256}", summary="这个文件已收到多少")
def received(
    sha256: str,
    response: Response,
    wanted: Annotated[Dataset, Depends(sender)],
    county: Annotated[County, Depends(office)],
) -> dict[str, object]:
    """How far an upload came, and what became of the delivery."""
    for known in county.registry.deliveries(wanted.id):
        if known.sha256 == sha256:
            drift = [str(found) for found in known.drift]
            return {
                "state": known.state,
                "data_date": date_taken(known),
                "rows": known.rows,
                "refusal": known.refusal,
                "detail": known.detail,
                "drift": drift,
            }
    if not SHA256.match(sha256):
        raise refuse(404, "没有收到过")
    upload = Upload(county.settings.home / "uploads", wanted.id, sha256)
    response.headers["Upload-Offset"] = str(upload.size)
    return {"state": "partial" if upload.size else "unknown", "offset": upload.size}
