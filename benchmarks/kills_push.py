"""A department's client of `benchmarks.kills`: sends a file slowly, and goes on after each death of the server."""

from __future__ import annotations

import hashlib
import http.client
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from benchmarks.kills_county import DEPARTMENT, PUSHED, data_day, file_of

PIECES, PAUSE = 8, 0.2
PATIENCE = 120.0
DONE = (200, 201)


def push(port: int, key: str, turn: int) -> int:
    """Send a round's file until it is filed; how many times the connection died. Raises TimeoutError."""
    name, content = file_of(PUSHED, turn)
    query = urlencode({"filename": name, "data_on": data_day(turn).isoformat()})
    sha256, deaths, offset = hashlib.sha256(content).hexdigest(), 0, 0
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        headers = {
            "Authorization": f"Bearer {key}", "X-Content-SHA256": sha256, "Upload-Length": str(len(content)),
            "Upload-Offset": str(offset), "Content-Length": str(len(content) - offset),
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request(
                "POST", f"/deliveries/{DEPARTMENT}/{PUSHED.name}?{query}", _slowly(content[offset:]), headers
            )
            answer = connection.getresponse()
            if answer.status in DONE:
                return deaths
            offset = int(answer.headers.get("Upload-Offset") or offset)
        except (OSError, http.client.HTTPException):
            deaths += 1
        finally:
            connection.close()
        time.sleep(PAUSE)
    raise TimeoutError(f"delivery {turn} was not filed within {PATIENCE:g} s")


def _slowly(content: bytes) -> Iterator[bytes]:
    size = max(1, len(content) // PIECES)
    for start in range(0, len(content), size):
        yield content[start : start + size]
        time.sleep(PAUSE)
