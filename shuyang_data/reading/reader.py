"""The process that reads foreign formats: `python -m shuyang_data.reading.reader`, pickled questions in, answers out.

It ends when whoever started it is gone, and after a file that left it large.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
from pathlib import Path
from typing import Any

from shuyang_data.errors import DeliveryRefusedError
from shuyang_data.reading.read import parts_here, tables_here

HERE = {"tables": tables_here, "parts": parts_here}
# Bytes beyond which a process is not kept for the next file.
LARGE = 400 << 20


def answer(what: str, path: Path) -> tuple[str, Any]:
    """(`done`, result), (`refused`, (code, problems)), or (`fault`, what was not foreseen)."""
    try:
        return "done", HERE[what](path)
    except DeliveryRefusedError as error:
        return "refused", (str(error.code), error.problems)
    except MemoryError:
        raise
    except Exception as error:  # whatever a library meets: it is told where it is known what for
        return "fault", f"{type(error).__name__}: {error}"


def resident() -> int:
    """Bytes in memory now; the highest ever would be that of whoever started this process."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    # Whatever a library prints must not end up between our answers.
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while True:
        try:
            what, path, memory = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
        pickle.dump(answer(what, Path(path)), channel)
        channel.flush()
        if resident() > LARGE:
            return


if __name__ == "__main__":
    main()
