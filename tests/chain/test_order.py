"""Which delivery counts: by data date, then number or time in the name, then receipt; never by a tie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.terms import DeliveryMode, FileFormat, Type
from shuyang_data.county import County
from shuyang_data.records import DeliveryState
from shuyang_data.storage.engine import Engine
from tests.builders import a_catalog, a_column, a_dataset, write_csv
from tests.small_county import a_county, later, layers_made, made, rows_of

FULL = a_dataset(
    a_column("code", title="编号", required=True), a_column("number", Type.INTEGER, title="数值"),
    path="civil_affairs/place", delivery=Delivery(file="F", format=FileFormat.CSV), code="307001/1", title="地名名录",
)  # fmt: skip
INCREMENT = FULL.model_copy(update={"delivery": Delivery(file="F", format=FileFormat.CSV, mode=DeliveryMode.INCREMENT)})
HEADING = "编号,数值"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    county = a_county(tmp_path / "home", a_catalog(FULL))
    yield county
    county.registry.close()


def night(county: County, dataset: object, *files: tuple[str, str], days: int = 0) -> County:
    """Files as (name, rows) arrive, and the dataset is made."""
    tonight = later(county, f"n{days}", days)
    for name, rows in files:
        write_csv(county.settings.inbox / "civil_affairs" / name, HEADING, *rows.split())
    made(tonight, dataset)  # type: ignore[arg-type]
    return tonight


def values(county: County) -> dict[str, int]:
    return {row["code"]: row["number"] for row in rows_of(county, FULL)}


def test_bytes_that_were_replaced_come_again(county: County) -> None:
    """Seen: A, B, A left B in force."""
    for days, rows in enumerate(("K1,1", "K1,2", "K1,1", "K1,1")):
        night(county, FULL, ("F_20261101.csv", rows), days=days)
        assert values(county) == {"K1": int(rows[-1])}
    assert len(county.registry.deliveries(FULL.id)) == 3, "the last was a repeat"


def test_a_time_in_the_name_is_no_number(county: County) -> None:
    """Seen: it buried every later delivery for four years."""
    night(county, FULL, ("F_20261101_143000.csv", "K1,1"))
    night(county, FULL, ("F_20261102.csv", "K1,2"), days=1)
    assert values(county) == {"K1": 2}
    night(county, FULL, ("F_20261101_150000.csv", "K1,3"), days=2)
    assert values(county) == {"K1": 2}


def test_many_files_of_one_day_do_not_outweigh_the_next(county: County) -> None:
    files = [(f"F_20261101_{n}.csv", f"K1,{n} K{n + 2},{n}") for n in range(1, 104)]
    night(county, INCREMENT, *files, ("F_20261102.csv", "K1,9999"))
    assert values(county)["K1"] == 9999
    assert len(values(county)) == 104


def test_a_corrected_increment_of_one_name_replaces_key_by_key(county: County) -> None:
    """Seen: both versions of each key were published."""
    night(county, INCREMENT, ("F_20261105_1.csv", "K1,1 K2,2"))
    night(county, INCREMENT, ("F_20261105_1.csv", "K1,10 K2,2 K3,3"), days=1)
    assert values(county) == {"K1": 10, "K2": 2, "K3": 3}
    outcome = county.registry.outcome(FULL.id)
    assert outcome is not None and outcome.counts.superseded == 2


def test_a_future_and_an_impossible_day_are_refused_and_do_not_stay_in_the_way(county: County) -> None:
    for number, name, code in ((1, "F_20271101.csv", "future_date"), (2, "F_20260229.csv", "impossible_date")):
        night(county, FULL, (name, f"K1,{number}"))
        (*_, refused) = sorted(county.registry.deliveries(FULL.id), key=lambda delivery: delivery.path.endswith(name))
        assert (refused.state, refused.refusal) == (DeliveryState.REFUSED, code)
        assert refused.data_on == county.settings.today(county.now)
    night(county, FULL, ("F_20261124.csv", "K1,5"), days=1)
    assert values(county) == {"K1": 5}


def test_a_file_without_a_date_is_of_the_countys_day(tmp_path: Path, one_engine: Engine) -> None:
    """02:30 in Shanghai is still the day before where the server counts in UTC."""
    county = a_county(tmp_path / "home", a_catalog(FULL))
    county = replace(county, now=datetime(2026, 11, 26, 18, 30, tzinfo=UTC))
    county.__dict__["engine"] = one_engine
    night(county, FULL, ("F.csv", "K1,1"))
    (delivery,) = county.registry.deliveries(FULL.id)
    assert delivery.data_on.isoformat() == "2026-11-27"
    county.registry.close()


def test_a_refused_file_is_read_again_once_the_catalog_fits(county: County) -> None:
    path = county.settings.inbox / "civil_affairs" / "F_20261101.csv"
    write_csv(path, "编号,价值", "K1,1")
    assert layers_made(made(county, FULL))[-1:] != ["standard"]
    assert county.registry.deliveries(FULL.id)[0].state is DeliveryState.REFUSED
    columns = (FULL.columns[0], FULL.columns[1].model_copy(update={"source": ("价值",)}))
    mended = FULL.model_copy(update={"columns": columns})
    write_csv(path, "编号,价值", "K1,1")
    made(later(county, "n2", catalog=a_catalog(mended)), mended)
    assert values(county) == {"K1": 1}
