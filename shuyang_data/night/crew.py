"""The processes that do a night's work side by side, each a `night.worker`; or this process itself."""

from __future__ import annotations

import logging
import pickle
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from shuyang_data.errors import Problem
from shuyang_data.names import DatasetId
from shuyang_data.night.closing import Faulty, Finished, SetAside
from shuyang_data.night.worker import Answer, Task, perform
from shuyang_data.settings import Settings

Worker = subprocess.Popen[bytes]
LOG = logging.getLogger(__name__)
# Processes that one dataset may end before the night goes on without it.
DEATHS = 2


class Crew(Protocol):
    """Does the tasks of one wave at the same time; their answers as they come."""

    def work(self, tasks: Sequence[Task]) -> Iterator[Answer]: ...

    def close(self) -> None: ...


class ProcessCrew:
    """One process a task. The first one starts at once, so that it is ready when the plan is made.

    One that dies is replaced, and the other one goes on with the dataset that was in hand; a dataset that ends two is
    set aside for this night.
    """

    def __init__(self) -> None:
        self._workers = [_start()]
        self._lock = threading.Lock()

    def work(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        # One that died in an earlier wave must not take the next one's tasks with it, the closing among them.
        for dead in [worker for worker in self._workers if worker.poll() is not None]:
            self._workers.remove(dead)
            _end(dead)
        while len(self._workers) < len(tasks):
            self._workers.append(_start())
        answers: queue.Queue[Answer | None] = queue.Queue()
        for worker, task in zip(self._workers, tasks, strict=False):
            threading.Thread(target=self._do, args=(worker, task, answers), daemon=True).start()
        running = len(tasks)
        while running:
            answer = answers.get()
            if answer is None:
                running -= 1
            else:
                yield answer

    def _do(self, worker: Worker, task: Task, answers: queue.Queue[Answer | None]) -> None:
        """The whole task, by as many processes as it takes; then None."""
        deaths: Counter[DatasetId | None] = Counter()
        try:
            while (left := _ask(worker, task, answers)) is not None:
                in_hand = left.datasets[0] if left.datasets else None
                deaths[in_hand] += 1
                died = _died(worker, in_hand)
                if deaths[in_hand] < DEATHS:
                    LOG.warning("%s；换一个进程接着做", died)
                elif in_hand is None:
                    answers.put(Faulty((died,)))
                    return
                else:
                    answers.put(SetAside((died,), in_hand))
                    left = replace(left, datasets=left.datasets[1:])
                if not left.datasets and not left.closing:
                    return
                task, worker = left, self._replace(worker)
        finally:
            answers.put(None)

    def _replace(self, dead: Worker) -> Worker:
        _end(dead)
        with self._lock:
            fresh = _start()
            self._workers[self._workers.index(dead)] = fresh
        return fresh

    def close(self) -> None:
        for worker in self._workers:
            _end(worker)


class LocalCrew:
    """Everything in this process, one task after the other: for one small machine, and for tests."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def work(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        for task in tasks:
            for answer in perform(self._settings, task):
                if not isinstance(answer, Finished):
                    yield answer

    def close(self) -> None:
        """Nothing was started."""


def crew_of(settings: Settings) -> Crew:
    """As many processes as a night pays for, or none when the settings say so."""
    return LocalCrew(settings) if settings.workers == 0 else ProcessCrew()


def _start() -> Worker:
    command = [sys.executable, "-m", "shuyang_data.night.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _end(worker: Worker) -> None:
    for stream in (worker.stdin, worker.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
    worker.wait()


def _ask(worker: Worker, task: Task, answers: queue.Queue[Answer | None]) -> Task | None:
    """Hand a task over and pass on what comes back; what is left of it when the worker dies, None when it is done."""
    left = task
    try:
        if worker.stdin is None or worker.stdout is None:
            raise EOFError
        pickle.dump(task, worker.stdin)
        worker.stdin.flush()
        while (answer := pickle.load(worker.stdout)) is not None:
            if isinstance(answer, Finished):
                left = replace(left, datasets=tuple(name for name in left.datasets if name != answer.dataset))
            else:
                answers.put(answer)
    except (BrokenPipeError, EOFError, pickle.UnpicklingError):
        return left if left.datasets or left.closing else None
    return None


def _died(worker: Worker, in_hand: DatasetId | None) -> Problem:
    what = str(in_hand) if in_hand else "收尾"
    found = f"工作进程 {worker.pid} 以 {worker.wait()} 退出"
    return Problem(what, found, remedy="查看日志后重跑，没有数据丢失")
