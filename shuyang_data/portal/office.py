"""What every request works with: the server's county, at the moment of the request."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from fastapi import Request

from shuyang_data.county import County


def office(request: Request) -> County:
    """For FastAPI's dependencies."""
    return cast(County, request.app.state.county).at(datetime.now(UTC))
