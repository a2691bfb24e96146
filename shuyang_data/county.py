"""The one context of everything that happens on a day: settings, catalog, registry, engine, lake, and the moment."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.errors import Problem, UnknownDatasetError
from shuyang_data.names import DatasetId, Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.catalog_in_force import load_in_force
from shuyang_data.storage.files import storage_errors
from shuyang_data.storage.home_registry import open_registry
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.rooms import keep_private

if TYPE_CHECKING:
    from shuyang_data.storage.change_log import ChangeLog
    from shuyang_data.storage.engine import Engine
    from shuyang_data.storage.lakehouse import Lakehouse


@dataclass(frozen=True)
class County:
    """as_of: the date on which the clocks are read. now: the moment of opening, in UTC.

    Engine and lake are imported when they are first used: a night with nothing new uses neither.
    """

    settings: Settings
    catalog: Catalog
    registry: Registry
    as_of: date
    now: datetime
    run_id: str = ""

    @cached_property
    def engine(self) -> Engine:
        from shuyang_data.storage.engine import Engine

        return Engine(self.settings)

    @cached_property
    def lakehouse(self) -> Lakehouse:
        from shuyang_data.storage.lakehouse import Lakehouse

        return Lakehouse(self.settings.lake)

    @cached_property
    def hash_keys(self) -> tuple[str, str]:
        """Two independent secrets for pseudonyms, made from the configured key or one kept in the home folder."""
        key = self.settings.hash_key or _kept_key(self.settings.home / "keys" / "hash.key")
        return tuple(hashlib.sha256(f"{part}:{key}".encode()).hexdigest() for part in ("inner", "outer"))  # type: ignore[return-value]

    @cached_property
    def workdays(self) -> Workdays:
        return Workdays(self.catalog.workdays)

    @property
    def local_now(self) -> datetime:
        """The moment in the county's zone: its date is the county's day."""
        return self.now.astimezone(self.settings.zone)

    @property
    def changes(self) -> ChangeLog:
        """The log of the catalog's changes."""
        from shuyang_data.storage.change_log import ChangeLog

        return ChangeLog(self.registry)

    def at(self, now: datetime) -> County:
        """The same county at another moment: what a server that stays open works with."""
        return replace(self, now=now, as_of=self.settings.today(now))

    def dataset(self, identity: DatasetId) -> Dataset:
        """Raise UnknownDatasetError for a name that stands in no catalog file."""
        known = self.catalog.datasets.get(identity)
        if known is None:
            raise UnknownDatasetError([Problem(str(identity), "目录里没有", "shuyang status 列出的数据集")])
        return known

    def standard_files(self, identity: DatasetId) -> list[str]:
        return self.lakehouse.files(identity.table(Layer.STANDARD))


def open_county(settings: Settings, as_of: date | None = None, run_id: str = "") -> County:
    """Open everything; raise ShuyangDataError when the catalog or the registry cannot be used.

    as_of: today in the county when not given.
    """
    now = datetime.now(UTC)
    catalog, registry = load_in_force(settings), open_registry(settings)
    keep_private(settings.home)
    return County(
        settings=settings,
        catalog=catalog,
        registry=registry,
        as_of=as_of or settings.today(now),
        now=now,
        run_id=run_id[:8],
    )


def _kept_key(path: Path) -> str:
    """The key that the home folder keeps; of several processes that find none, one makes it."""
    with storage_errors(path):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made = path.with_name(f".{path.name}.{os.getpid()}")
            made.touch(mode=0o600)
            made.write_text(secrets.token_hex(32), encoding="ascii")
            with suppress(FileExistsError):
                path.hardlink_to(made)
            made.unlink()
        return path.read_text(encoding="ascii")
