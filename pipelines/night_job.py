"""The night as one job of one op: the schedule and the inbox start it, and so does `shuyang run`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Protocol

import dagster as dg

from pipelines.alive import alive, bury_dead
from pipelines.events import STOP_COLUMNS, events_of, fault_text, metadata_of, stop_row, stop_text
from pipelines.refusal import RefusalError
from pipelines.renames import carry_renamed
from pipelines.resources import POOL, WAIT_SECONDS
from pipelines.retention import forget_old_runs
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.spoken import dataset_named
from shuyang_data.chain.steps import Listed, Stopped
from shuyang_data.errors import Problem, ShuyangDataError, UsageError
from shuyang_data.night.closing import Faulty
from shuyang_data.night.opening import Opened, Order
from shuyang_data.night.run import Ended, Event, run_night
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_in_force import load_in_force

NIGHT_JOB = "night"
# A job and an op may not share a name.
NIGHT_OP = "whole_night"


class Listener(Protocol):
    """Who follows a night in the process that runs it: the console of `shuyang run`."""

    wait_seconds: float

    def heard(self, event: Event) -> None: ...

    def refused(self, error: ShuyangDataError) -> None: ...


# Of this process; the console program adds itself.
listeners: list[Listener] = []


class NightConfig(dg.Config):
    """only: datasets, none of them for whatever has changed. day: YYYY-MM-DD, empty for today. full: all of them."""

    only: list[str] = []
    day: str = ""
    full: bool = False

    def order(self) -> Order:
        """Raise UsageError for a name or a day that is none."""
        catalog = load_in_force(Settings()) if self.only else None
        only = tuple(dataset_named(name, catalog) for name in self.only) if catalog else None
        return Order(only, self._day(), self.full)

    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self.day) if self.day else None
        except ValueError:
            raise UsageError([Problem("day", f"写的是 {self.day!r}", "YYYY-MM-DD")]) from None


@dg.op(
    name=NIGHT_OP, pool=POOL, out={},
    description="开夜（交接单、拉取、到期变更、计划）、各数据集全链、收尾（供给、目标、页面、分析库）",
)  # fmt: skip
def night(context: dg.OpExecutionContext, config: NightConfig) -> Iterator:
    """Dagster's events of every step as it happens; raises RefusalError at the end when something was stopped."""
    wait_seconds = min([WAIT_SECONDS, *(listener.wait_seconds for listener in listeners)])
    catalog, stops, ended, settings = None, [], None, Settings()
    bury_dead(context.instance, settings, datetime.now(UTC))
    try:
        for event in _living(settings, context.run_id, run_night(settings, config.order(), wait_seconds)):
            for listener in listeners:
                listener.heard(event)
            if isinstance(event, Opened):
                catalog = event.county.catalog
                carry_renamed(context.instance, event.county.settings, catalog)
                forget_old_runs(context.instance, catalog, event.county.now)
                context.log.info(f"今夜计划 {len(event.planned)} 个数据集")
            elif isinstance(event, Ended):
                ended = event
            elif catalog is not None:
                stops += [event] if isinstance(event, Stopped) else []
                if isinstance(event, Faulty):
                    context.log.error(fault_text(event))
                yield from events_of(event, catalog)
    except ShuyangDataError as error:
        for listener in listeners:
            listener.refused(error)
        raise RefusalError(str(error)) from None
    if catalog is not None and ended is not None:
        _refuse(ended, stops, catalog)


def _living(settings: Settings, run_id: str, events: Iterator[Event]) -> Iterator[Event]:
    with alive(settings, run_id):
        yield from events


def _refuse(ended: Ended, stops: list[Stopped], catalog: Catalog) -> None:
    """Raise RefusalError when the night did not end with everything that it planned."""
    lines = [stop_text(stop, catalog) for stop in stops]
    lines += [f"没有拉取 {problem}" for problem in ended.opened.unreached]
    lines += [f"故障 {problem}" for problem in ended.faults]
    if not lines:
        return
    columns = {"dataset": "数据集", **STOP_COLUMNS}
    rows = [stop_row(stop, catalog) for stop in stops]
    raise RefusalError("\n".join(lines), metadata_of({"受阻": Listed(columns, rows)}) if rows else {})


@dg.job(name=NIGHT_JOB, executor_def=dg.in_process_executor, description="一夜：与命令 shuyang run 完全相同")
def night_job() -> None:
    night()
