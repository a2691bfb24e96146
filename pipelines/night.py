"""The night's job on a console, in this process; `shuyang run` starts it."""

import sys
from datetime import datetime
from typing import Annotated

import dagster as dg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines.instance import prepare_instance
from pipelines.night_job import NIGHT_OP, listeners, night_job
from shuyang_data.chain.make import layers_of
from shuyang_data.chain.steps import Made
from shuyang_data.errors import EXIT_FAULT, Problem, ShuyangDataError, StorageError
from shuyang_data.names import DatasetId
from shuyang_data.night.faults import unforeseen
from shuyang_data.night.opening import Opened, Order
from shuyang_data.night.report import print_ended, print_plan
from shuyang_data.night.run import Ended, Event
from shuyang_data.settings import Settings

PLAIN_WIDTH = 140
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class ConsoleListener:
    """Prints the plan, a bar of the layers made, and the summary; keeps the exit code."""

    wait_seconds = 0.0

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._console, self._progress = console, Progress(*columns, console=console)
        self._task = self._progress.add_task("数据集", total=None)
        self._layers = 0
        self.code = EXIT_FAULT
        self.error: ShuyangDataError | None = None
        self.is_over = False

    def heard(self, event: Event) -> None:
        if isinstance(event, Opened):
            self._begin(event)
        elif isinstance(event, Made):
            self._progress.advance(self._task)
        elif isinstance(event, Ended):
            self._progress.update(self._task, completed=self._layers)
            self._progress.stop()
            print_ended(self._console, event.opened.county)
            self.code, self.is_over = event.exit_code, True
            self.error = StorageError(event.faults) if event.faults else None

    def refused(self, error: ShuyangDataError) -> None:
        self._progress.stop()
        self.code, self.error = error.exit_code, error

    def _begin(self, opened: Opened) -> None:
        for problem in opened.unreached:
            self._console.print(f"没有拉取 {problem}", style="yellow", markup=False)
        catalog = opened.county.catalog
        print_plan(self._console, opened.planned, len(catalog.datasets))
        self._layers = sum(len(layers_of(catalog.datasets[item.dataset])) for item in opened.planned)
        self._progress.update(self._task, total=self._layers)
        self._progress.start()


def run_on_console(console: Console, order: Order) -> int:
    """One night as a run of Dagster in this process; the exit code. Raises ShuyangDataError for a fault."""
    prepare_instance(Settings())
    listener = ConsoleListener(console)
    config = {
        "only": [str(identity) for identity in order.only or ()], "full": order.full,
        "day": order.day.isoformat() if order.day else "",
    }  # fmt: skip
    listeners.append(listener)
    try:
        with dg.DagsterInstance.get() as instance:
            result = night_job.execute_in_process(
                run_config=QUIET | {"ops": {NIGHT_OP: {"config": config}}}, instance=instance, raise_on_error=False
            )
    finally:
        listeners.remove(listener)
    if listener.error is not None:
        raise listener.error
    if not listener.is_over:
        raise StorageError([_fault(result)])
    return listener.code


def _fault(result: dg.ExecuteInProcessResult) -> Problem:
    """What ended a night that told nobody how: a fault of the platform that nobody foresaw."""
    failures = (event.step_failure_data.error for event in result.all_events if event.is_step_failure)
    said = next((error.message.strip() for error in failures if error is not None), "没有说明")
    return Problem("一夜", said, remedy=f"在 Dagster 里看运行 {result.run_id}，排除后重跑，没有数据丢失")


def main(
    only: Annotated[list[str] | None, typer.Option()] = None,
    date: Annotated[str, typer.Option()] = "",
    full: Annotated[bool, typer.Option()] = False,
) -> None:
    """Run one night; exit with 0, 3 (some datasets were stopped), 1 (fault) or 2 (wrong usage)."""
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, soft_wrap=True)
    try:
        order = Order(
            tuple(DatasetId.parse(name) for name in only or []) or None,
            datetime.fromisoformat(date).date() if date else None,
            full,
        )
        code = run_on_console(console, order)
    except ShuyangDataError as error:
        Console(stderr=True, soft_wrap=True).print(str(error), style="red", markup=False)
        code = error.exit_code
    except Exception as error:  # the last resort of an entry point: a library met a fault that nobody foresaw
        code = EXIT_FAULT
        Console(stderr=True, soft_wrap=True).print(str(StorageError([unforeseen(error)])), style="red", markup=False)
    sys.exit(code)


if __name__ == "__main__":
    typer.run(main)
