"""Which places of a home are for the service's account alone; analysts read what is published beside them."""

from __future__ import annotations

from pathlib import Path

from shuyang_data.storage.files import storage_errors

FOLDERS = (
    "landing",
    "uploads",
    "keys",
    "dagster",
    "lake/raw",
    "lake/standard",
    "lake/rejected",
    "lake/quality",
    "lake/spill",
    "reports/tickets",
    "withdrawn",
)
FILES = ("registry.db", "lake/catalog.db")


def keep_private(home: Path) -> None:
    """Make what is missing and close the rest to other accounts; a database's log lies beside it and takes its mode."""
    for name in FOLDERS:
        with storage_errors(home / name):
            (home / name).mkdir(parents=True, exist_ok=True)
            _close(home / name, 0o700)
    for name in FILES:
        with storage_errors(home / name):
            for path in (home / name).parent.glob(f"{(home / name).name}*"):
                _close(path, 0o600)


def _close(path: Path, mode: int) -> None:
    if path.stat().st_mode & 0o777 != mode:
        path.chmod(mode)
