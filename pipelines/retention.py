"""What Dagster remembers: whole runs for some days, then only what became of the lasting layers.

What is the last word on an asset or a check stays, with its run, however old it is.
"""

from datetime import datetime, timedelta

import dagster as dg

from pipelines.keys import dataset_key
from pipelines.storage import PooledSqliteEventLogStorage
from shuyang_data.catalog.model import Catalog
from shuyang_data.names import PUBLISHED, Layer
from shuyang_data.retention import RUN_DAYS, RUN_HISTORY_DAYS

LASTING = (Layer.STANDARD, *PUBLISHED)
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
RUNS_AT_ONCE = 500


def forget_old_runs(instance: dg.DagsterInstance, catalog: Catalog, now: datetime) -> int:
    """Delete finished runs older than `RUN_DAYS`; how many."""
    storage = instance.event_log_storage
    if not isinstance(storage, PooledSqliteEventLogStorage):
        return 0
    old = dg.RunsFilter(statuses=FINISHED, created_before=now - timedelta(days=RUN_DAYS))
    runs = [run.run_id for run in instance.get_runs(old, limit=RUNS_AT_ONCE, ascending=True)]
    last = storage.last_words() if runs else set()
    lasting = [dataset_key(dataset, catalog, layer) for dataset in catalog.datasets.values() for layer in LASTING]
    gone = [run_id for run_id in runs if run_id not in last]
    for run_id in gone:
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.run_storage.delete_run(run_id)
        storage.forget_run(run_id, lasting)
    storage.forget_history(now - timedelta(days=RUN_HISTORY_DAYS))
    return len(gone)
