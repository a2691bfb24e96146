"""How a night's datasets are spread over processes: after those that they refer to, and evenly by their weight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.terms import FileFormat
from shuyang_data.names import DatasetId
from shuyang_data.records import Planned

# Bytes of CSV that cost as much as the steps of one dataset do whatever its size; a workbook's bytes cost more.
STEPS_WEIGHT = 8_000_000
WORKBOOK_FACTOR = 15
# A dataset from this weight on gets every core for itself.
LARGE = 200_000_000
DATASETS_A_WORKER = 8


@dataclass(frozen=True)
class Part:
    """What one process takes up at once. threads: how many the engine may use meanwhile."""

    datasets: tuple[DatasetId, ...]
    threads: int


def worker_count(planned: Sequence[Planned], cores: int) -> int:
    """So many processes pay for their start; at least one."""
    return max(1, min(cores, len(planned) // DATASETS_A_WORKER))


def weight(item: Planned, catalog: Catalog) -> int:
    """What a dataset costs, in bytes of CSV."""
    factor = 1 if catalog.datasets[item.dataset].delivery.format is FileFormat.CSV else WORKBOOK_FACTOR
    return STEPS_WEIGHT + item.size * factor


def waves(planned: Sequence[Planned], catalog: Catalog, workers: int, cores: int) -> list[list[Part]]:
    """Waves of parts: the parts of one wave run at the same time, a wave starts when the one before has ended.

    Every dataset stands in a later wave than those that its foreign keys and rules refer to.
    """
    weights = {item.dataset: weight(item, catalog) for item in planned}
    levels = _levels(weights, catalog)
    parents = {parent for identity in weights for parent in catalog.parents(identity)}
    free = [i for i in weights if levels[i] == 0 and i not in parents and weights[i] < LARGE]
    found: list[list[Part]] = []
    for level in range(max(levels.values(), default=-1) + 1):
        required = [i for i in weights if levels[i] == level and i not in free]
        found += [[Part((i,), cores)] for i in required if weights[i] >= LARGE]
        last = level == max(levels.values())
        loads = _spread([i for i in required if weights[i] < LARGE], free, weights, workers, everything=last)
        wave = [Part(tuple(load), max(1, cores // workers)) for load in loads if load]
        found += [wave] if wave else []
    return found


def _levels(chosen: Iterable[DatasetId], catalog: Catalog) -> dict[DatasetId, int]:
    """dataset → the longest way up to a chosen dataset that refers to no other chosen one."""
    levels = dict.fromkeys(chosen, 0)
    for _ in levels:
        grown = False
        for identity in levels:
            above = catalog.parents(identity) & levels.keys()
            level = 1 + max((levels[parent] for parent in above), default=-1)
            grown |= level != levels[identity]
            levels[identity] = level
        if not grown:
            break
    return levels


def _spread(
    required: Sequence[DatasetId], free: list[DatasetId], weights: dict[DatasetId, int], workers: int, *,
    everything: bool,
) -> list[list[DatasetId]]:  # fmt: skip
    """One load a worker; free datasets are taken from `free` where they make the loads even, or all of them."""
    loads: list[list[DatasetId]] = [[] for _ in range(workers)]

    def carried(number: int) -> int:
        return sum(weights[identity] for identity in loads[number])

    for identity in sorted(required, key=lambda i: -weights[i]):
        loads[min(range(workers), key=carried)].append(identity)
    for identity in sorted(free, key=lambda i: -weights[i]):
        lightest = min(range(workers), key=carried)
        if everything or carried(lightest) + weights[identity] <= max(map(carried, range(workers))):
            loads[lightest].append(identity)
            free.remove(identity)
    return loads
