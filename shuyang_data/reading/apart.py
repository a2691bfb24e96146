"""Foreign formats are read in a process of their own: a reader that crashes, or wants all memory, takes nobody along.

The process stays for the next file. It may use memory by the size of what it reads; where it dies it is started once
more, and a file that ends it twice is refused with the reason.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.content import content_size
from shuyang_data.records import Refusal

READER = [sys.executable, "-m", "shuyang_data.reading.reader"]
TRIES = 2
# Bytes of memory for any file, and for each byte of its content: a cell of ten bytes becomes several objects.
FLOOR, PER_BYTE = 1 << 30, 30
# Seconds for any file, and for each megabyte of its content.
PATIENCE, PER_MEGABYTE = 60.0, 1.0


class _Reader:
    """The process of this process; None until the first file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, what: str, path: Path) -> Any:
        """(kind, what the reader answers); raise EOFError when it died of the file."""
        weight = content_size(path)
        with self._lock:
            process = self._standing()
            assert process.stdin is not None
            assert process.stdout is not None
            limit = threading.Timer(PATIENCE + PER_MEGABYTE * (weight >> 20), process.kill)
            limit.daemon = True
            limit.start()
            try:
                pickle.dump((what, str(path), memory_for(weight)), process.stdin)
                process.stdin.flush()
                answer = pickle.load(process.stdout)
            except (EOFError, OSError, pickle.UnpicklingError) as error:
                self.close()
                raise EOFError from error
            finally:
                limit.cancel()
                limit.join()
        return answer

    def _standing(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                READER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            self._owner = os.getpid()
        return self._process

    def close(self) -> None:
        """Let it go; without its input it ends."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.kill()
        process.wait()


_READER = _Reader()
atexit.register(_READER.close)


def read_apart(what: str, path: Path) -> Any:
    """`tables` or `parts` of a file, as `reading.read` makes them here; raise DeliveryRefusedError with the reason."""
    for _ in range(TRIES):
        try:
            kind, answer = _READER.ask(what, path)
        except EOFError:
            continue
        if kind == "done":
            return answer
        if kind == "refused":
            code, problems = answer
            raise DeliveryRefusedError(code, problems)
        found, remedy = f"读的时候遇到没有料到的情况（{answer}）", "换一种格式（例如 CSV）再送，并把文件转给平台"
        raise DeliveryRefusedError(Refusal.UNREADABLE, [Problem(path.name, found, "能读的文件", remedy)])
    limit = memory_for(content_size(path)) >> 20
    found = f"读它的程序 {TRIES} 次中断（内存上限 {limit:,} MB）"
    remedy = "删去远离数据的多余内容（例如工作表最末一行或一列里的字），或改送 CSV"
    raise DeliveryRefusedError(Refusal.ENDS_READER, [Problem(path.name, found, "读得完的文件", remedy)])


def memory_for(weight: int) -> int:
    """Bytes that the reader may use; never more than three quarters of the machine's."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
    return max(FLOOR, min(FLOOR + PER_BYTE * weight, machine))
