"""A fault that nobody foresaw: one clear message for a person, the traceback in a file for whoever mends it.

What one dataset meets stops that dataset; what the machine meets, a full disk or a broken store, is the night's.
"""

from __future__ import annotations

import tempfile
import traceback

from shuyang_data.errors import Problem, ShuyangDataError


def problems_of(error: Exception) -> tuple[Problem, ...]:
    """What an error says to a person."""
    return error.problems if isinstance(error, ShuyangDataError) else (unforeseen(error),)


def unforeseen(error: Exception) -> Problem:
    """The message; the traceback is written into the system's temporary folder."""
    with tempfile.NamedTemporaryFile("w", prefix="shuyang-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    first = (str(error).splitlines() or [""])[0]
    return Problem(type(error).__name__, first, remedy=f"检查磁盘空间与权限后重跑，没有数据丢失；详情在 {log.name}")
