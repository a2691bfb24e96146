"""What makes a dataset be made again: what decides what it becomes, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shuyang_data.catalog.checks import DeclaredCheck
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.model import Delivery as Sending
from shuyang_data.catalog.terms import DeliveryMode, FileFormat
from shuyang_data.chain.closure import code_digest
from shuyang_data.chain.fingerprint import (
    CHAIN,
    CLASSIFICATION,
    classification_key,
    declaration_digest,
    fingerprint,
    live_deliveries,
)
from shuyang_data.records import Delivery, DeliveryState
from tests.builders import NOW, TODAY, a_catalog, a_column, a_dataset
from tests.chain.copied import copied, digest_of, edited

DATASET = a_dataset(a_column("code", required=True), a_column("town_code", code_list="town"))
OTHER = a_dataset(a_column("code", required=True, code_list="kind"), path="civil_affairs/other")
CATALOG = a_catalog(DATASET, OTHER, town=["001", "002"], kind=["1"])
FIRST = Delivery("20261101-aa", DATASET.id, "p", 1, "aa", TODAY, 100, NOW, DeliveryState.READ, 3)
SECOND = replace(FIRST, id="20261102-bb", sequence=101)
CHECK = DeclaredCheck(
    id="c", type="expect_column_values_to_not_be_null", kwargs={"column": "code"}, title="不空", severity="rectify",
    indicator="0201",
)  # fmt: skip


def changed(dataset: Dataset = DATASET, **more: object) -> Dataset:
    return dataset.model_copy(update=more)


def with_lists(**lists: list[str]) -> Catalog:
    return a_catalog(DATASET, OTHER, **{"town": ["001", "002"], "kind": ["1"]} | lists)


def with_check(dataset: Dataset, title: str = "不空", **kwargs: object) -> Catalog:
    check = CHECK.model_copy(update={"title": title, "kwargs": CHECK.kwargs | kwargs})
    return CATALOG.model_copy(update={"checks": {dataset.id: (check,)}})


STANDS = fingerprint(DATASET, CATALOG, [FIRST])


def test_a_code_list_that_only_a_check_names_is_part_of_it() -> None:
    """Seen: a code added to it was never judged."""
    before = with_check(DATASET, code_list="kind")
    after = with_lists(kind=["1", "2"]).model_copy(update={"checks": before.checks})
    assert fingerprint(DATASET, after, [FIRST]) != fingerprint(DATASET, before, [FIRST])


@pytest.mark.parametrize(
    ("dataset", "catalog", "live"),
    [
        (changed(title="另一个名字"), CATALOG, [FIRST]),
        (changed(reject_limit=0.1), CATALOG, [FIRST]),
        (DATASET, with_lists(town=["001"]), [FIRST]),
        (DATASET, with_check(DATASET), [FIRST]),
        (DATASET, with_check(DATASET, "other"), [FIRST]),
        (DATASET, CATALOG, [SECOND]),
        (DATASET, CATALOG, [FIRST, SECOND]),
        (DATASET, CATALOG, [replace(FIRST, sequence=102)]),
    ],
    ids=["title", "limit", "code list", "check", "another check", "delivery", "one more", "sequence"],
)
def test_what_decides_changes_it(dataset: Dataset, catalog: Catalog, live: list[Delivery]) -> None:
    assert fingerprint(dataset, catalog, live) != STANDS


@pytest.mark.parametrize(
    ("catalog", "live"),
    [
        (with_lists(kind=["1", "2"]), [FIRST]),
        (with_check(OTHER), [FIRST]),
        (a_catalog(DATASET, town=["001", "002"]), [FIRST]),
        (CATALOG, [replace(FIRST, rows=4, detail="别的话", path="q", received_at=NOW.replace(year=2027))]),
    ],
    ids=["another's code list", "another's check", "another dataset", "what reading said"],
)
def test_what_does_not_concern_it_changes_nothing(catalog: Catalog, live: list[Delivery]) -> None:
    assert fingerprint(DATASET, catalog, live) == STANDS


def test_refused_deliveries_are_not_part_of_it() -> None:
    refused = replace(SECOND, state=DeliveryState.REFUSED)
    assert live_deliveries(DATASET, [FIRST, refused]) == [FIRST]
    assert live_deliveries(DATASET, [FIRST, SECOND]) == [SECOND]
    growing = changed(delivery=Sending(file="x", format=FileFormat.CSV, mode=DeliveryMode.INCREMENT))
    assert live_deliveries(growing, [FIRST, refused, SECOND]) == [FIRST, SECOND]


def test_the_values_are_looked_at_again_for_other_values_names_or_places_only() -> None:
    key = classification_key(DATASET, [FIRST.id], ["沭城"])
    assert classification_key(changed(title="x", reject_limit=0.1), [FIRST.id], ["沭城"]) == key
    graded = tuple(column.model_copy(update={"title": "另一个名字"}) for column in DATASET.columns)
    for other in (
        classification_key(DATASET, [FIRST.id, SECOND.id], ["沭城"]),
        classification_key(DATASET, [FIRST.id], ["沭城", "颜集"]),
        classification_key(changed(columns=graded), [FIRST.id], ["沭城"]),
    ):
        assert other != key


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("code"))


# (module, what stands there, what a programmer writes instead)
Edit = tuple[str, str, str]
INNOCENT: list[Edit] = [
    ("chain/make", "def _landing(", "# A word to the reader.\ndef _landing("),
    ("release/order", '"""In which order', '"""The order in which'),
    ("night/report", "今夜计划", "今晚计划"),
    ("night/report", '"""What a night says', '"""All that a night says'),
]
DECIDING: list[Edit] = [
    ("release/anonymity", "SUPPRESSION_LIMIT = 0.10", "SUPPRESSION_LIMIT = 0.11"),
    ("reading/formats/dbf", '("utf-8", "gb18030")', '("gb18030", "utf-8")'),
]


def test_words_to_the_reader_and_what_only_shows_change_nothing_and_what_decides_does(code: Path) -> None:
    chain, classification = code_digest(CHAIN), code_digest(CLASSIFICATION)
    for edit in INNOCENT:
        edited(code, *edit)
    assert digest_of(code, CHAIN) == chain
    for edit in DECIDING:
        edited(code, *edit)
        changed_chain = digest_of(code, CHAIN)
        assert changed_chain != chain, edit
        chain = changed_chain
    assert digest_of(code, CLASSIFICATION) == classification, "none of this looks at values"
    edited(code, "classify/content", "CHILD_YEARS = 14", "CHILD_YEARS = 18")
    assert digest_of(code, CLASSIFICATION) != classification


def test_another_version_of_a_library_that_decides_changes_it(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(name: str) -> None:
        folder = tmp_path / f"{name}-99.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n", encoding="utf-8")

    monkeypatch.syspath_prepend(str(tmp_path))
    before = digest_of(code, CHAIN)
    installed("dagster")
    assert digest_of(code, CHAIN) == before, "what only shows"
    installed("duckdb")
    assert digest_of(code, CHAIN) != before


def test_the_digest_of_a_declaration_knows_nothing_of_deliveries() -> None:
    assert declaration_digest(DATASET, CATALOG) == declaration_digest(DATASET, CATALOG)
    assert declaration_digest(DATASET, CATALOG) != STANDS
