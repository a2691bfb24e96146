"""The same behaviour on SQLite and on PostgreSQL; PostgreSQL is started from a wheel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from shuyang_data.acts import Decided, DeliveryAct
from shuyang_data.catalog.changes import State
from shuyang_data.errors import StorageError
from shuyang_data.exchange.records import Demand, Supply
from shuyang_data.names import DatasetId, Layer
from shuyang_data.quality.scores import dataset_score
from shuyang_data.quality.tickets import Act, file_ticket, perform
from shuyang_data.records import Counts, Delivery, DeliveryState, Outcome, PublishedFile, Release
from shuyang_data.storage.change_log import ChangeLog
from shuyang_data.storage.registry import MIGRATIONS, Registry
from shuyang_data.storage.registry_model import Base
from shuyang_data.storage.score_log import ScoreLog
from shuyang_data.storage.ticket_log import TicketLog
from tests.builders import NOW, TODAY, a_change

ID = DatasetId("police", "vehicle")
DELIVERY = Delivery("20261124-ab", ID, "police/vehicle/x.csv", 10, "f" * 64, date(2026, 11, 24), 5, NOW)
RELEASE = Release(
    ID,
    Layer.OPEN,
    "v1",
    "open/police/vehicle/v1",
    3,
    1,
    42,
    date(2026, 11, 24),
    NOW,
    (PublishedFile("data.csv", 9, "a" * 64, 7, 3),),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    if request.param == "sqlite":
        opened = Registry(f"sqlite:///{tmp_path / 'registry.db'}")
    else:
        opened = Registry(request.getfixturevalue("postgresql"))
    yield opened
    if request.param == "postgresql":
        with opened.engine.begin() as connection:
            for table in Base.metadata.sorted_tables:
                connection.execute(table.delete())
    opened.engine.dispose()


def test_the_migrations_make_exactly_the_declared_tables(registry: Registry) -> None:
    with registry.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_deliveries_come_back_whole_and_in_order(registry: Registry) -> None:
    later = replace(DELIVERY, id="b", sequence=6, received_at=NOW + timedelta(hours=1))
    for delivery in (later, DELIVERY):
        registry.save_delivery(delivery)
    assert registry.deliveries(ID) == [DELIVERY, later]
    registry.save_delivery(replace(DELIVERY, state=DeliveryState.REFUSED, refusal="empty_file"))
    assert [d.state for d in registry.deliveries()] == ["refused", "landed"]
    assert registry.deliveries(DatasetId("police", "other")) == []


def test_outcomes_are_replaced(registry: Registry) -> None:
    first = Outcome(ID, "f1", "r1", NOW, Counts(3, 2, 1, 0), 7, ("a",), date(2026, 11, 24), 2)
    registry.save_outcome(first)
    second = replace(first, blocked_by=("门禁",), held=4)
    registry.save_outcome(second)
    assert registry.outcomes() == {ID: second}


def test_one_release_is_current(registry: Registry) -> None:
    registry.save_release(RELEASE)
    second = replace(RELEASE, version="v2", released_at=NOW + timedelta(days=1))
    registry.save_release(second)
    registry.save_release(replace(RELEASE, layer=Layer.SHARED))
    assert registry.releases() == [second, replace(RELEASE, layer=Layer.SHARED)]
    assert len(registry.releases(current=False)) == 3
    registry.withdraw_release(ID, Layer.OPEN, NOW, "试")
    assert [r.layer for r in registry.releases()] == ["shared"]


def test_demands_are_replaced_as_a_list_and_supplies_are_kept(registry: Registry) -> None:
    demand = Demand("D1", "finance", "police", ID, ("plate",), "核验", date(2026, 9, 1), granted_until=date(2027, 1, 1))
    registry.replace_demands([demand, replace(demand, id="D2", dataset=None)])
    registry.replace_demands([demand])
    assert registry.demands() == [demand]
    supply = Supply("D1", ID, "v1", "supply/x.parquet", 3, "a" * 64, NOW)
    registry.save_supplies([supply])
    registry.save_supplies([supply])
    assert registry.supplies() == [supply]


def test_nights(registry: Registry) -> None:
    assert registry.last_night() is None
    registry.save_night("n1", date(2026, 11, 24), NOW, None, {"planned": 3})
    night = registry.last_night()
    assert night is not None
    assert (night["id"], night["planned"], night["started_at"]) == ("n1", 3, datetime(2026, 11, 24, 3, 0, tzinfo=UTC))


def test_a_registry_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "registry.db"
    broken.write_bytes(b"this is not a database, it is a text that is long enough to be taken for one")
    with pytest.raises(StorageError, match="登记库"):
        Registry(f"sqlite:///{broken}")


def test_what_the_newest_revision_added_goes_and_comes_with_the_rows_in_place(registry: Registry) -> None:
    from alembic import command
    from alembic.config import Config

    act = DeliveryAct(Decided.VOID, "王五", "送错了", NOW)
    registry.save_delivery(replace(DELIVERY, state=DeliveryState.VOIDED, acts=(act,), tried="f" * 16))
    assert registry.deliveries(ID)[0].acts == (act,)
    registry.save_release(RELEASE)
    registry.withdraw_release(ID, RELEASE.layer, NOW, "级别提高")
    (gone,) = registry.withdrawn()
    assert (gone.withdrawn_at, gone.withdrawn_for) == (NOW, "级别提高")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with registry.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
    registry.migrate()
    (delivery,) = registry.deliveries(ID)
    assert (delivery.id, delivery.acts, delivery.tried) == (DELIVERY.id, (), "")
    assert [release.version for release in registry.releases(ID, current=False)] == [RELEASE.version]


def test_the_log_keeps_everything(registry: Registry) -> None:
    log = ChangeLog(registry)
    first = log.next_batch(TODAY)
    log.save([a_change(batch=first), a_change(id="BG2026-0001-0002", batch=first, name="a/c", state=State.APPLIED)])
    assert log.next_batch(TODAY) != first
    assert [change.name for change in log.changes(batch=first)] == ["a/b", "a/c"]
    assert log.changes(states=[State.APPLIED])[0].after == {"title": "新"}
    assert log.changes(entry=("datasets", "a/b"))[0].submitted_on == TODAY


def test_tickets_come_back_whole_the_oldest_first(registry: Registry) -> None:
    log = TicketLog(registry)
    first = file_ticket(ID, "finance", "地址不对", 3, "d1", TODAY, TODAY + timedelta(days=14))
    older = replace(file_ticket(ID, "finance", "电话不对", 1, "d1", TODAY, TODAY), since=TODAY - timedelta(days=30))
    other = file_ticket(DatasetId("police", "household"), "finance", "x", 0, "", TODAY, TODAY)
    log.save([first, older, other])
    assert log.tickets(ID) == [older, first]
    assert log.ticket(first.id) == first and log.ticket("JH-none") is None
    closed = perform(first, Act.CLOSE, "财政局", "已核对", TODAY)
    log.save([closed])
    assert log.tickets(ID, only_open=True) == [older]
    assert {t.id for t in log.tickets(department="police")} == {first.id, older.id, other.id}
    assert log.tickets(department="polic") == []
    assert {t.id for t in log.tickets(ID, closed_since=TODAY)} == {first.id, older.id}
    assert {t.id for t in log.tickets(ID, closed_since=TODAY + timedelta(days=1))} == {older.id}
    assert {t.id for t in log.concerned(ID, [])} == {older.id}
    assert {t.id for t in log.concerned(ID, [first.id])} == {first.id, older.id}
    assert registry.open_tickets() == {ID: [older.since], other.dataset: [TODAY]}


def test_a_scope_has_the_score_of_its_last_change(registry: Registry) -> None:
    log = ScoreLog(registry)
    scores = [
        dataset_score("police/vehicle", TODAY + timedelta(days=n), {"0201": (held, 10)}) for n, held in ((0, 5), (3, 9))
    ]
    log.save([*scores, dataset_score("police", TODAY, {})])
    assert log.history("police/vehicle", TODAY + timedelta(days=9)) == scores
    assert log.latest(TODAY + timedelta(days=2))["police/vehicle"] == scores[0]
    assert set(log.latest(TODAY + timedelta(days=3))) == {"police/vehicle", "police"}
    assert log.latest(TODAY - timedelta(days=1)) == {}
    log.save([replace(scores[1], total=0.1)])
    assert log.latest(TODAY + timedelta(days=3))["police/vehicle"].total == 0.1
