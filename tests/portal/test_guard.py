"""Whatever is asked of the server, the answer is documented, in Chinese, with its headers, and never a 500."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shuyang_data.county import County
from shuyang_data.portal import deliveries
from shuyang_data.portal.app import build_app
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset

DATASET = a_dataset(a_column("code", required=True))
OURS = DATASET.id.department
KEY = {"Authorization": "Bearer geheim"}
CONTENT = b"code\n001\n"


@pytest.fixture
def county(settings: Settings) -> Iterator[County]:
    registry = Registry(settings.registry)
    registry.set_key(OURS, hashlib.sha256(b"geheim").hexdigest())
    yield County(settings, a_catalog(DATASET), registry, TODAY, NOW)
    registry.close()


@pytest.fixture
def app(county: County) -> FastAPI:
    return build_app(county)


ODD_TEXTS = st.one_of(
    st.sampled_from(
        [OURS, DATASET.id.dataset, "县", "警察/..", "\ud800", "a\x00b", "%2e%2e", "x" * 3000, "", "9" * 30]
    ),
    st.text(max_size=20),
)
ODD_VALUES = st.one_of(
    ODD_TEXTS, st.sampled_from([2**70, -(2**70), 1e308, None, True, [], {}, "0000-00-00", "99999-01-01"])
)
OPERATIONS = [("get", "/quality"), ("get", "/quality/{department}"), ("get", "/quality/{department}/{dataset}"),
              ("get", "/quality/{department}/{dataset}/examples"), ("get", "/tickets/{department}"), ("post", "/tickets/{department}"),
              ("get", "/tickets/{department}/{name}"), ("post", "/tickets/{department}/{name}"),
              ("get", "/tickets/{department}/{name}/rows.csv"), ("post", "/deliveries/{department}/{dataset}"),
              ("get", "/deliveries/{department}/{dataset}/{sha256}")]  # fmt: skip


def test_every_operation_is_tried(app: FastAPI) -> None:
    known = {(method, path) for path, methods in app.openapi()["paths"].items() for method in methods}
    assert known == set(OPERATIONS)


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@given(
    st.sampled_from(OPERATIONS), st.lists(ODD_TEXTS, min_size=3, max_size=3), st.booleans(),
    st.dictionaries(st.sampled_from(["act", "by", "text", "dataset", "rows"]), ODD_VALUES),
    st.dictionaries(st.sampled_from(["closed", "filename", "data_on"]), ODD_TEXTS),
    st.dictionaries(st.sampled_from(["Upload-Length", "Upload-Offset", "X-Content-SHA256"]), st.text("0123456789abcdef-", max_size=70)),
)  # fmt: skip
@hypothesis_settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_is_answered_by_an_error_of_the_server(
    app: FastAPI, operation: tuple[str, str], places: list[str], keyed: bool, body: dict[str, Any], query: dict[str, str],
    headers: dict[str, str],
) -> None:  # fmt: skip
    method, path = operation
    address = path
    for name, value in zip(("{department}", "{dataset}", "{name}"), places, strict=True):
        address = address.replace(name, encoded(OURS if keyed and name == "{department}" else value) or "x")
    address = address.replace("{sha256}", encoded(places[2]) or "x")
    asked = "&".join(f"{name}={encoded(value)}" for name, value in query.items())
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.request(
            method, f"{address}?{asked}", headers=headers | (KEY if keyed else {}),
            **({"content": as_json(body)} if method == "post" else {}),
        )  # fmt: skip
    assert answer.status_code < 500, (operation, places, body, answer.text)
    documented = app.openapi()["paths"][path][method]["responses"]
    assert str(answer.status_code) in documented or answer.status_code in (404, 405), (operation, answer.status_code)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.status_code >= 400:
        assert any("\u4e00" <= sign <= "\u9fff" for sign in answer.json()["detail"]["message"])


def as_json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def test_every_answer_forbids_scripts_frames_and_referrers(app: FastAPI) -> None:
    with TestClient(app) as client:
        for path in ("/quality", "/nowhere", f"/tickets/{OURS}"):
            answer = client.get(path, headers={"Host": "evil.example"})
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "script" not in policy and "frame-ancestors 'none'" in policy
            assert (answer.headers["X-Frame-Options"], answer.headers["Referrer-Policy"]) == ("DENY", "no-referrer")
            assert "evil.example" not in str(answer.headers) + answer.text
        assert client.get("/quality/", follow_redirects=False).status_code == 404, (
            "no redirect to the host that was named"
        )
        assert "<script" not in client.get("/quality").text


def test_a_department_does_not_fill_the_disk_with_what_it_never_ends(settings: Settings, county: County) -> None:
    small = County(
        settings.model_copy(update={"upload_quota": 100, "largest_upload": 90}),
        county.catalog,
        county.registry,
        TODAY,
        NOW,
    )
    place = f"/deliveries/{DATASET.id}"
    with TestClient(build_app(small)) as client:
        first = KEY | {"X-Content-SHA256": "1" * 64, "Upload-Length": "80"}
        assert client.post(place, content=b"x" * 60, headers=first).status_code == 202
        second = KEY | {"X-Content-SHA256": "2" * 64, "Upload-Length": "50"}
        refused = client.post(place, content=b"y", headers=second)
        assert (refused.status_code, "60 字节" in refused.text) == (429, True)
        huge = KEY | {"X-Content-SHA256": "3" * 64, "Upload-Length": "91"}
        assert client.post(place, content=b"z", headers=huge).status_code == 413
        (part,) = (settings.home / "uploads").rglob("*.part")
        age(part, days=8)
        assert client.post(place, content=b"y", headers=second).status_code == 202, "what nobody goes on with goes"


def age(path: Path, days: int) -> None:
    old = time.time() - days * 86_400
    os.utime(path, (old, old))


@pytest.fixture
def served(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A real server on a port of its own; silence is a second there."""
    monkeypatch.setattr(deliveries, "SILENCE", 1.0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield port
    server.should_exit = True
    thread.join(20)


def test_a_dead_socket_frees_its_lock_and_the_rest_is_sent(served: int, county: County) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()

    def request(body: bytes, offset: int, length: int) -> bytes:
        return (f"POST /deliveries/{DATASET.id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer geheim\r\nX-Content-SHA256: {digest}\r\n"
                f"Upload-Length: {len(CONTENT)}\r\nUpload-Offset: {offset}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                ).encode() + body  # fmt: skip

    with socket.create_connection(("127.0.0.1", served), timeout=20) as silent:
        silent.sendall(request(CONTENT[:4], 0, len(CONTENT)))
        answer = silent.recv(4000).decode()
        assert " 400 " in answer.splitlines()[0]
    with socket.create_connection(("127.0.0.1", served), timeout=20) as going_on:
        going_on.sendall(request(CONTENT[4:], 4, len(CONTENT) - 4))
        assert " 201 " in going_on.recv(4000).decode().splitlines()[0]
    folder = county.settings.inbox / OURS
    assert [path.read_bytes() for path in folder.iterdir()] == [CONTENT]
