"""What Dagster hands to the assets: the county of this run, opened once per process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import dagster as dg

from shuyang_data.county import County, open_county
from shuyang_data.settings import Settings
from shuyang_data.storage.lock import take_night


class CountyResource(dg.ConfigurableResource):
    """Settings, catalog, engine, lake and registry.

    as_of: YYYY-MM-DD, today in the county when empty. threads: the engine's, 0 for the configured number.
    held: whoever started this run holds the night's lock.
    """

    as_of: str = ""
    threads: int = 0
    held: bool = False

    def open(self, run_id: str) -> County:
        """The county of this run; the same object for every step of one run in one process."""
        if run_id not in _opened:
            settings = Settings()
            if not self.held:
                take_night(settings.home, wait_seconds=WAIT_SECONDS)
            if self.threads and not settings.threads:
                settings = settings.model_copy(update={"threads": self.threads})
            close_county()
            _opened[run_id] = open_county(settings, date.fromisoformat(self.as_of) if self.as_of else None, run_id)
        for listener in _listeners:
            listener()
        return _opened[run_id]


def close_county() -> None:
    """Let go of what this process opened for its last run."""
    for county in _opened.values():
        county.registry.close()
    _opened.clear()


WAIT_SECONDS = 600
_opened: dict[str, County] = {}
_listeners: list[Callable[[], object]] = []


@contextmanager
def watch(listener: Callable[[], object]) -> Iterator[None]:
    """Call `listener` whenever a step of this process opens the county."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
