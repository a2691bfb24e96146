"""One worker of a night: takes requests, runs each as one Dagster run in this process, answers with the faults.

`python -m pipelines.worker` reads one JSON request a line from standard input and writes JSON lines to standard
output: `{"ready": 1}` once it has started, `{"step": 1}` for every step, `{"faults": [...]}` when the request is done.
It dies with whoever started it.
"""

import gc
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

import dagster as dg

from pipelines import target_assets
from pipelines.jobs import NIGHT_TAG, chain_keys, targets_job
from pipelines.resources import CountyResource, close_county, watch
from pipelines.stewardship_assets import stewardship_assets
from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import Problem, ShuyangDataError
from shuyang_data.names import DatasetId
from shuyang_data.night.faults import unforeseen
from shuyang_data.settings import Settings, export_dagster_home

Request = dict[str, Any]
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Performer:
    """Runs requests one after the other: `{"datasets": [...], "as_of": "", "threads": 0}`; no datasets: the targets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._definitions: dg.Definitions | None = None
        self._instance = dg.DagsterInstance.get()

    def perform(self, request: Request, on_step: Callable[[], object]) -> list[Problem]:
        """What went wrong that is nobody's delivery."""
        identities = [DatasetId.parse(name) for name in request["datasets"]]
        try:
            with watch(on_step):
                return self._run(identities, request)
        except ShuyangDataError as error:
            return list(error.problems)
        except Exception as error:  # the last resort of a process: a library met a fault that nobody foresaw
            return [unforeseen(error)]

    def close(self) -> None:
        close_county()
        self._instance.dispose()

    def _run(self, identities: list[DatasetId], request: Request) -> list[Problem]:
        catalog = load_catalog(self._settings.catalog)
        if identities:
            job, keys = "datasets", [key for i in identities for key in chain_keys(i, catalog)]
            definitions = self._of_datasets(catalog)
        else:
            job, keys, definitions = "targets", None, _closing(catalog)
        county = {"as_of": request["as_of"], "threads": request["threads"], "held": True}
        result = definitions.resolve_job_def(job).execute_in_process(
            run_config=QUIET | {"resources": {"county": {"config": county}}}, instance=self._instance,
            raise_on_error=False, asset_selection=keys, tags={NIGHT_TAG: "1"},
        )  # fmt: skip
        return [fault for event in result.all_events if (fault := _fault(event))]

    def _of_datasets(self, catalog: Catalog) -> dg.Definitions:
        """Built at the first request for datasets: a quiet night needs neither them nor the libraries behind them."""
        if self._definitions is None:
            from pipelines.county_definitions import build_definitions

            self._definitions = build_definitions(catalog)
        return self._definitions


def _closing(catalog: Catalog) -> dg.Definitions:
    """What closes a night, without the datasets' assets."""
    return dg.Definitions(
        assets=[*dg.load_assets_from_modules([target_assets]), stewardship_assets(catalog)], jobs=[targets_job],
        resources={"county": CountyResource()},
    )  # fmt: skip


def _fault(event: dg.DagsterEvent) -> Problem | None:
    """A failed step that did not fail by our own decision."""
    if not event.is_step_failure:
        return None
    failure = event.step_failure_data
    if failure.user_failure_data is not None or failure.error is None:
        return None
    text = (failure.error.cause or failure.error).message.strip().removeprefix("shuyang_data.errors.")
    return Problem(str(event.step_key), text, remedy="排除故障后重跑，没有数据丢失")


def _listen(requests: "queue.Queue[Request]") -> None:
    """Requests as they come; when the other side is gone, this process has nothing left to live for."""
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)


def _say(channel: TextIO, message: Request) -> None:
    channel.write(json.dumps(message, ensure_ascii=False) + "\n")
    channel.flush()


def main() -> None:
    # The libraries' objects live as long as the process: looking through them again and again is a tenth of a night.
    gc.set_threshold(50_000, 20, 50)
    # Whatever a library prints must not end up between our answers.
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests: queue.Queue[Request] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    settings = Settings()
    export_dagster_home(settings)
    performer = Performer(settings)
    _say(channel, {"ready": 1})
    while True:
        faults = performer.perform(requests.get(), lambda: _say(channel, {"step": 1}))
        _say(channel, {"faults": [vars(fault) for fault in faults]})


if __name__ == "__main__":
    main()
