"""When the night starts: at 02:00 in the county, or when the settings say."""

import dagster as dg

from pipelines.night_job import night_job
from shuyang_data.settings import Settings


def night_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Every night, whether or not anything has come: targets and clocks are measured every day."""
    hour, minute = map(int, settings.night_at.split(":"))
    return dg.ScheduleDefinition(
        name="night",
        job=night_job,
        cron_schedule=f"{minute} {hour} * * *",
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"每夜 {settings.night_at}：只处理有新交付、有变化、有缺损的数据集，随后测算两项目标",
    )
