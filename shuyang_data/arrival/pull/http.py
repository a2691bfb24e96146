"""Pull the pages of a department's interface into one zip archive: every answer is kept byte by byte."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from shuyang_data.catalog.sources import HttpPull, Paging
from shuyang_data.catalog.terms import PagingStyle
from shuyang_data.errors import Problem, SourceError

RETRIES, BACKOFF = 5, 0.5
RETRIED = (429, 500, 502, 503, 504)
PAGES, LARGEST = 100_000, 4 << 30
NOT_MODIFIED = 304


@dataclass(frozen=True)
class Answer:
    """One page. new: False when the interface said that nothing has changed."""

    content: bytes
    headers: dict[str, str]
    url: str
    new: bool = True


@dataclass(frozen=True)
class PulledPages:
    """pages: how many were kept, 0 when nothing has changed since `etag`."""

    pages: int
    etag: str


def pull_pages(base: str, token: str, pull: HttpPull, etag: str, target: Path) -> PulledPages:
    """Write every page to the zip archive `target`; raise SourceError when the interface fails for good."""
    taken, size, found = 0, 0, ""
    with _session(token) as session, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for answer in _answers(session, base, pull, etag):
            if not answer.new:
                return PulledPages(0, etag)
            taken, size = taken + 1, size + len(answer.content)
            found = found or str(answer.headers.get("ETag", ""))
            if taken > PAGES or size > LARGEST:
                raise _failed(pull, f"超过 {PAGES} 页或 {LARGEST >> 30} GB 还没有结束")
            archive.writestr(f"page-{taken:06d}.{pull.format}", answer.content)
    return PulledPages(taken, found)


def _session(token: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    retry = Retry(total=RETRIES, backoff_factor=BACKOFF, status_forcelist=RETRIED, respect_retry_after_header=True)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return session


def _answers(session: requests.Session, base: str, pull: HttpPull, etag: str) -> Iterator[Answer]:
    """The pages in order, at the agreed rate, until one is empty or names no next one."""
    url, paging = base.rstrip("/") + pull.path, pull.paging
    starts: dict[PagingStyle, Any] = {PagingStyle.PAGE: paging.first, PagingStyle.OFFSET: 0} if paging else {}
    position: Any = starts.get(paging.style, "") if paging else ""
    earliest = 0.0
    while True:
        time.sleep(max(0.0, earliest - time.monotonic()))
        earliest = time.monotonic() + 1 / pull.per_second
        answer = _get(session, url, _parameters(paging, position), etag, pull)
        etag = ""
        if not answer.new or paging is None:
            yield answer
            return
        document = _document(answer, pull)
        count = _count(document, answer, pull)
        if count:
            yield answer
        following = _next(paging, position, count, document, answer)
        if not count or following is None:
            return
        if paging.style is PagingStyle.LINK:
            url = _at_home(urljoin(answer.url, str(following)), base, pull)
        else:
            position = following


def _at_home(url: str, base: str, pull: HttpPull) -> str:
    """The next page's address, where the token may go: to the scheme, host and port that it was given for."""
    there, here = urlsplit(url), urlsplit(base)
    if _origin(there) != _origin(here):
        raise _failed(pull, f"下一页在另一处（{there.scheme}://{there.netloc}），凭证不往那里送")
    return url


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _parameters(paging: Paging | None, position: Any) -> dict[str, Any]:
    if paging is None or paging.style is PagingStyle.LINK:
        return {}
    size = {paging.size_parameter: paging.size} if paging.size_parameter else {}
    return size | ({paging.parameter: position} if position != "" else {})


def _get(session: requests.Session, url: str, parameters: dict[str, Any], etag: str, pull: HttpPull) -> Answer:
    headers = {"If-None-Match": etag} if etag else {}
    try:
        response = session.get(url, params=parameters, headers=headers, timeout=pull.timeout)
        if response.status_code != NOT_MODIFIED:
            response.raise_for_status()
    except requests.RequestException as error:
        raise _failed(pull, f"接口没有正常答复（{type(error).__name__}）") from error
    return Answer(
        response.content, {**response.headers, **_links(response)}, response.url, response.status_code != NOT_MODIFIED
    )


def _links(response: requests.Response) -> dict[str, str]:
    return {"next": response.links["next"]["url"]} if "next" in response.links else {}


def _document(answer: Answer, pull: HttpPull) -> Any:
    if pull.format == "csv":
        return None
    try:
        return json.loads(answer.content)
    except ValueError as error:
        raise _failed(pull, "接口返回的不是 JSON") from error


def _count(document: Any, answer: Answer, pull: HttpPull) -> int:
    """How many records the page holds."""
    if pull.format == "csv":
        return max(0, len(answer.content.splitlines()) - 1)
    records = _at(document, pull.records)
    if not isinstance(records, list):
        raise _failed(pull, f"返回里没有 {pull.records or '记录列表'}")
    return len(records)


def _next(paging: Paging, position: Any, count: int, document: Any, answer: Answer) -> Any:
    if paging.style is PagingStyle.LINK:
        return answer.headers.get("next")
    if paging.style is PagingStyle.CURSOR:
        return _at(document, paging.next) or None
    if count < paging.size:
        return None
    return position + (1 if paging.style is PagingStyle.PAGE else paging.size)


def _at(document: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _failed(pull: HttpPull, found: str) -> SourceError:
    return SourceError([Problem(f"{pull.source}{pull.path}", found, "目录约定的接口", "联系数源部门后重试")])
