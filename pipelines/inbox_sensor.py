"""The drop folder is watched: complete files start a night of just their datasets."""

import json
import time
from datetime import UTC, datetime

import dagster as dg

from pipelines.alive import bury_dead
from pipelines.night_job import NIGHT_OP, night_job
from shuyang_data.arrival.watch import watch_inbox
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_in_force import load_in_force

SECONDS = 30


@dg.sensor(
    name="inbox",
    job=night_job,
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="收件箱里有送完的文件（大小不再变化，或旁边有 .ok 标记）时，只跑它所属数据集的全链",
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    settings = Settings()
    bury_dead(context.instance, settings, datetime.now(UTC))
    catalog = load_in_force(settings)
    before = {name: (size, mtime) for name, (size, mtime) in json.loads(context.cursor or "{}").items()}
    watched = watch_inbox(settings.inbox, catalog, before, time.time(), settings.today(datetime.now(UTC)))
    if not watched.ready:
        return dg.SensorResult(cursor=json.dumps(watched.looks))
    names = [str(identity) for identity in watched.ready]
    looks = [
        f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}"
        for paths in watched.ready.values()
        for path in paths
    ]
    request = dg.RunRequest(
        run_key="|".join([*names, *looks]), run_config={"ops": {NIGHT_OP: {"config": {"only": names}}}}
    )
    return dg.SensorResult(run_requests=[request], cursor=json.dumps(watched.looks))
