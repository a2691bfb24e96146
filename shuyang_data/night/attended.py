"""A night that somebody steps through, as an officer does who asks for single datasets: begun once, closed once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack

from shuyang_data.chain.steps import Stopped
from shuyang_data.errors import Problem
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.closing import Faulty, close_night, record_night
from shuyang_data.night.making import made
from shuyang_data.night.opening import Opened, Order, new_run_id, open_night
from shuyang_data.night.worker import Answer
from shuyang_data.settings import Settings
from shuyang_data.storage.lock import hold_night


class AttendedNight:
    """The same opening, chains and closing as `run_night`, in this process, one after the other."""

    def __init__(self, settings: Settings, wait_seconds: float) -> None:
        self._settings, self._wait_seconds = settings, wait_seconds
        self._lock = ExitStack()
        self._opened: Opened | None = None
        self._faults: list[Problem] = []
        self._is_closed = False

    def begin(self, only: tuple[DatasetId, ...]) -> Opened:
        """Take the lock and open the night, once; raise ShuyangDataError when it cannot begin."""
        if self._opened is None:
            with ExitStack() as lock:
                lock.enter_context(hold_night(self._settings.home, self._wait_seconds))
                self._opened = open_night(self._settings, Order(only=only), new_run_id())
                self._faults += self._opened.damages
                self._lock = lock.pop_all()
        return self._opened

    def make(self, opened: Opened, identity: DatasetId, layers: Collection[Layer]) -> Iterator[Answer]:
        """Layers of one dataset, by the catalog of this day; without any delivery it is told, and left as it is."""
        self._is_closed = False
        if identity in opened.county.catalog.still:
            yield Stopped(identity, next(iter(layers)), ("目录文件有误，改好之前停在原处：shuyang check",))
            return
        if str(identity) not in opened.reasons:
            yield Stopped(identity, next(iter(layers)), ("还没有收到过交付，收件箱里也没有它的文件",))
            return
        for answer in made(opened.county, identity, layers):
            yield self._faulty(answer) if isinstance(answer, Faulty) else answer

    def close(self, opened: Opened) -> Iterator[Answer]:
        """What closes the night; once, whoever asks, unless something was made since."""
        if self._is_closed:
            return
        self._is_closed = True
        for answer in close_night(opened.county):
            yield self._faulty(answer) if isinstance(answer, Faulty) else answer

    def end(self) -> Iterator[Answer]:
        """Close what was begun, write it down, and let go of the lock."""
        with self._lock:
            if self._opened is not None:
                yield from self.close(self._opened)
                record_night(self._opened, self._faults)
                self._opened.county.registry.close()

    def _faulty(self, answer: Faulty) -> Faulty:
        self._faults += answer.problems
        return answer
