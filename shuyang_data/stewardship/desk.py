"""What every act of stewardship works with: settings, the catalog in force, the registry, today in the county."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shuyang_data.catalog.load import load_catalog
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.workdays import Workdays
from shuyang_data.settings import Settings
from shuyang_data.storage.change_log import ChangeLog
from shuyang_data.storage.registry import Registry


@dataclass(frozen=True)
class Desk:
    """Opened once for one act."""

    settings: Settings
    catalog: Catalog
    registry: Registry
    today: date

    @property
    def log(self) -> ChangeLog:
        return ChangeLog(self.registry)

    @property
    def workdays(self) -> Workdays:
        return Workdays(self.catalog.workdays)


def open_desk(settings: Settings, today: date) -> Desk:
    """Raise CatalogError or StorageError when catalog or registry cannot be used."""
    return Desk(settings, load_catalog(settings.catalog), Registry(settings.registry), today)
