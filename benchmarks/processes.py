"""Runs a program as a process of its own and reads the system's account of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Account(NamedTuple):
    """seconds: wall clock; peak_gb: the largest resident size; code: exit code."""

    seconds: float
    peak_gb: float
    code: int


def measure(*arguments: str, **environment: str) -> Account:
    """Run `python <arguments>` in the repository; its output is thrown away."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Account(time.perf_counter() - start, usage.ru_maxrss / (1 << 20), process.returncode)


def night(home: Path, catalog: Path | None = None) -> Account:
    """One night on a home folder."""
    environment = {"SHUYANG_HOME": str(home)} | ({"SHUYANG_CATALOG": str(catalog)} if catalog else {})
    account = measure("-m", "pipelines.night", **environment)
    if account.code not in (0, 3):
        raise RuntimeError(f"the night ended with {account.code}")
    return account
