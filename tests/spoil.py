"""What a disk does to a file, for tests of who notices."""

from __future__ import annotations

import os
from pathlib import Path


def flip(path: Path) -> None:
    """One bit, in the middle: same name, same length, same moment."""
    content, status = bytearray(path.read_bytes()), path.stat()
    content[len(content) // 2] ^= 1
    # The analysts' file is read-only.
    path.chmod(0o600)
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
