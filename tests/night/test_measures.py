"""What a night measures and keeps: targets a date, scores that changed, rule results once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shuyang_data.chain.publish import publish
from shuyang_data.chain.results import PENDING, quality_reports
from shuyang_data.county import County
from shuyang_data.errors import StorageError
from shuyang_data.names import COUNTY_CODE, Layer
from shuyang_data.night.measure import EVIDENCE, RATES, measure
from shuyang_data.night.results import RESULTS, keep_results
from shuyang_data.night.scores import measure_scores
from shuyang_data.storage.score_log import ScoreLog
from shuyang_data.targets.evidence import Measure
from shuyang_data.targets.facts import gather_facts
from tests.builders import TODAY
from tests.night.county import GRANT, HOMES, PLACE_LINES, PLACES
from tests.small_county import commit, deliver, later, made

ROWS = [{"code": "H1", "place_code": "1", "beds": 3, "director": "张三"}]


def table(county: County, identifier: tuple[str, str]) -> list[dict[str, Any]]:
    return [row for file in county.lakehouse.files(identifier) for row in pq.read_table(file).to_pylist()]


def measured(county: County) -> None:
    measure(county, gather_facts(county.settings, county.registry))


def county_rate(county: County) -> dict[str, tuple[int, int]]:
    """date and measure → numerator and denominator of the whole county."""
    return {
        f"{row['as_of']} {row['measure']}": (row["numerator"], row["denominator"])
        for row in table(county, RATES) if row["department"] == COUNTY_CODE
    }  # fmt: skip


def test_one_measurement_a_date_the_last_one(county: County) -> None:
    measured(county)
    assert county_rate(county)[f"{TODAY} {Measure.OPENING}"] == (0, 2)
    commit(county, HOMES, ROWS)
    publish(county, HOMES, Layer.OPEN)
    measured(county)
    assert county_rate(county)[f"{TODAY} {Measure.OPENING}"] == (1, 2)
    assert len(county_rate(county)) == 2
    tomorrow = later(county)
    measured(tomorrow)
    assert len(county_rate(county)) == 4, "yesterday's stays"
    assert {str(row["as_of"]) for row in table(county, EVIDENCE)} == {str(tomorrow.as_of)}


def test_the_same_measurement_writes_nothing(county: County) -> None:
    measured(county)
    before = county.lakehouse.snapshot_id(RATES)
    measured(county)
    assert county.lakehouse.snapshot_id(RATES) == before
    county.registry.replace_demands([GRANT])
    measured(county)
    assert county.lakehouse.snapshot_id(RATES) != before
    rows = [row for row in table(county, EVIDENCE) if row["measure"] == Measure.SHARING]
    assert [(row["id"], row["satisfied"]) for row in rows] == [("XQ1", False)]
    assert "not_mounted" in rows[0]["failed"] and "not_supplied" in rows[0]["failed"]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe\x00"])
def test_a_damaged_report_is_written_again(county: County, damage: bytes) -> None:
    """Seen: one byte that is no UTF-8 was a fault of every night to come."""
    measured(county)
    report = county.settings.reports / "targets.json"
    whole = report.read_bytes()
    report.write_bytes(damage)
    measured(county)
    assert report.read_bytes() == whole
    assert len(county_rate(county)) == 2


def test_a_report_without_its_lake_is_no_measurement(county: County) -> None:
    measured(county)
    shutil.rmtree(county.settings.lake)
    anew = later(county, days=0)
    del anew.__dict__["lakehouse"]
    measured(anew)
    assert len(county_rate(anew)) == 2


def scored(county: County) -> dict[str, float | None]:
    scores = measure_scores(county, gather_facts(county.settings, county.registry))
    return {scope: score.total for scope, score in scores.items()}


def test_scores_are_kept_when_they_change_and_only_then(county: County) -> None:
    log = ScoreLog(county.registry)
    deliver(county.settings, PLACES, *PLACE_LINES)
    made(county, PLACES)
    first = scored(county)
    assert set(first) == {str(PLACES.id), "civil_affairs", COUNTY_CODE}, "what was never judged has no score"
    tomorrow = later(county)
    assert scored(tomorrow) == first
    assert len(log.history(str(PLACES.id), tomorrow.as_of)) == 1
    stale = later(county, days=60)
    assert scored(stale)[str(PLACES.id)] != first[str(PLACES.id)], "the data has aged"
    release = county.registry.releases(PLACES.id)[0]
    (county.settings.published / release.folder / "data.parquet").unlink()
    broken = later(county, days=61)
    scored(broken)
    assert [score.as_of for score in log.history(str(PLACES.id), broken.as_of)] == [TODAY, stale.as_of, broken.as_of]
    assert log.latest(tomorrow.as_of)[str(PLACES.id)].total == first[str(PLACES.id)], "a day's score stays that day's"


def pending(county: County) -> list[Path]:
    return sorted((quality_reports(county.settings.reports) / PENDING).glob("*/*.json"))


def results(county: County) -> list[tuple[str, str, str]]:
    return sorted((row["run_id"], row["dataset"], row["rule_id"]) for row in table(county, RESULTS))


@pytest.fixture
def judged(county: County) -> County:
    """One dataset is judged; its results wait."""
    deliver(county.settings, PLACES, *PLACE_LINES)
    made(county, PLACES)
    assert len(pending(county)) == 1
    return county


def test_results_are_kept_once_and_every_night_adds_its_own(judged: County) -> None:
    rules = keep_results(judged)
    assert rules == len(results(judged)) > 3
    assert pending(judged) == []
    assert (quality_reports(judged.settings.reports) / "civil_affairs" / "place.json").exists()
    assert keep_results(judged) == 0
    tomorrow = later(judged)
    made(tomorrow, PLACES, (Layer.STANDARD,))
    assert keep_results(tomorrow) == rules
    assert {run for run, *_ in results(judged)} == {"first", "second"}


def test_a_night_that_died_between_append_and_move_appends_nothing_twice(judged: County) -> None:
    (path,) = pending(judged)
    text = path.read_bytes()
    rules = keep_results(judged)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    assert keep_results(later(judged)) == 0
    assert len(results(judged)) == rules
    assert pending(judged) == []


def test_one_that_cannot_be_read_is_told_and_keeps_no_other_away(judged: County) -> None:
    """Seen: a file cut short kept the results of all datasets out of the lake, every night."""
    (path,) = pending(judged)
    damaged = path.with_name("damaged.json")
    damaged.write_bytes(path.read_bytes()[:100])
    for night in (judged, later(judged)):
        with pytest.raises(StorageError, match=r"damaged\.json"):
            keep_results(night)
    assert pending(judged) == [damaged]
    assert {dataset for _, dataset, _ in results(judged)} == {"place"}
    damaged.unlink()
    assert keep_results(judged) == 0


def test_what_is_kept_says_what_was_found(judged: County) -> None:
    body = json.loads(pending(judged)[0].read_text(encoding="utf-8"))
    keep_results(judged)
    row = next(row for row in table(judged, RESULTS) if row["rule_id"] == "code.required")
    told = next(result for result in body["results"] if result["rule_id"] == "code.required")
    assert (row["evaluated"], row["unexpected"], row["passed"]) == (2, 0, True)
    assert {name: str(row[name]) for name in row} == {name: str(told[name]) for name in row}
