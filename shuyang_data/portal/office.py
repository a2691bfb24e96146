"""What every request works with: settings, catalog and registry, opened once for the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from fastapi import Request

from shuyang_data.catalog.model import Catalog
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry


@dataclass(frozen=True)
class Office:
    settings: Settings
    catalog: Catalog
    registry: Registry

    def today(self) -> date:
        return self.settings.today(datetime.now(UTC))


def office(request: Request) -> Office:
    """The server's office, for FastAPI's dependencies."""
    return cast(Office, request.app.state.office)
