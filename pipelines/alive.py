"""Which runs live: each holds a lock of its own while it does; one that nobody holds died without a word.

Dagster itself learns of the death of none but the processes that it started; a run of `shuyang run` that was killed
would count against the number of runs at a time for ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from shuyang_data.settings import Settings
from shuyang_data.storage.files import storage_errors

FOLDER = "alive"
# Between a run's start and the lock lie its resources.
GRACE = timedelta(seconds=60)
GOING = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


@contextmanager
def alive(settings: Settings, run_id: str) -> Iterator[None]:
    """Hold the run's lock for the length of a block; the operating system lets go of a dead process's."""
    path = _lock(settings, run_id)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path, thread_local=False):
            try:
                yield
            finally:
                path.unlink(missing_ok=True)


def bury_dead(instance: dg.DagsterInstance, settings: Settings, now: datetime) -> list[str]:
    """Mark the runs that no process works on as failed; their ids. now: a moment that knows its zone."""
    buried = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=GOING)):
        run = record.dagster_run
        quiet = now - record.update_timestamp.replace(tzinfo=UTC)
        if quiet > GRACE and _is_free(_lock(settings, run.run_id)):
            instance.report_run_failed(run, "进程已经不在（被杀死或断电），没有收尾；没有数据丢失，下一夜接着做")
            buried.append(run.run_id)
    return buried


def _lock(settings: Settings, run_id: str) -> Path:
    return settings.dagster_home / FOLDER / run_id


def _is_free(path: Path) -> bool:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(path, timeout=0, thread_local=False):
                path.unlink(missing_ok=True)
                return True
        except Timeout:
            return False
