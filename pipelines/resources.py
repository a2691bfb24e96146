"""What Dagster hands to the assets: the county of this run, opened once per process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from shuyang_data.catalog.load import load_catalog
from shuyang_data.night.county import County
from shuyang_data.night.lock import hold_night
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry


class CountyResource(dg.ConfigurableResource):
    """Settings, catalog, engine, lake and registry. as_of: YYYY-MM-DD, today in the county when empty."""

    as_of: str = ""

    def open(self, run_id: str) -> County:
        """The county of this run; the same object for every step of one run in one process."""
        if run_id not in _opened:
            settings = Settings()
            hold_night(settings.home, wait_seconds=WAIT_SECONDS)
            _opened.clear()
            _opened[run_id] = open_county(settings, self.as_of, run_id)
        for listener in _listeners:
            listener()
        return _opened[run_id]


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


def open_county(settings: Settings, as_of: str, run_id: str) -> County:
    """Open everything; raise ShuyangDataError when the catalog or the registry cannot be used."""
    now = datetime.now(UTC)
    today = date.fromisoformat(as_of) if as_of else now.astimezone(ZoneInfo(settings.timezone)).date()
    return County(
        settings=settings,
        catalog=load_catalog(settings.catalog),
        registry=Registry(settings.registry),
        as_of=today,
        now=now,
        run_id=run_id[:8],
    )
