"""The night as a program: plan, run what is planned in one Dagster run, then measure. `shuyang run` starts it."""

import shutil
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from typing import Annotated, Any

import dagster as dg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.county_definitions import build_definitions
from pipelines.jobs import NIGHT_TAG, chain_keys
from pipelines.resources import open_county, watch
from shuyang_data.errors import EXIT_FAULT, EXIT_STOPPED, Problem, ShuyangDataError, StorageError
from shuyang_data.names import DatasetId
from shuyang_data.night.county import County
from shuyang_data.night.lock import hold_night
from shuyang_data.night.plan import plan_night
from shuyang_data.night.report import MEASURES, print_plan, print_stopped, print_summary, rate_line
from shuyang_data.night.status import by_department, dataset_status, stopped
from shuyang_data.night.verify import gather_facts
from shuyang_data.records import Planned
from shuyang_data.settings import REPOSITORY, Settings, export_dagster_home
from shuyang_data.storage.files import storage_errors
from shuyang_data.targets.measures import rate
from shuyang_data.targets.scorecard import score

PLAIN_WIDTH = 140
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


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
        Console(stderr=True).print(str(error), style="red", markup=False)
        code = error.exit_code
    except Exception as error:  # the last resort of an entry point: a library met a fault that nobody foresaw
        code = EXIT_FAULT
        _print_fault(error)
    sys.exit(code)


def _print_fault(error: Exception) -> None:
    """One clear message for a person; the traceback goes to the system's temporary folder for whoever mends it."""
    with tempfile.NamedTemporaryFile("w", prefix="shuyang-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    first = (str(error).splitlines() or [""])[0]
    fault = Problem(type(error).__name__, first, remedy=f"检查磁盘空间与权限后重跑，没有数据丢失；详情在 {log.name}")
    Console(stderr=True).print(str(StorageError([fault])), style="red", markup=False)


def run_night(settings: Settings, console: Console, *, only: list[DatasetId], date: str, full: bool) -> int:
    """One night; the exit code."""
    prepare_instance(settings)
    with hold_night(settings.home):
        county = open_county(settings, date, f"{datetime.now(UTC):%y%m%d%H%M%S%f}"[-8:])
        for identity in only:
            county.dataset(identity)
        planned = plan_night(settings, county.catalog, county.registry, only, full=full)
        print_plan(console, planned, len(county.catalog.datasets))
        body: dict[str, Any] = {"planned": {str(item.dataset): item.reasons for item in planned}}
        county.registry.save_night(county.run_id, county.as_of, county.now, None, body)
        faults = _execute(county, planned, date, console)
        status = dataset_status(county.catalog, county.registry, county.as_of)
        blocked = sorted(set(stopped(status)) & set(body["planned"]))
        body |= {"stopped": blocked, "faults": [str(fault) for fault in faults]}
        county.registry.save_night(county.run_id, county.as_of, county.now, datetime.now(UTC), body)
        _report(county, status, console)
        if faults:
            raise StorageError(faults)
        return EXIT_STOPPED if blocked else 0


def prepare_instance(settings: Settings) -> None:
    """Dagster's home below ours, with our configuration."""
    with storage_errors(settings.dagster_home):
        settings.dagster_home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    export_dagster_home(settings)


def _execute(county: County, planned: list[Planned], date: str, console: Console) -> list[Problem]:
    """Run the planned datasets, then the closing assets; what went wrong that is nobody's delivery."""
    # A quiet night needs no definitions of datasets.
    catalog = county.catalog if planned else county.catalog.model_copy(update={"datasets": {}})
    definitions = build_definitions(catalog)
    keys = [key for item in planned for key in chain_keys(item.dataset, county.catalog)]
    faults: list[Problem] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with dg.DagsterInstance.get() as instance, Progress(*columns, console=console) as progress:
        # standard and rejected are made by one step
        steps = len(keys) - len(planned)
        task = progress.add_task("数据集", total=steps)
        with watch(lambda: progress.advance(task)):
            if keys:
                faults += _run(definitions, "datasets", instance, keys, date)
        progress.update(task, completed=steps)
        faults += _run(definitions, "targets", instance, None, date)
    return faults


def _run(
    definitions: dg.Definitions, job: str, instance: dg.DagsterInstance, keys: list[dg.AssetKey] | None, date: str
) -> list[Problem]:
    config = QUIET | {"resources": {"county": {"config": {"as_of": date}}}}
    result = definitions.resolve_job_def(job).execute_in_process(
        run_config=config, instance=instance, raise_on_error=False, asset_selection=keys, tags={NIGHT_TAG: "1"}
    )
    faults = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data is None and data.error is not None:
                cause = data.error.cause or data.error
                text = cause.message.strip().removeprefix("shuyang_data.errors.")
                faults.append(Problem(str(event.step_key), text, remedy="排除故障后重跑，没有数据丢失"))
    return faults


def _report(county: County, status: dict[str, dict[str, Any]], console: Console) -> None:
    print_summary(console, by_department(status, county.catalog))
    print_stopped(console, status)
    facts = gather_facts(county.settings, county.registry)
    card = score(county.catalog, county.registry.demands(), facts, county.as_of)
    for name, title in MEASURES.items():
        console.print(rate_line(title, rate(card.of(name))), style="bold", highlight=False)
    console.print(f"测算日期 {county.as_of}；逐条依据：shuyang targets --evidence")


if __name__ == "__main__":
    typer.run(main)
