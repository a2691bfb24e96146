"""When the night starts: 02:00 in Shuyang. It plans first and asks only for what has to be made."""

import dagster as dg

from pipelines.jobs import chain_keys, datasets_job, targets_job
from shuyang_data.county import open_county
from shuyang_data.night.plan import plan_night
from shuyang_data.settings import Settings

TWO_O_CLOCK = "0 2 * * *"
ZONE = "Asia/Shanghai"
RUNNING = dg.DefaultScheduleStatus.RUNNING


def _planned_keys() -> list[dg.AssetKey]:
    county = open_county(Settings(), run_id="schedule")
    planned = plan_night(county.settings, county.catalog, county.registry)
    return [key for item in planned for key in chain_keys(item.dataset, county.catalog)]


@dg.schedule(
    job=datasets_job, cron_schedule=TWO_O_CLOCK, execution_timezone=ZONE, default_status=RUNNING,
    description="每夜 02:00：只跑有新交付、有变化、有缺损的数据集；随后由传感器测算目标",
)  # fmt: skip
def night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    keys = _planned_keys()
    return dg.RunRequest(asset_selection=keys) if keys else dg.SkipReason("没有新交付，也没有变化")


@dg.schedule(
    job=targets_job, cron_schedule=TWO_O_CLOCK, execution_timezone=ZONE, default_status=RUNNING,
    description="每夜 02:00：没有数据集要跑时也测算两项目标",
)  # fmt: skip
def quiet_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    return dg.SkipReason("数据集跑完后再测算") if _planned_keys() else dg.RunRequest()
