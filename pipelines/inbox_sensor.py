"""The drop folder is watched: a complete file starts the chain of just its dataset."""

import json
import time
from datetime import UTC, datetime

import dagster as dg

from pipelines.jobs import chain_keys, datasets_job
from shuyang_data.arrival.watch import watch_inbox
from shuyang_data.catalog.load import load_catalog
from shuyang_data.settings import Settings

SECONDS = 30


@dg.sensor(
    name="inbox",
    job=datasets_job,
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="收件箱里有送完的文件（大小不再变化，或旁边有 .ok 标记）时，只跑它所属数据集的全链",
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    settings = Settings()
    catalog = load_catalog(settings.catalog)
    before = {name: (size, mtime) for name, (size, mtime) in json.loads(context.cursor or "{}").items()}
    today = settings.today(datetime.now(UTC))
    watched = watch_inbox(settings.inbox, catalog, before, time.time(), today)
    requests = []
    for identity, paths in watched.ready.items():
        looks = [f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in paths]
        requests.append(
            dg.RunRequest(run_key="|".join([str(identity), *looks]), asset_selection=chain_keys(identity, catalog))
        )
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(watched.looks))
