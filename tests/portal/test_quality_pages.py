"""The quality pages of a county that has judged something: right, escaped, masked, and readable on a telephone."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from shuyang_data.catalog.model import Catalog
from shuyang_data.chain.results import save_quality_report
from shuyang_data.county import County
from shuyang_data.ledger import Entry, Fate, LeftOut
from shuyang_data.names import COUNTY_CODE
from shuyang_data.night.scores import measure_scores
from shuyang_data.portal.app import build_app
from shuyang_data.portal.site import pages_folder, write_pages
from shuyang_data.quality.tickets import Failure, Judgement, settle
from shuyang_data.records import Counts, Delivery, DeliveryState, Outcome, Severity
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.score_log import ScoreLog
from shuyang_data.storage.ticket_log import TicketLog
from shuyang_data.targets.measures import Facts
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset
from tests.unit.test_scores import BROKEN, a_result

DATASET = a_dataset(a_column("code", required=True), title="测试<b>数据</b>", path="civil_affairs/thing")
OTHER = a_dataset(a_column("code", required=True), title="另一个", path="police/other")
RESULTS = [
    replace(BROKEN, title="甲：必填" + "很长" * 30, examples=("第 7 行 3********1",)),
    a_result(rule_id="a.code", indicator="0105"),
    a_result(rule_id="x", title="关联：无法评估", evaluated=0, passed=False, assessable=False, indicator="0402"),
]
FACTS = Facts(shared={}, opened={}, supplied=frozenset(), blocked={}, tickets={})


@pytest.fixture
def county(settings: Settings) -> Iterator[County]:
    registry = Registry(settings.registry)
    catalog: Catalog = a_catalog(DATASET, OTHER)
    opened = County(settings, catalog, registry, TODAY, NOW, "run")
    save_quality_report(opened, DATASET.id, RESULTS, {}, 100)
    for dataset, indicators in ((DATASET, {"0201": (90.0, 100.0)}), (OTHER, {"0201": (10.0, 10.0)})):
        registry.save_outcome(
            Outcome(
                dataset.id, "f", "run", NOW, Counts(100, 90, 10), data_on=TODAY, failed_checks=1, indicators=indicators
            )
        )
    failure = Failure("a.required", "d1", "甲：必填", Severity.RECTIFY, "0201", 100, 10)
    judged = Judgement(
        DATASET.id, ("d1",), (failure,), frozenset(["a.required"]), frozenset(), TODAY, TODAY + timedelta(14)
    )
    TicketLog(registry).save(settle(judged, {}))
    yield opened
    registry.close()


def measured_pages(county: County) -> int:
    measure_scores(county, FACTS)
    return write_pages(county)


def page(county: County, name: str) -> str:
    return (pages_folder(county.settings) / name).read_text(encoding="utf-8")


def test_pages_say_what_was_found(county: County) -> None:
    assert measured_pages(county) == 5
    text = page(county, "civil_affairs/thing.html")
    assert "3********1" not in text, "a file asks for no key, so it holds no value"
    for said in (
        "90 / 100",
        "无法评估",
        "0402 关联数据一致性",
        "测试&lt;b&gt;数据&lt;/b&gt;",
        "待核实",
        "完整性",
    ):
        assert said in text, said
    assert "<b>数据" not in text
    whole = page(county, "index.html")
    assert whole.index("police/index.html") < whole.index("civil_affairs/index.html"), (
        "the better department stands first"
    )
    assert "thing.html" in page(county, "civil_affairs/index.html")


def test_the_ledger_of_the_newest_delivery_stands_on_the_page(county: County) -> None:
    left_out = (LeftOut("合计", 1, (9,)), LeftOut("表头", 1, (1,)))
    ledger = (Entry("城区", Fate.DATA, 7, left_out), Entry("上月<1>", Fate.LEFT_OUT, 3, why="隐藏的工作表"))
    delivery = Delivery(
        "d1", DATASET.id, "x/机构_20261101.xlsx", 1, "0", TODAY, 1, NOW, DeliveryState.READ, 7, ledger=ledger
    )
    county.registry.save_delivery(delivery)
    measured_pages(county)
    text = page(county, "civil_affairs/thing.html")
    for said in (
        "最近一次交付的台账：机构_20261101.xlsx",
        "城区",
        "合计 1 行（第 9 行）",
        "上月&lt;1&gt;",
        "隐藏的工作表",
    ):
        assert said in text, said


def test_only_what_changed_is_written_again(county: County) -> None:
    measured_pages(county)
    assert measured_pages(county) == 0
    county.registry.save_outcome(replace(county.registry.outcome(OTHER.id), indicators={"0201": (5.0, 10.0)}))  # type: ignore[type-var]
    assert measured_pages(county) == 3, "the dataset, its department, the county"


def test_scores_are_kept_for_the_days_on_which_they_changed(county: County) -> None:
    measure_scores(county, FACTS)
    for days, held in ((1, 90.0), (2, 100.0)):
        outcome = county.registry.outcome(DATASET.id)
        assert outcome is not None
        county.registry.save_outcome(replace(outcome, indicators={"0201": (held, 100.0)}))
        measure_scores(replace(county, as_of=TODAY + timedelta(days=days)), FACTS)
    kept = ScoreLog(county.registry).history(str(DATASET.id), TODAY + timedelta(days=9))
    assert [(score.as_of, score.dimension("02")) for score in kept] == [(TODAY, 0.9), (TODAY + timedelta(days=2), 1)]
    assert ScoreLog(county.registry).latest(TODAY + timedelta(days=1))[COUNTY_CODE].as_of == TODAY


@pytest.fixture
def client(county: County) -> Iterator[TestClient]:
    measure_scores(county, FACTS)
    with TestClient(build_app(county)) as opened:
        yield opened


def test_the_server_shows_the_same(client: TestClient) -> None:
    for path, said in (
        ("", "沭阳县数据质量"),
        ("/civil_affairs", "待办"),
        ("/civil_affairs/thing", "查看遮盖后的示例"),
    ):
        answer = client.get(f"/quality{path}")
        assert (answer.status_code, said in answer.text) == (200, True), path
        assert "3********1" not in answer.text
        assert "http://" not in answer.text.replace("http://testserver", ""), "nothing comes from elsewhere"
    assert client.get("/quality/nobody").status_code == 404
    assert client.get("/quality/civil_affairs/nothing").status_code == 404


def test_masked_examples_stand_behind_the_departments_key(client: TestClient, county: County) -> None:
    """A browser is asked for it, and shows it as a password."""
    keys = {name: f"key of {name}" for name in ("civil_affairs", "police")}
    for name, key in keys.items():
        county.registry.set_key(name, hashlib.sha256(key.encode()).hexdigest())
    path = "/quality/civil_affairs/thing/examples"
    refused = client.get(path)
    assert (refused.status_code, refused.headers["WWW-Authenticate"].split()[0]) == (401, "Basic")
    assert client.get(path, auth=("police", keys["police"])).status_code == 403
    for wrong in ("Basic ***", "Basic " + base64.b64encode(b"no colon").decode(), "Digest x", "Bearer "):
        assert client.get(path, headers={"Authorization": wrong}).status_code == 401, wrong
    for answer in (
        client.get(path, auth=("民政局", keys["civil_affairs"])),
        client.get(path, headers={"Authorization": f"Bearer {keys['civil_affairs']}"}),
    ):
        assert (answer.status_code, "第 7 行 3********1" in answer.text) == (200, True)
    assert client.get("/quality/civil_affairs/nothing/examples", auth=("", keys["civil_affairs"])).status_code == 404


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_the_screen(county: County, width: int) -> None:
    """In a real browser: no page is wider than the screen, and the phone gets cards instead of table heads."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no Chromium on this machine")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    measured_pages(county)
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    metrics = {"width": width, "height": 900, "pixelRatio": 1, "mobile": width < 640}
    options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    try:
        for path in sorted(Path(pages_folder(county.settings)).rglob("*.html")):
            opened.get(path.as_uri())
            seen = opened.execute_script(
                "const head = document.querySelector('table.cards thead');"
                "return [document.documentElement.scrollWidth, head === null ? '' : getComputedStyle(head).display]"
            )
            assert seen[0] <= width, path
            assert seen[1] in ("", "none" if width < 640 else "table-header-group"), path
    finally:
        opened.quit()
