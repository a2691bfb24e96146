"""A night in a process of its own, for every command that starts one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from shuyang_data.errors import Problem, StorageError


def run_night(arguments: Sequence[str]) -> int:
    """The night's exit code; raise StorageError when the system ended it."""
    code = subprocess.run([sys.executable, "-m", "pipelines.night", *arguments], check=False).returncode
    if code < 0:
        found = f"进程被系统结束（信号 {-code}，常见于内存不够或人为终止）"
        raise StorageError([Problem("一夜", found, remedy="重跑 shuyang run：没有数据丢失，从停下的地方接着做")])
    return code
