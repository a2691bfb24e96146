"""The values are looked at again when they, their names or the detectors are other ones; and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.chain.classify import keep_classification
from shuyang_data.chain.grades import classification_path, kept_classification
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from tests.builders import a_catalog, a_column, a_dataset
from tests.chain.conftest import MakeCounty
from tests.chain.copied import copied, edited, night_of
from tests.small_county import a_county, as_folder, deliver, later, made, standing, stops

DATASET = a_dataset(a_column("code", title="编号", required=True), a_column("remark", title="备注项"))
LINES = ("编号,备注项", *(f"A{n},ZZ-{n:05}" for n in range(40)))
TO_RAW = (Layer.LANDING, Layer.RAW)


def looked_at(county: County, dataset: Dataset) -> int:
    """When the last look was written, in nanoseconds."""
    return classification_path(county.settings.reports, dataset.id).stat().st_mtime_ns


def graded(county: County, dataset: Dataset) -> dict[str, int]:
    rows = kept_classification(county.settings.reports, dataset.id)["columns"]
    return {row["column"]: row["proposed"] for row in rows}


def renamed(title: str) -> Dataset:
    return DATASET.model_copy(update={"columns": (DATASET.columns[0], a_column("remark", title=title))})


@pytest.fixture
def county(county_of: MakeCounty) -> County:
    county = county_of(a_catalog(DATASET, town=["001"]))
    deliver(county.settings, DATASET, *LINES)
    made(county, DATASET, TO_RAW)
    return county


def test_unchanged_values_are_not_looked_at_again(county: County) -> None:
    before = looked_at(county, DATASET)
    strict = DATASET.model_copy(update={"reject_limit": 0.5, "title": "另一个名字"})
    for dataset in (DATASET, strict):
        tomorrow = later(county, catalog=a_catalog(dataset, town=["001"]))
        made(tomorrow, dataset, TO_RAW)
        assert looked_at(tomorrow, dataset) == before
    assert graded(county, DATASET) == {}


def test_a_new_delivery_is_looked_at_by_itself(county: County) -> None:
    """Seen: what it replaced was looked at with it, and forty phone numbers among eighty values were none."""
    phones = ("编号,备注项", *(f"A{n},1380000{n:04}" for n in range(40)))
    deliver(county.settings, DATASET, *phones, day="20261102")
    steps = made(later(county), DATASET)
    assert [stop.layer for stop in stops(steps)] == [Layer.SHARED, Layer.OPEN]
    assert graded(county, DATASET) == {"remark": 3}


def test_a_column_under_another_name_is_looked_at(county: County) -> None:
    medical = renamed("疾病诊断")
    made(later(county, catalog=a_catalog(medical, town=["001"])), medical, TO_RAW)
    assert graded(county, medical)["remark"] >= 3


def test_addresses_are_known_by_the_towns_of_the_county(county: County) -> None:
    """Another list of towns is another look, by the towns of that day and not by those of an earlier query."""
    places = a_dataset(DATASET.columns[0], a_column("remark", title="备注项"), path="civil_affairs/places")
    lines = ("编号,备注项", *(f"A{n},颜集{n}号院{n}栋" for n in range(60)))
    catalog = a_catalog(places, town=["沭城街道"])
    night = later(county, catalog=catalog)
    deliver(county.settings, places, *lines)
    made(night, places, TO_RAW)
    before = kept_classification(county.settings.reports, places.id)
    again = later(county, "third", 0, a_catalog(places, town=["沭城街道", "颜集镇"]))
    again.__dict__["engine"] = night.engine
    found = keep_classification(later(again, days=1), places)
    assert found["key"] != before["key"]
    assert [row["kind"] for row in found["columns"]] == ["address"]
    assert before["columns"] == []


@pytest.mark.parametrize("damage", [b"", b'{"columns": [', b"\xff\xfe"])
def test_a_damaged_report_is_looked_at_again(county: County, damage: bytes) -> None:
    """Seen: a file cut short by a power cut stopped its dataset every night."""
    path = classification_path(county.settings.reports, DATASET.id)
    whole = path.read_bytes()
    path.write_bytes(damage)
    made(later(county), DATASET, TO_RAW)
    assert path.read_bytes() == whole


def test_a_new_detector_looks_at_what_was_read_long_ago(tmp_path: Path) -> None:
    """Seen: it never did, and a column that it grades 4 stayed open."""
    catalog: Catalog = a_catalog(DATASET)
    settings = Settings(home=tmp_path / "home", catalog=as_folder(catalog, tmp_path / "catalog"), threads=1)
    county = a_county(settings.home, catalog, settings=settings)
    deliver(settings, DATASET, *LINES)
    assert not stops(made(county, DATASET))
    assert standing(county, DATASET, Layer.OPEN) is not None
    county.registry.close()
    code = copied(tmp_path / "code")
    edited(code, "classify/detectors", "|14[0-9]{7})$", "|14[0-9]{7}|ZZ-[0-9]{5})$")
    assert night_of(code, settings) == f"3 {DATASET.id} ()\n"
    looked = County(settings, catalog, Registry(settings.registry), county.as_of, county.now)
    assert graded(looked, DATASET) == {"remark": 4}
    assert standing(looked, DATASET, Layer.OPEN) is None
    assert standing(looked, DATASET, Layer.SHARED) is None
    looked.registry.close()
