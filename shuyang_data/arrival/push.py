"""A file on its way in: the part that has arrived, kept until the rest follows, then filed in the inbox in one step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO

from shuyang_data.catalog.model import Dataset
from shuyang_data.names import DatasetId
from shuyang_data.storage.files import sha256_of, storage_errors, sync

KEPT_DAYS = 7


class Upload:
    """One upload, known by the checksum that the whole file will have."""

    def __init__(self, folder: Path, dataset: DatasetId, sha256: str) -> None:
        self._folder = folder / f"{dataset.department}__{dataset.dataset}"
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        self._part, self._sha256 = self._folder / f"{sha256}.part", sha256

    @property
    def part(self) -> Path:
        """What is here of the file."""
        return self._part

    @property
    def lock(self) -> Path:
        return self._folder / f"{self._sha256}.lock"

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self._part.stat().st_size if self._part.exists() else 0

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Append; what was written is on the disk when this ends, however it ends."""
        with storage_errors(self._part), self._part.open("ab") as target:
            try:
                yield target
            finally:
                target.flush()
                os.fsync(target.fileno())

    def matches(self) -> bool:
        """Whether the bytes are those that were announced."""
        return self._part.exists() and sha256_of(self._part) == self._sha256

    def discard(self) -> None:
        self._part.unlink(missing_ok=True)

    def file_as(self, final: Path) -> Path:
        """Move the whole file to its place in the inbox."""
        with storage_errors(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            self._part.rename(final)
            sync(final.parent)
        return final


def begun(folder: Path, department: str, now: datetime, mine: Upload) -> int:
    """Bytes of the department's other uploads that were begun and not ended; those of last week are removed."""
    total = 0
    for part in folder.glob(f"{department}__*/*.part"):
        stat = part.stat()
        if now.timestamp() - stat.st_mtime > KEPT_DAYS * 86_400:
            part.unlink(missing_ok=True)
        elif part != mine.part:
            total += stat.st_size
    return total


def free_inbox_name(inbox: Path, dataset: Dataset, day: date, suffix: str) -> Path:
    """`<file>_<YYYYMMDD>[_n]<suffix>` in the department's folder: the first name that nothing waits under."""
    folder, stem, number = inbox / dataset.id.department, f"{dataset.delivery.file}_{day:%Y%m%d}", 0
    while list(folder.glob(f"{stem}{f'_{number}' if number else ''}.*")):
        number += 1
    return folder / f"{stem}{f'_{number}' if number else ''}{suffix}"
