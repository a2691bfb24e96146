"""What takes rows away: operations, replaced periods, folded keys, and a full delivery that lacks keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shuyang_data.acts import Decided, DeliveryAct
from shuyang_data.catalog.delivering import Delivery, Operation, Period
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import DeliveryMode, FileFormat, KeyFolding, PeriodUnit, Type
from shuyang_data.chain.fingerprint import live_deliveries
from shuyang_data.county import County
from shuyang_data.stewardship.delivery_acts import decided
from tests.builders import a_catalog, a_column, a_dataset, write_csv
from tests.small_county import a_county, later, made, rows_of

COLUMNS = (
    a_column("code", title="编号", required=True), a_column("number", Type.INTEGER, title="数值", required=True),
    a_column("day", Type.DATE, title="日期"), a_column("act", title="操作"),
)  # fmt: skip


def dataset_of(mode: DeliveryMode = DeliveryMode.INCREMENT, **more: object) -> Dataset:
    fields = {"key_folding": more.pop("key_folding", KeyFolding.WIDTH)}
    delivery = Delivery(file="F", format=FileFormat.CSV, mode=mode, **more)  # type: ignore[arg-type]
    return a_dataset(
        *COLUMNS, path="civil_affairs/place", code="307001/1", title="地名名录", delivery=delivery, **fields
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[County]:
    county = a_county(tmp_path / "home", a_catalog(dataset_of()))
    yield county
    county.registry.close()


def night(county: County, dataset: Dataset, number: int, lines: str, name: str = "") -> dict[str, int]:
    """A file of the day arrives; what stands in standard afterwards."""
    file = name or f"F_202611{number:02d}.csv"
    write_csv(county.settings.inbox / "civil_affairs" / file, "编号,数值,日期,操作", *lines.split())
    made(later(county, f"n{number}", number, a_catalog(dataset)), dataset)
    return standing(county)


def standing(county: County) -> dict[str, int]:
    return {row["code"]: row["number"] for row in rows_of(county, dataset_of())}


def blocked(county: County) -> tuple[str, ...]:
    outcome = county.registry.outcome(dataset_of().id)
    assert outcome is not None
    counts = outcome.counts
    assert counts.delivered == counts.accepted + counts.rejected + counts.superseded
    return outcome.blocked_by


def test_an_operation_deletes_its_key_and_nothing_else_does(home: County) -> None:
    dataset = dataset_of(operation=Operation(column="act", delete=("删除", "D")))
    assert night(home, dataset, 1, "A,1,,新增 B,2,,新增 C,3,,新增") == {"A": 1, "B": 2, "C": 3}
    # A row that deletes needs no more than its key; one of an unknown key deletes nothing.
    assert night(home, dataset, 2, "A,,,删除 X,,,D") == {"B": 2, "C": 3}
    assert night(home, dataset, 3, "A,7,,新增") == {"A": 7, "B": 2, "C": 3}
    assert blocked(home) == ()


def test_operations_of_one_file_count_in_their_order(home: County) -> None:
    dataset = dataset_of(operation=Operation(column="act", delete=("删除",)))
    assert night(home, dataset, 1, "A,1,,新增 A,2,,修改 A,,,删除 B,1,,新增 B,,,删除 B,5,,新增") == {"B": 5}
    outcome = home.registry.outcome(dataset.id)
    assert outcome is not None
    assert (outcome.counts.accepted, outcome.counts.rejected, outcome.counts.superseded) == (1, 0, 5)


def test_a_deletion_without_a_key_is_rejected(home: County) -> None:
    dataset = dataset_of(operation=Operation(column="act", delete=("删除",))).model_copy(update={"reject_limit": 0.9})
    assert night(home, dataset, 1, "A,1,,新增 ,,,删除") == {"A": 1}
    outcome = home.registry.outcome(dataset.id)
    assert outcome is not None
    assert outcome.counts.rejected == 1


@pytest.mark.parametrize("period", [Period(column="act"), Period(column="day", unit=PeriodUnit.MONTH)])
def test_a_period_that_comes_again_replaces_the_whole_period(home: County, period: Period) -> None:
    dataset = dataset_of(replaces=period)
    night(home, dataset, 1, "A,1,2026-09-01,九月 B,2,2026-09-30,九月 C,3,2026-10-01,十月")
    assert night(home, dataset, 2, "A,10,2026-09-02,九月 D,4,2026-11-01,十一月") == {"A": 10, "C": 3, "D": 4}
    assert blocked(home) == ()


def test_without_a_declaration_an_increment_takes_nothing_away(home: County) -> None:
    night(home, dataset_of(), 1, "A,1,2026-09-01,新增 B,2,2026-09-01,新增")
    assert night(home, dataset_of(), 2, "A,3,2026-09-01,删除") == {"A": 3, "B": 2}


@pytest.mark.parametrize(
    ("folding", "kept", "rejected"),
    [
        (KeyFolding.EXACT, 4, 0),
        (KeyFolding.WIDTH, 2, 2),
        (KeyFolding.CASE, 1, 3),
        (KeyFolding.NFKC, 2, 2),
        (KeyFolding.NFKC_CASE, 1, 3),
    ],
)
def test_one_key_is_one_key_however_it_was_typed(home: County, folding: KeyFolding, kept: int, rejected: int) -> None:
    """Seen: A01, Ａ０１ and `A01　` were three keys."""
    dataset = dataset_of(DeliveryMode.FULL, key_folding=folding).model_copy(update={"reject_limit": 0.9})
    rows = night(home, dataset, 1, "A01,1,, Ａ０１,2,, a01,4,,")
    path = home.settings.inbox / "civil_affairs" / "F_20261102.csv"
    path.write_text("编号,数值,日期,操作\nA01,1,,\nＡ０１,2,,\nA01　,3,,\na01,4,,\n", encoding="utf-8")
    made(later(home, "n2", 2, a_catalog(dataset)), dataset)
    rows = standing(home)
    outcome = home.registry.outcome(dataset.id)
    assert outcome is not None
    assert (len(rows), outcome.counts.rejected) == (kept, rejected)
    assert rows["A01"] == 1


def full(number: int) -> str:
    return " ".join(f"K{n:03d},{n},," for n in range(number))


def test_a_full_delivery_that_loses_keys_waits_for_a_named_person(home: County) -> None:
    """Seen: 100 → 60 → 3 rows published without a word."""
    dataset = dataset_of(DeliveryMode.FULL)
    assert len(night(home, dataset, 1, full(100))) == 100
    assert len(night(home, dataset, 2, full(81))) == 81, "19 keys come and go"
    assert len(night(home, dataset, 3, full(60))) == 81, "21 of 81 are 26 %"


def test_who_stands_for_the_loss_lets_it_pass(home: County) -> None:
    dataset = dataset_of(DeliveryMode.FULL)
    night(home, dataset, 1, full(100))
    assert len(night(home, dataset, 2, full(60))) == 100
    assert "40 个" in blocked(home)[0]
    assert len(night(home, dataset, 3, full(3))) == 100, "held against what is in force"
    newest = home.registry.deliveries(dataset.id)[-1]
    moment = datetime(2026, 11, 24, 9, tzinfo=UTC)
    decided(
        later(home, "c", 3, a_catalog(dataset)), newest.id, DeliveryAct(Decided.CONFIRM, "王五", "机构撤并", moment)
    )
    made(later(home, "n4", 4, a_catalog(dataset)), dataset)
    assert (len(standing(home)), blocked(home)) == (3, ())
    (act,) = home.registry.deliveries(dataset.id)[-1].acts
    assert (act.by, act.reason, act.at) == ("王五", "机构撤并", moment)


@pytest.mark.parametrize("more", [{"moving_window": True}, {"lost_share": 0.5}])
def test_a_dataset_may_declare_how_much_it_loses(home: County, more: dict[str, object]) -> None:
    dataset = dataset_of(DeliveryMode.FULL, **more)
    night(home, dataset, 1, full(100))
    assert len(night(home, dataset, 2, full(60))) == 60


@pytest.mark.parametrize(("announced", "rows"), [("40", 60), ("39", 100)])
def test_a_hand_over_sheet_may_announce_the_loss(home: County, announced: str, rows: int) -> None:
    from shuyang_data.arrival.receive import receive_sheets

    dataset = dataset_of(DeliveryMode.FULL)
    night(home, dataset, 1, full(100))
    sheet = home.settings.inbox / "civil_affairs" / "交接单_20261102.csv"
    write_csv(sheet, "文件名,行数,减少主键数", f"F_20261102.csv,60,{announced}")
    receive_sheets(["civil_affairs"], home.settings.inbox, home.settings.landing, home.local_now)
    assert len(night(home, dataset, 2, full(60))) == rows


def test_what_is_voided_goes_out_of_effect_and_does_not_come_back(home: County) -> None:
    dataset = dataset_of(DeliveryMode.FULL)
    night(home, dataset, 1, "A,1,,")
    assert night(home, dataset, 2, "A,2,,") == {"A": 2}
    wrong = home.registry.deliveries(dataset.id)[-1]
    act = DeliveryAct(Decided.VOID, "王五", "送错了", datetime(2026, 11, 26, 9, tzinfo=UTC))
    decided(later(home, "v", 2, a_catalog(dataset)), f"{dataset.id}:{wrong.id}", act)
    made(later(home, "n3", 3, a_catalog(dataset)), dataset)
    assert standing(home) == {"A": 1}
    # The same bytes again, under whatever name, are refused until somebody stands for them.
    assert night(home, dataset, 4, "A,2,,", "F_20261104.csv") == {"A": 1}
    again = home.registry.deliveries(dataset.id)[-1]
    assert again.refusal == "voided_before"
    decided(later(home, "r", 4, a_catalog(dataset)), again.id, DeliveryAct(Decided.RETRY, "王五", "没有送错", act.at))
    made(later(home, "n5", 5, a_catalog(dataset)), dataset)
    assert standing(home) == {"A": 2}


def test_when_nothing_is_left_nothing_stays_published(home: County) -> None:
    dataset = dataset_of(DeliveryMode.FULL)
    night(home, dataset, 1, "A,1,,")
    (only,) = home.registry.deliveries(dataset.id)
    assert home.registry.releases(dataset.id)
    act = DeliveryAct(Decided.VOID, "王五", "泄露", datetime(2026, 11, 26, 9, tzinfo=UTC))
    decided(later(home, "v", 2, a_catalog(dataset)), only.id, act)
    made(later(home, "n3", 3, a_catalog(dataset)), dataset)
    assert (standing(home), home.registry.releases(dataset.id)) == ({}, [])
    assert not list((home.settings.published / "open").rglob("*.parquet"))
    assert list((home.settings.home / "withdrawn").rglob("data.parquet"))
    assert live_deliveries(dataset, home.registry.deliveries(dataset.id)) == []
    # A registry that is rebuilt from landing knows it too.
    from shuyang_data.arrival.manifest import landed

    assert [delivery.acts for delivery in landed(home.settings.landing, dataset.id)] == [(act,)]
