"""Tickets by HTTP: each department sees and answers its own, and nobody reads another's list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from shuyang_data.catalog.model import Department
from shuyang_data.county import County
from shuyang_data.portal.app import build_app
from shuyang_data.quality.tickets import Failure, Judgement, settle
from shuyang_data.records import Severity
from shuyang_data.settings import Settings
from shuyang_data.storage.files import write_text
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.ticket_log import TicketLog, list_path
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset

DATASET = a_dataset(a_column("code", required=True))
OURS, THEIRS = DATASET.id.department, "police"
KEYS = {OURS: {"Authorization": "Bearer geheim"}, THEIRS: {"Authorization": "Bearer andere"}}


@pytest.fixture
def county(settings: Settings) -> Iterator[County]:
    registry = Registry(settings.registry)
    registry.set_key(OURS, hashlib.sha256(b"geheim").hexdigest())
    registry.set_key(THEIRS, hashlib.sha256(b"andere").hexdigest())
    catalog = a_catalog(DATASET)
    police = Department(title="公安局", credit_code="2" * 18, chief_data_officer="官", data_steward="员")
    both = catalog.model_copy(update={"departments": {**catalog.departments, THEIRS: police}})
    yield County(settings, both, registry, TODAY, NOW)
    registry.close()


@pytest.fixture
def client(county: County) -> Iterator[TestClient]:
    with TestClient(build_app(county)) as opened:
        yield opened


@pytest.fixture
def found(county: County) -> str:
    failure = Failure("code.required", "d1", "编号：必填", Severity.RECTIFY, "0201", 9, 2)
    judged = Judgement(
        DATASET.id, ("d1",), (failure,), frozenset(["code.required"]), frozenset(), TODAY, TODAY + timedelta(14)
    )
    (ticket,) = settle(judged, {})
    TicketLog(county.registry).save([ticket])
    write_text(list_path(county.settings.reports, DATASET.id, ticket.id), "\ufeff交付文件,数据行号\na.csv,7\n")
    return ticket.id


def test_a_department_answers_its_own_ticket(client: TestClient, found: str) -> None:
    (row,) = client.get(f"/tickets/{OURS}", headers=KEYS[OURS]).json()
    assert (row["id"], row["unexpected"], row["list"]) == (found, 2, True)
    listing = client.get(f"/tickets/{OURS}/{found}/rows.csv", headers=KEYS[OURS])
    assert listing.content.decode("utf-8-sig").splitlines()[1] == "a.csv,7"
    answer = client.post(f"/tickets/{OURS}/{found}", headers=KEYS[OURS], json={"act": "accept", "by": "李四"})
    assert (answer.status_code, answer.json()["state"]) == (200, "已认领")
    disputed = client.post(f"/tickets/{OURS}/{found}", headers=KEYS[OURS], json={"act": "dispute", "by": "李四"})
    assert (disputed.status_code, "没有写理由" in disputed.text) == (409, True)


def test_a_department_does_not_close_its_own_ticket(client: TestClient, found: str) -> None:
    """Seen: whoever was late closed the ticket, and the clock that the targets stand on went with it."""
    close = {"act": "close", "by": "李四", "text": "示例数据"}
    assert client.post(f"/tickets/{OURS}/{found}", headers=KEYS[OURS], json=close).status_code == 403
    (row,) = client.get(f"/tickets/{OURS}", headers=KEYS[OURS]).json()
    assert (row["id"], row["state"]) == (found, "待核实")


def test_nobody_sees_another_departments_ticket(client: TestClient, found: str) -> None:
    assert client.get(f"/tickets/{OURS}").status_code == 401
    assert client.get(f"/tickets/{OURS}", headers=KEYS[THEIRS]).status_code == 403
    assert client.get(f"/tickets/{THEIRS}", headers=KEYS[THEIRS]).json() == []
    for path in (found, f"{found}/rows.csv", "JH-none"):
        assert client.get(f"/tickets/{THEIRS}/{path}", headers=KEYS[THEIRS]).status_code == 404


def test_a_requester_files_and_closes_its_own(client: TestClient) -> None:
    filing = {"dataset": str(DATASET.id), "text": "三行地址与实际不符", "rows": 3}
    filed = client.post(f"/tickets/{THEIRS}", headers=KEYS[THEIRS], json=filing)
    assert filed.status_code == 201
    name = filed.json()["id"]
    assert [row["id"] for row in client.get(f"/tickets/{OURS}", headers=KEYS[OURS]).json()] == [name]
    close = {"act": "close", "by": "某", "text": "已核对"}
    assert client.post(f"/tickets/{OURS}/{name}", headers=KEYS[OURS], json=close).status_code == 403
    accept = close | {"act": "accept"}
    assert client.post(f"/tickets/{THEIRS}/{name}", headers=KEYS[THEIRS], json=accept).status_code == 403
    assert client.post(f"/tickets/{OURS}/{name}", headers=KEYS[OURS], json=accept).status_code == 200
    assert client.get(f"/tickets/{THEIRS}/{name}/rows.csv", headers=KEYS[THEIRS]).status_code == 404
    assert client.post(f"/tickets/{THEIRS}/{name}", headers=KEYS[THEIRS], json=close).status_code == 200
    wrong = client.post(f"/tickets/{THEIRS}", headers=KEYS[THEIRS], json=filing | {"dataset": "a/b"})
    assert wrong.status_code == 422
