"""How every night begins, whoever starts it: the catalog of the day, what has come, and the plan. Under the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from shuyang_data.arrival.pull.fetch import fetch_due
from shuyang_data.arrival.receive import give_back, receive_sheets
from shuyang_data.catalog.changes import State
from shuyang_data.county import County, open_county
from shuyang_data.errors import Problem
from shuyang_data.home.heal import heal
from shuyang_data.home.settle import clear, settle
from shuyang_data.names import DatasetId
from shuyang_data.night.plan import plan_night
from shuyang_data.records import Planned
from shuyang_data.settings import Settings
from shuyang_data.stewardship.change_control import apply_due, record_direct_edits
from shuyang_data.storage.catalog_in_force import keep_in_force


@dataclass(frozen=True)
class Order:
    """What is asked of a night. only: no other datasets, and these even when nothing changed; full: all of them.

    day: the date on which the clocks are read, today in the county when not given.
    """

    only: tuple[DatasetId, ...] | None = None
    day: date | None = None
    full: bool = False


@dataclass(frozen=True)
class Opened:
    """A night that has begun. unreached: sources that were to be pulled and did not answer. damages: of the home, that
    the night cannot heal, and of the catalog's files.
    """

    county: County
    planned: tuple[Planned, ...]
    unreached: tuple[Problem, ...]
    damages: tuple[Problem, ...] = ()

    @property
    def reasons(self) -> dict[str, Sequence[str]]:
        """dataset → why it is taken up."""
        return {str(item.dataset): item.reasons for item in self.planned}


def new_run_id() -> str:
    """Names a night in releases and reports: the last eight digits of its microsecond."""
    return f"{datetime.now(UTC):%y%m%d%H%M%S%f}"[-8:]


def open_night(settings: Settings, order: Order, run_id: str) -> Opened:
    """Begin a night; raise ShuyangDataError when catalog or registry cannot be used, or a dataset is unknown."""
    settle(settings)
    county = open_county(settings, order.day, run_id)
    clear(settings, county.now)
    damages = heal(settings, county.registry, county.now, deep=order.full)
    county = _settled(county, order)
    for identity in order.only or ():
        county.dataset(identity)
    for identity in county.catalog.datasets:
        give_back(identity, settings.landing, settings.inbox)
    receive_sheets(county.catalog.departments, settings.inbox, settings.landing, county.local_now)
    unreached = tuple(fetch_due(county)) if order.only is None else ()
    planned = plan_night(settings, county.catalog, county.registry, order.only, full=order.full)
    opened = Opened(county, tuple(planned), unreached, (*damages, *county.catalog.faults))
    county.registry.save_night(run_id, county.as_of, county.now, None, {"planned": opened.reasons})
    return opened


def _settled(county: County, order: Order) -> County:
    """The county with the catalog of this day: approved changes whose day has come are in force, edits are recorded."""
    if any(change.state is State.APPLIED for change in apply_due(county)):
        county.registry.close()
        county = open_county(county.settings, order.day, county.run_id)
    record_direct_edits(county)
    keep_in_force(county.settings, county.catalog)
    return county
