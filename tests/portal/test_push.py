"""Departments send by HTTP: whole, in pieces, twice, broken off, damaged, or without the right key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shuyang_data.arrival.receive import receive
from shuyang_data.county import County
from shuyang_data.portal.app import build_app
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset

DATASET = a_dataset(a_column("code", required=True))
PLACE = f"/deliveries/{DATASET.id}"
CONTENT = b"code\n001\n002\n" * 50
KEY = {"Authorization": "Bearer geheim"}


@pytest.fixture
def county(settings: Settings) -> Iterator[County]:
    registry = Registry(settings.registry)
    registry.set_key(DATASET.id.department, hashlib.sha256(b"geheim").hexdigest())
    registry.set_key("police", hashlib.sha256(b"andere").hexdigest())
    yield County(settings, a_catalog(DATASET), registry, TODAY, NOW)
    registry.close()


@pytest.fixture
def client(county: County) -> Iterator[TestClient]:
    with TestClient(build_app(county)) as opened:
        yield opened


def headers(content: bytes = CONTENT, **more: str) -> dict[str, str]:
    return KEY | {"X-Content-SHA256": hashlib.sha256(content).hexdigest()} | more


def waiting(county: County) -> list[bytes]:
    folder = county.settings.inbox / DATASET.id.department
    return [path.read_bytes() for path in sorted(folder.glob("*"))] if folder.is_dir() else []


def test_a_whole_file_waits_in_the_inbox_and_is_known_afterwards(client: TestClient, county: County) -> None:
    sent = client.post(
        PLACE, content=CONTENT, headers=headers(), params={"filename": "原.csv", "data_on": "2026-11-01"}
    )
    assert (sent.status_code, sent.json()["file"]) == (201, "测试数据_20261101.csv")
    assert waiting(county) == [CONTENT]
    path = county.settings.inbox / DATASET.id.department / "测试数据_20261101.csv"
    delivery, _ = receive(path, DATASET.id, county.settings.landing, NOW)
    county.registry.save_delivery(delivery)
    again = client.post(PLACE, content=CONTENT, headers=headers())
    assert (again.status_code, again.json()["state"], waiting(county)) == (200, "known", [])
    assert client.get(f"{PLACE}/{delivery.sha256}", headers=KEY).json()["state"] == "landed"


@given(st.lists(st.integers(1, len(CONTENT) - 1), max_size=5, unique=True))
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_it_is_cut_the_same_bytes_arrive(client: TestClient, county: County, cuts: list[int]) -> None:
    for path in (county.settings.inbox / DATASET.id.department).glob("*"):
        path.unlink()
    bounds = [0, *sorted(cuts), len(CONTENT)]
    for start, end in zip(bounds, bounds[1:], strict=False):
        more = {"Upload-Length": str(len(CONTENT)), "Upload-Offset": str(start)}
        sent = client.post(PLACE, content=CONTENT[start:end], headers=headers(**more))
        assert sent.status_code == (201 if end == len(CONTENT) else 202)
    assert waiting(county) == [CONTENT]


def test_who_lost_count_is_told_where_to_go_on(client: TestClient, county: County) -> None:
    length = {"Upload-Length": str(len(CONTENT))}
    client.post(PLACE, content=CONTENT[:100], headers=headers(**length))
    wrong = client.post(PLACE, content=CONTENT[90:], headers=headers(**length, **{"Upload-Offset": "90"}))
    assert (wrong.status_code, wrong.headers["Upload-Offset"]) == (409, "100")
    asked = client.get(f"{PLACE}/{hashlib.sha256(CONTENT).hexdigest()}", headers=KEY)
    assert (asked.json()["state"], asked.headers["Upload-Offset"]) == ("partial", "100")
    assert waiting(county) == []


def test_damaged_bytes_are_thrown_away_and_can_be_sent_again(client: TestClient, county: County) -> None:
    damaged = client.post(PLACE, content=CONTENT.replace(b"001", b"00x", 1), headers=headers())
    assert (damaged.status_code, damaged.headers["Upload-Offset"], waiting(county)) == (422, "0", [])
    assert client.post(PLACE, content=CONTENT, headers=headers()).status_code == 201


@pytest.mark.parametrize(
    ("place", "sent", "status"),
    [
        (PLACE, {"Authorization": ""}, 401),
        (PLACE, {"Authorization": "Bearer falsch"}, 401),
        (PLACE, {"Authorization": "Bearer andere"}, 403),
        ("/deliveries/civil_affairs/nothing", {}, 404),
        (PLACE, {"X-Content-SHA256": "abc"}, 400),
        (PLACE, {"Upload-Length": "3"}, 413),
        (PLACE, {"Upload-Offset": "-1"}, 400),
    ],
)
def test_what_is_not_taken_says_why_in_chinese(
    client: TestClient, county: County, place: str, sent: dict[str, str], status: int
) -> None:
    answer = client.post(place, content=CONTENT, headers=headers() | sent)
    assert answer.status_code == status
    assert any("一" <= char <= "鿿" for char in answer.json()["detail"]["message"])
    assert waiting(county) == []


@pytest.mark.parametrize("name", ["../../x.csv", "x.c/../sv", "x.toolongsuffix"])
def test_a_file_name_never_becomes_a_path(client: TestClient, county: County, name: str) -> None:
    client.post(PLACE, content=CONTENT, headers=headers(), params={"filename": name})
    home = county.settings.home
    assert all(path.parent.name in (DATASET.id.department,) or "uploads" in path.parts or path.parent == home
               for path in home.rglob("*") if path.is_file())  # fmt: skip


def test_a_new_key_ends_the_old_one(client: TestClient, county: County) -> None:
    county.registry.set_key(DATASET.id.department, hashlib.sha256(b"neu").hexdigest())
    assert client.post(PLACE, content=CONTENT, headers=headers()).status_code == 401
    assert client.post(PLACE, content=CONTENT, headers=headers(Authorization="Bearer neu")).status_code == 201
