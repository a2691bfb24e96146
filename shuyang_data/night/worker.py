"""One worker of a night: takes parts, makes their datasets one after the other, tells every step as it happens.

`python -m shuyang_data.night.worker` reads pickled Tasks from standard input and writes pickled answers to standard
output, None after the last one of a task. It dies with whoever started it.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import BinaryIO

from shuyang_data.chain.steps import Step
from shuyang_data.county import County, open_county
from shuyang_data.names import DatasetId
from shuyang_data.night.closing import Closed, Faulty, Finished, close_night
from shuyang_data.night.faults import problems_of
from shuyang_data.night.making import made
from shuyang_data.settings import Settings

Answer = Step | Closed | Faulty


@dataclass(frozen=True)
class Task:
    """What one worker does at once: make datasets, or close the night. The moment is the night's, in every process."""

    datasets: tuple[DatasetId, ...]
    as_of: date
    now: datetime
    run_id: str
    threads: int = 0
    closing: bool = False


def perform(settings: Settings, task: Task) -> Iterator[Answer | Finished]:
    """Everything that happens, in its order; a dataset that meets a fault leaves the others alone."""
    try:
        county = _county(settings, task)
    except Exception as error:  # the last resort of a process: a library met a fault that nobody foresaw
        yield Faulty(problems_of(error))
        return
    try:
        for identity in task.datasets:
            yield from made(county, identity)
            yield Finished(identity)
        if task.closing:
            yield from close_night(county)
    finally:
        county.registry.close()


def _county(settings: Settings, task: Task) -> County:
    if task.threads and not settings.threads:
        settings = settings.model_copy(update={"threads": task.threads})
    county = open_county(settings, task.as_of, task.run_id)
    return replace(county, now=task.now)


def _listen(source: BinaryIO, tasks: queue.Queue[Task]) -> None:
    """Tasks as they come; when the other side is gone, this process has nothing left to live for."""
    while True:
        try:
            tasks.put(pickle.load(source))
        except (EOFError, pickle.UnpicklingError):
            os._exit(0)


def main() -> None:
    # The libraries' objects live as long as the process: looking through them again and again is a tenth of a night.
    gc.set_threshold(50_000, 20, 50)
    # Whatever a library prints must not end up between our answers.
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    tasks: queue.Queue[Task] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, tasks), daemon=True).start()
    settings = Settings()
    while True:
        for answer in chain(perform(settings, tasks.get()), (None,)):
            pickle.dump(answer, channel)
            channel.flush()


if __name__ == "__main__":
    main()
