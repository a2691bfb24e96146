"""The processes that do a night's work side by side, each a `night.worker`; or this process itself."""

from __future__ import annotations

import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from shuyang_data.errors import Problem
from shuyang_data.night.closing import Faulty
from shuyang_data.night.worker import Answer, Task, perform
from shuyang_data.settings import Settings

Worker = subprocess.Popen[bytes]


class Crew(Protocol):
    """Does the tasks of one wave at the same time; their answers as they come."""

    def work(self, tasks: Sequence[Task]) -> Iterator[Answer]: ...

    def close(self) -> None: ...


class ProcessCrew:
    """One process a task. The first one starts at once, so that it is ready when the plan is made."""

    def __init__(self) -> None:
        self._workers = [_start()]

    def work(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        # One that died in an earlier wave must not take the next one's tasks with it, the closing among them.
        for dead in [worker for worker in self._workers if worker.poll() is not None]:
            self._workers.remove(dead)
            _end(dead)
        while len(self._workers) < len(tasks):
            self._workers.append(_start())
        answers: queue.Queue[Answer | None] = queue.Queue()
        for worker, task in zip(self._workers, tasks, strict=False):
            threading.Thread(target=_ask, args=(worker, task, answers), daemon=True).start()
        running = len(tasks)
        while running:
            answer = answers.get()
            if answer is None:
                running -= 1
            else:
                yield answer

    def close(self) -> None:
        for worker in self._workers:
            _end(worker)


class LocalCrew:
    """Everything in this process, one task after the other: for one small machine, and for tests."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def work(self, tasks: Sequence[Task]) -> Iterator[Answer]:
        for task in tasks:
            yield from perform(self._settings, task)

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


def _ask(worker: Worker, task: Task, answers: queue.Queue[Answer | None]) -> None:
    """Hand a task over and pass on what comes back, then None; a worker that died is a fault."""
    try:
        if worker.stdin is None or worker.stdout is None:
            raise EOFError
        pickle.dump(task, worker.stdin)
        worker.stdin.flush()
        while (answer := pickle.load(worker.stdout)) is not None:
            answers.put(answer)
    except (BrokenPipeError, EOFError, pickle.UnpicklingError):
        answers.put(Faulty((_died(worker, task),)))
    finally:
        answers.put(None)


def _died(worker: Worker, task: Task) -> Problem:
    names = "、".join(str(identity) for identity in task.datasets) or "收尾"
    return Problem(
        f"工作进程 {worker.pid}", f"以 {worker.wait()} 退出，未做完：{names}", remedy="查看日志后重跑，没有数据丢失"
    )
