"""One night: opening, the chains, closing. Every entrance runs this, and only shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from shuyang_data.chain.set_aside import set_aside
from shuyang_data.errors import EXIT_FAULT, EXIT_STOPPED, Problem
from shuyang_data.night.closing import Faulty, SetAside, record_night
from shuyang_data.night.crew import crew_of
from shuyang_data.night.opening import Opened, Order, new_run_id, open_night
from shuyang_data.night.parts import Part, waves, worker_count
from shuyang_data.night.worker import Answer, Task
from shuyang_data.settings import Settings
from shuyang_data.storage.lock import hold_night


@dataclass(frozen=True)
class Ended:
    """How a night ended. stopped: planned datasets that a gate, a policy or a delivery stopped."""

    opened: Opened
    stopped: tuple[str, ...]
    faults: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        """0: all planned datasets are published; 3: some were stopped or not reached; 1: a fault."""
        if self.faults:
            return EXIT_FAULT
        return EXIT_STOPPED if self.stopped or self.opened.unreached else 0


Event = Opened | Answer | Ended


def run_night(settings: Settings, order: Order, wait_seconds: float = 0) -> Iterator[Event]:
    """The whole night under the lock of the home folder: Opened when the plan is made, every step, Ended.

    wait_seconds: for another night to end. Raises ShuyangDataError when it cannot begin: BusyError, CatalogError,
    StorageError, UnknownDatasetError.
    """
    with hold_night(settings.home, wait_seconds), closing(crew_of(settings)) as crew:
        opened = open_night(settings, order, new_run_id())
        yield opened
        faults = list(opened.damages)
        for tasks in _tasks(opened):
            for answer in crew.work(tasks):
                yield answer
                if isinstance(answer, Faulty):
                    faults += answer.problems
                if isinstance(answer, SetAside):
                    set_aside(opened.county, answer.dataset, str(answer.problems[0]))
        stopped = record_night(opened, faults)
        opened.county.registry.close()
        yield Ended(opened, tuple(stopped), tuple(faults))


def _tasks(opened: Opened) -> list[list[Task]]:
    """The waves of the plan, then the closing."""
    county, settings = opened.county, opened.county.settings
    cores = settings.threads or settings.cores
    workers = worker_count(opened.planned, cores if settings.workers is None else max(1, settings.workers))

    def task(part: Part) -> Task:
        return Task(part.datasets, county.as_of, county.now, county.run_id, part.threads)

    found = [[task(part) for part in wave] for wave in waves(opened.planned, county.catalog, workers, cores)]
    return [*found, [Task((), county.as_of, county.now, county.run_id, closing=True)]]
