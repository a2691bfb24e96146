"""The server that departments call; `shuyang serve` runs it."""

from __future__ import annotations

from fastapi import FastAPI

from shuyang_data.county import County
from shuyang_data.portal import deliveries, quality, tickets
from shuyang_data.portal.guard import guard


def build_app(county: County) -> FastAPI:
    """The application. Its own documentation pages would load scripts from elsewhere, so there are none."""
    app = FastAPI(title="沭阳公共数据平台", version="1", docs_url=None, redoc_url=None, redirect_slashes=False)
    guard(app)
    app.state.county = county
    app.include_router(deliveries.router)
    app.include_router(tickets.router)
    app.include_router(quality.router)
    return app
