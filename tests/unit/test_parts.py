from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.terms import FileFormat
from shuyang_data.night.parts import LARGE, waves, worker_count
from shuyang_data.records import Planned
from tests.builders import a_catalog, a_column, a_dataset

SIZES = st.lists(st.integers(0, 2 * LARGE), min_size=1, max_size=12)


def a_county(sizes: list[int], references: list[int]) -> tuple[list[Planned], object]:
    """Datasets t0, t1, …; the n-th refers to the dataset that `references` names, when that comes before it."""
    datasets = []
    for number in range(len(sizes)):
        above = references[number % len(references)] if references else number
        more = {"references": f"civil_affairs/t{above}.code"} if above < number else {}
        columns = (a_column("code", required=True), a_column("other", **more))
        delivery = Delivery(file=f"t{number}", format=FileFormat.CSV)
        datasets.append(a_dataset(*columns, path=f"civil_affairs/t{number}", delivery=delivery))
    catalog = a_catalog(*datasets)
    return [Planned(d.id, (), size) for d, size in zip(datasets, sizes, strict=True)], catalog


@given(SIZES, st.lists(st.integers(0, 11), max_size=12), st.integers(1, 4))
@settings(deadline=None)
def test_every_dataset_is_made_once_and_after_those_that_it_refers_to(
    sizes: list[int], references: list[int], workers: int
) -> None:
    planned, catalog = a_county(sizes, references)
    found = waves(planned, catalog, workers, cores=4)
    order = {identity: n for n, wave in enumerate(found) for part in wave for identity in part.datasets}
    assert sum(len(part.datasets) for wave in found for part in wave) == len(order) == len(planned)
    for identity in order:
        for parent, _ in catalog.datasets[identity].references().values():
            assert order[parent] < order[identity]
    assert all(1 <= len(wave) <= workers or len(wave[0].datasets) == 1 for wave in found)


def test_loads_are_even_and_a_large_dataset_gets_every_core() -> None:
    planned, catalog = a_county([10, 10, 10, 10, LARGE], [])
    large, small = waves(planned, catalog, workers=2, cores=8)
    assert [(part.datasets, part.threads) for part in large] == [((planned[4].dataset,), 8)]
    assert [(len(part.datasets), part.threads) for part in small] == [(2, 4), (2, 4)]


def test_a_second_process_has_to_pay_for_its_start() -> None:
    planned, _ = a_county([1] * 12, [])
    assert [worker_count(planned[:n], cores=2) for n in (1, 8, 12)] == [1, 1, 1]
    assert worker_count(planned * 2, cores=2) == 2
