"""The night as a program: plan, have the crew make what is planned, then measure. `shuyang run` starts it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.crew import Crew, LocalCrew, ProcessCrew
from shuyang_data.arrival.pull.fetch import fetch_due
from shuyang_data.arrival.receive import give_back, receive_sheets
from shuyang_data.catalog.changes import State
from shuyang_data.county import County, open_county
from shuyang_data.errors import EXIT_FAULT, EXIT_STOPPED, Problem, ShuyangDataError, StorageError
from shuyang_data.names import DatasetId
from shuyang_data.night.faults import unforeseen
from shuyang_data.night.parts import Part, waves, worker_count
from shuyang_data.night.plan import plan_night
from shuyang_data.night.report import print_plan, print_stopped, print_summary, rate_line
from shuyang_data.night.status import by_department, dataset_status, stopped
from shuyang_data.records import Planned
from shuyang_data.settings import REPOSITORY, Settings, export_dagster_home
from shuyang_data.stewardship.change_control import apply_due, record_direct_edits
from shuyang_data.storage.files import storage_errors
from shuyang_data.storage.lock import hold_night
from shuyang_data.targets.evidence import Measure
from shuyang_data.targets.facts import gather_facts
from shuyang_data.targets.measures import rate
from shuyang_data.targets.scorecard import score

PLAIN_WIDTH = 140
TARGETS = Part((), 0)
# Landing, raw, standard with rejected: what every dataset of a night goes through before it is published.
STEPS = 3


def main(
    only: Annotated[list[str] | None, typer.Option()] = None,
    date: Annotated[str, typer.Option()] = "",
    full: Annotated[bool, typer.Option()] = False,
) -> None:
    """Run one night; exit with 0, 3 (some datasets were stopped), 1 (fault) or 2 (wrong usage)."""
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, soft_wrap=True)
    try:
        code = run_night(Settings(), console, only=[DatasetId.parse(name) for name in only or []], date=date, full=full)
    except ShuyangDataError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), style="red", markup=False)
        code = error.exit_code
    except Exception as error:  # the last resort of an entry point: a library met a fault that nobody foresaw
        code = EXIT_FAULT
        Console(stderr=True, soft_wrap=True).print(str(StorageError([unforeseen(error)])), style="red", markup=False)
    sys.exit(code)


def run_night(settings: Settings, console: Console, *, only: list[DatasetId], date: str, full: bool) -> int:
    """One night; the exit code."""
    prepare_instance(settings)
    with hold_night(settings.home), closing(LocalCrew(settings) if settings.workers == 0 else ProcessCrew()) as crew:
        shutil.rmtree(settings.lake / "spill", ignore_errors=True)
        day = datetime.fromisoformat(date).date() if date else None
        county = open_county(settings, day, f"{datetime.now(UTC):%y%m%d%H%M%S%f}"[-8:])
        county = _settled(county, day)
        for identity in only:
            county.dataset(identity)
        for identity in county.catalog.datasets:
            give_back(identity, settings.landing, settings.inbox)
        receive_sheets(county.catalog.departments, settings.inbox, settings.landing, county.now)
        unreached = [] if only else fetch_due(county)
        for problem in unreached:
            console.print(f"没有拉取 {problem}", style="yellow", markup=False)
        planned = plan_night(settings, county.catalog, county.registry, only, full=full)
        print_plan(console, planned, len(county.catalog.datasets))
        body: dict[str, Any] = {"planned": {str(item.dataset): item.reasons for item in planned}}
        county.registry.save_night(county.run_id, county.as_of, county.now, None, body)
        faults = _execute(county, planned, crew, date, console)
        status = dataset_status(county.catalog, county.registry, county.as_of)
        blocked = sorted(set(stopped(status)) & set(body["planned"]))
        body |= {"stopped": blocked, "faults": [str(fault) for fault in faults]}
        county.registry.save_night(county.run_id, county.as_of, county.now, datetime.now(UTC), body)
        _report(county, status, console)
        county.registry.close()
        if faults:
            raise StorageError(faults)
        return EXIT_STOPPED if blocked or unreached else 0


def _settled(county: County, day: Any) -> County:
    """The county with the catalog of this day: approved changes whose day has come are in force, edits are recorded."""
    if any(change.state is State.APPLIED for change in apply_due(county)):
        county.registry.close()
        county = open_county(county.settings, day, county.run_id)
    record_direct_edits(county)
    return county


def prepare_instance(settings: Settings) -> None:
    """Dagster's home below ours, with our configuration."""
    with storage_errors(settings.dagster_home):
        settings.dagster_home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    export_dagster_home(settings)


def _execute(county: County, planned: list[Planned], crew: Crew, date: str, console: Console) -> list[Problem]:
    """Have the planned datasets made, then the targets; what went wrong that is nobody's delivery."""
    settings = county.settings
    cores = settings.threads or settings.cores
    workers = worker_count(planned, cores if settings.workers is None else max(1, settings.workers))
    faults: list[Problem] = []
    steps = sum(STEPS + len(county.catalog.datasets[item.dataset].published_layers()) for item in planned)
    with _progress(console, steps) as on_step:
        for wave in waves(planned, county.catalog, workers, cores):
            faults += crew.run(wave, date, on_step)
    return faults + crew.run([TARGETS], date, lambda: None)


@contextmanager
def _progress(console: Console, steps: int) -> Iterator[Any]:
    """A bar of the night's steps; yields what every step calls."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("数据集", total=steps)
        yield lambda: progress.advance(task)
        progress.update(task, completed=steps)


def _report(county: County, status: dict[str, dict[str, Any]], console: Console) -> None:
    print_summary(console, by_department(status, county.catalog))
    print_stopped(console, status)
    facts = gather_facts(county.settings, county.registry)
    card = score(county.catalog, county.registry.demands(), facts, county.as_of)
    for measure in Measure:
        console.print(rate_line(measure.label, rate(card.of(measure))), style="bold", highlight=False)
    console.print(f"测算日期 {county.as_of}；逐条依据：shuyang targets --evidence")


if __name__ == "__main__":
    typer.run(main)
