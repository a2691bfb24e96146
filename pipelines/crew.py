"""The processes that do a night's work side by side, each a `pipelines.worker`; or this process itself."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from shuyang_data.errors import Problem
from shuyang_data.night.parts import Part
from shuyang_data.settings import REPOSITORY, Settings

OnStep = Callable[[], object]


class Crew(Protocol):
    """Runs the parts of one wave at the same time; what went wrong that is nobody's delivery."""

    def run(self, parts: Sequence[Part], as_of: str, on_step: OnStep) -> list[Problem]: ...

    def close(self) -> None: ...


class ProcessCrew:
    """One process a part. The first one starts at once, so that it is ready when the plan is made."""

    def __init__(self) -> None:
        self._workers = [_start()]
        self._ready = False

    def run(self, parts: Sequence[Part], as_of: str, on_step: OnStep) -> list[Problem]:
        # Only one process may lay out a new instance of Dagster: the others start when the first one is ready.
        if not self._ready:
            self._ready = _wait_until_ready(self._workers[0])
        while len(self._workers) < len(parts):
            self._workers.append(_start())
        with ThreadPoolExecutor(len(parts)) as pool:
            asked = [pool.submit(_ask, *pair, as_of, on_step) for pair in zip(self._workers, parts, strict=False)]
            return [fault for answer in asked for fault in answer.result()]

    def close(self) -> None:
        for worker in self._workers:
            for stream in (worker.stdin, worker.stdout):
                if stream is not None:
                    with suppress(BrokenPipeError):
                        stream.close()
            worker.wait()


class LocalCrew:
    """Everything in this process, one part after the other: for one small machine, and for tests."""

    def __init__(self, settings: Settings) -> None:
        from pipelines.worker import Performer

        self._performer = Performer(settings)

    def run(self, parts: Sequence[Part], as_of: str, on_step: OnStep) -> list[Problem]:
        return [f for part in parts for f in self._performer.perform(_request(part, as_of), on_step)]

    def close(self) -> None:
        self._performer.close()


def _start() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pipelines.worker"]
    return subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _wait_until_ready(worker: "subprocess.Popen[str]") -> bool:
    """Its first line, or nothing when it died; then the first request finds out."""
    if worker.stdout is not None:
        worker.stdout.readline()
    return True


def _request(part: Part, as_of: str) -> dict[str, Any]:
    return {"datasets": [str(identity) for identity in part.datasets], "as_of": as_of, "threads": part.threads}


def _ask(worker: "subprocess.Popen[str]", part: Part, as_of: str, on_step: OnStep) -> list[Problem]:
    if worker.stdin is None or worker.stdout is None:
        raise ValueError("a worker without pipes")
    try:
        worker.stdin.write(json.dumps(_request(part, as_of)) + "\n")
        worker.stdin.flush()
    except BrokenPipeError:
        return [_died(worker, part)]
    for line in worker.stdout:
        answer = json.loads(line)
        if "faults" in answer:
            return [Problem(**fault) for fault in answer["faults"]]
        if "step" in answer:
            on_step()
    return [_died(worker, part)]


def _died(worker: "subprocess.Popen[str]", part: Part) -> Problem:
    names = "、".join(str(identity) for identity in part.datasets) or "目标测算"
    return Problem(
        f"工作进程 {worker.pid}", f"以 {worker.wait()} 退出，未做完：{names}", remedy="查看日志后重跑，没有数据丢失"
    )
