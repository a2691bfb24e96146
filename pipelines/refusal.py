"""How a run ends that a gate, a policy or a delivery stopped: red, with words for a person and no Python stack."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo

from shuyang_data.errors import ShuyangDataError


class RefusalError(DagsterUserCodeProcessError, dg.Failure):
    """A Failure whose error is the message alone.

    Dagster keeps the error that a user process has already written down as it is; anything else it writes down with
    its stack. Uses that private class: a test fails when an upgrade shows a stack again.
    """

    def __init__(self, description: str, metadata: Mapping[str, Any] | None = None) -> None:
        told = SerializableErrorInfo(description, [], None)
        super().__init__(description, user_code_process_error_infos=[told])  # type: ignore[no-untyped-call]
        dg.Failure.__init__(self, description, metadata=metadata, allow_retries=False)


@contextmanager
def told_in_words() -> Iterator[None]:
    """What a night refuses as such an end of the run."""
    try:
        yield
    except ShuyangDataError as error:
        raise RefusalError(str(error)) from None
