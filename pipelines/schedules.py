"""When the night starts: 02:00 in the county."""

import dagster as dg

from pipelines.night_job import night_job
from shuyang_data.settings import Settings

TWO_O_CLOCK = "0 2 * * *"


def night_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Every night, whether or not anything has come: targets and clocks are measured every day."""
    return dg.ScheduleDefinition(
        name="night",
        job=night_job,
        cron_schedule=TWO_O_CLOCK,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="每夜 02:00：只处理有新交付、有变化、有缺损的数据集，随后测算两项目标",
    )
