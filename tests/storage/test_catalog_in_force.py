"""One broken file stops its own entry; what is merely gone stays in force; only an approved removal takes out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shuyang_data.errors import CatalogError
from shuyang_data.names import DatasetId
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_in_force import forget_entry, keep_in_force, load_in_force
from tests.builders import a_catalog
from tests.night.county import CATALOG, HOMES, PLACES
from tests.small_county import as_folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home that has seen the catalog of two datasets, one of which refers to the other."""
    found = Settings(home=tmp_path / "home", catalog=as_folder(CATALOG, tmp_path / "county" / "catalog"))
    keep_in_force(found, load_in_force(found))
    return found


def file_of(settings: Settings, dataset: DatasetId) -> Path:
    return settings.catalog / "datasets" / f"{dataset}.yaml"


def test_without_a_last_valid_state_everything_wrong_is_said(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", catalog=as_folder(CATALOG, tmp_path / "catalog"))
    file_of(settings, HOMES.id).write_text("title: [", encoding="utf-8")
    with pytest.raises(CatalogError, match=str(HOMES.id)):
        load_in_force(settings)


@pytest.mark.parametrize("text", ["title: [", "", "title: x\nkey: 3\n", "\xff"])
def test_one_broken_file_stops_its_dataset_and_nothing_else(settings: Settings, text: str) -> None:
    """Seen: one typing error, and no night ran."""
    file_of(settings, HOMES.id).write_bytes(text.encode("latin-1"))
    changed = file_of(settings, PLACES.id)
    changed.write_text(changed.read_text(encoding="utf-8").replace("地名名录", "地名总录"), encoding="utf-8")
    catalog = load_in_force(settings)
    assert catalog.still == {HOMES.id}
    assert catalog.datasets[HOMES.id] == HOMES, "the last valid entry"
    assert catalog.datasets[PLACES.id].title == "地名总录", "the others are as they stand"
    assert any(str(file_of(settings, HOMES.id)) in fault.where for fault in catalog.faults)


def test_a_new_file_that_is_not_finished_is_named_and_left_out(settings: Settings) -> None:
    (settings.catalog / "datasets" / "civil_affairs" / "draft.yaml").write_text("title: 待填\n", encoding="utf-8")
    catalog = load_in_force(settings)
    assert set(catalog.datasets) == {HOMES.id, PLACES.id}
    assert all("draft.yaml" in fault.where for fault in catalog.faults)


def test_a_file_that_vanished_stays_in_force_and_is_named(settings: Settings) -> None:
    file_of(settings, PLACES.id).unlink()
    catalog = load_in_force(settings)
    assert catalog.datasets == {PLACES.id: PLACES, HOMES.id: HOMES}
    assert [fault.where for fault in catalog.faults] == [str(file_of(settings, PLACES.id))]
    assert catalog.still == frozenset(), "it is made as ever"
    # A catalog with faults does not become the last valid state.
    keep_in_force(settings, catalog)
    assert load_in_force(settings).faults


@pytest.mark.parametrize("empty", [True, False])
def test_a_catalog_that_is_not_mounted_unpublishes_nothing(settings: Settings, empty: bool) -> None:
    shutil.rmtree(settings.catalog)
    if empty:
        settings.catalog.mkdir()
    catalog = load_in_force(settings)
    assert set(catalog.datasets) == {HOMES.id, PLACES.id}
    assert catalog.faults


def test_a_removal_that_was_approved_takes_it_out(settings: Settings) -> None:
    file_of(settings, HOMES.id).unlink()
    forget_entry(settings, HOMES.id)
    catalog = load_in_force(settings)
    assert (set(catalog.datasets), catalog.faults) == ({PLACES.id}, ())


def test_a_broken_register_or_code_list_leaves_its_last_valid_state(settings: Settings) -> None:
    (settings.catalog / "departments.yaml").write_text("civil_affairs: {title: [}", encoding="utf-8")
    catalog = load_in_force(settings)
    assert catalog.departments == CATALOG.departments
    assert catalog.still == frozenset()
    assert "departments.yaml" in catalog.faults[0].where


def test_where_two_files_do_not_fit_the_state_that_did_stands(settings: Settings) -> None:
    """A parent without the key that another dataset refers to: neither file alone is wrong."""
    other = PLACES.model_copy(
        update={"key": ("name",), "columns": (PLACES.columns[1].model_copy(update={"required": True}),)}
    )
    as_folder(a_catalog(other), settings.catalog)
    catalog = load_in_force(settings)
    assert catalog.datasets == {PLACES.id: PLACES, HOMES.id: HOMES}
    assert catalog.faults
