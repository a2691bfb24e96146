"""What Dagster hands to assets that a person started: the night of this run, closed when the run ends."""

from collections.abc import Iterator

import dagster as dg

from pipelines.alive import alive
from pipelines.events import events_of, fault_text
from shuyang_data.night.attended import AttendedNight
from shuyang_data.night.closing import Faulty
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_in_force import load_in_force

WAIT_SECONDS = 600
NIGHT = "night"
# One after the other: they share the home folder's lock, and the machine.
POOL = "home"


@dg.resource(description="这次运行的一夜：开始时开夜，结束时收尾")
def night_resource(context: dg.InitResourceContext) -> Iterator[AttendedNight]:
    """Whatever became of the run's steps, its night is closed and recorded; what closes it stands in Dagster too."""
    settings = Settings()
    night = AttendedNight(settings, WAIT_SECONDS)
    with alive(settings, context.run.run_id if context.run else "none"):
        try:
            yield night
        finally:
            _end(context, night, settings)


def _end(context: dg.InitResourceContext, night: AttendedNight, settings: Settings) -> None:
    catalog = load_in_force(settings)
    for answer in night.end():
        if isinstance(answer, Faulty) and context.log is not None:
            context.log.error(fault_text(answer))
        for event in events_of(answer, catalog):
            if context.instance is not None:
                context.instance.report_runless_asset_event(event)
