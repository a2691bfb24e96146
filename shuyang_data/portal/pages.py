"""Views → HTML; the templates ship with the package."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(template: str, view: dict[str, Any]) -> str:
    """One page; every value is escaped."""
    text: str = _templates().get_template(template).render(view=view, **_heading(view))
    return text


def _heading(view: dict[str, Any]) -> dict[str, Any]:
    return {name: view[name] for name in ("title", "subtitle", "crumbs")}


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("shuyang_data.portal"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["points"] = points
    return made


def points(ratio: float | None) -> str:
    """A ratio as a score out of 100; never 100 while something is missing."""
    if ratio is None:
        return "—"
    return "100" if ratio == 1 else f"{min(ratio * 100, 99.99):.2f}"
