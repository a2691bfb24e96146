"""The targets are measured as soon as a run of datasets has ended, well or not."""

import dagster as dg

from pipelines.jobs import NIGHT_TAG, datasets_job, targets_job


def _after(status: dg.DagsterRunStatus) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=f"targets_after_{status.value.lower()}",
        run_status=status,
        monitored_jobs=[datasets_job],
        request_job=targets_job,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="数据集作业结束后测算两项目标",
    )
    def sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        if NIGHT_TAG in context.dagster_run.tags:
            return dg.SkipReason("shuyang run 自己会测算")
        return dg.RunRequest(run_key=context.dagster_run.run_id)

    return sensor


after_datasets = [
    _after(status)
    for status in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
]
