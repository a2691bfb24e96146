"""What every answer of the server carries; a request that is none gets a reason in Chinese, never a 500."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shuyang_data.errors import Problem

# The pages have a style of their own and nothing else: no script, no frame, nothing from elsewhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY, "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
}  # fmt: skip
REASONS = {404: "没有这个地址", 405: "这个地址不接受这种请求"}
# What a value may be wrong in, by the beginning of the library's name for it.
FAULTS = {
    "missing": "没有写", "json_invalid": "不是 JSON", "date": "不是日期（YYYY-MM-DD）", "int": "不是合适的整数",
    "enum": "不在可选的值里", "string_too": "长度不合要求", "greater": "太小", "less": "太大",
    "bool": "不是 true 或 false", "string": "不是文字",
}  # fmt: skip
Statuses = dict[int | str, dict[str, Any]]
BAD: Statuses = {
    400: {"description": "请求写得不对"}, 404: {"description": "没有"}, 422: {"description": "内容不合要求"},
}  # fmt: skip
KEYED: Statuses = BAD | {
    401: {"description": "没有部门密钥，或密钥不对"}, 403: {"description": "密钥属于别的部门，或这一步不由它办理"},
    409: {"description": "现在不能这样办"},
}  # fmt: skip


def _whole(text: str) -> str:
    """Half a pair of surrogates is no character, and can be written down nowhere."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("不成字的字符") from None
    return text


Words = Annotated[str, AfterValidator(_whole)]


class SafeHeaders:
    """Puts the headers on every answer; the body goes through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


def guard(app: FastAPI) -> None:
    """Give the application its headers and its refusals."""
    app.add_middleware(SafeHeaders)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)
    for fault in (UnicodeError, OverflowError):
        app.exception_handler(fault)(_unwritable)


def _answer(status: int, problem: Problem) -> JSONResponse:
    return JSONResponse({"detail": problem.__dict__ | {"message": str(problem)}}, status)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Every wrong field with what is wrong in it; the value itself is not repeated."""
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    said = [f"{'.'.join(str(part) for part in each['loc'][1:]) or '内容'} {_fault(each['type'])}" for each in wrong]
    return _answer(422, Problem("请求", "；".join(said) or "读不懂", "接口说明里的写法", "改正后再送"))


def _fault(kind: str) -> str:
    return next((said for name, said in FAULTS.items() if kind.startswith(name)), "不合要求")


async def _refused(request: Request, error: Exception) -> Response:
    """Our own refusals as they are; the framework's in Chinese."""
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.detail, dict):
        return JSONResponse({"detail": error.detail}, error.status_code, headers=dict(error.headers or {}))
    found = REASONS.get(error.status_code, "请求写得不对")
    return _answer(error.status_code, Problem("请求", found, "接口说明里的地址"))


async def _unwritable(request: Request, error: Exception) -> JSONResponse:
    return _answer(422, Problem("请求", "有写不下来的字符或太大的数", "一般的文字和数", "改正后再送"))
