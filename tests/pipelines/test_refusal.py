"""A refusal is red and speaks Chinese; nobody is shown a Python stack for what a gate decided."""

from __future__ import annotations

import dagster as dg

from pipelines.refusal import RefusalError


@dg.op
def refusing() -> None:
    raise RefusalError("农村土地承包合同·标准：不合格行不超过 5%（责任：业务科）", {"责任": "业务科"})


@dg.job(executor_def=dg.in_process_executor)
def refusing_job() -> None:
    refusing()


def test_a_refusal_is_a_failure_with_its_words_and_no_stack() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = refusing_job.execute_in_process(instance=instance, raise_on_error=False)
        assert not result.success
        records = instance.all_logs(result.run_id)
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    data = failure.step_failure_data
    assert data.user_failure_data is not None and data.user_failure_data.metadata["责任"].value == "业务科"
    assert data.error is not None and data.error.message.startswith("农村土地承包合同")
    assert list(data.error.stack) == []
    assert data.error.cause is None
    assert not [record for record in records if "Traceback" in record.message or "Stack Trace" in record.message]
