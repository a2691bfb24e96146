"""The registry's scores over time: one row a scope for every day on which its score changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import TypeAdapter
from sqlalchemy import func, select

from shuyang_data.quality.scores import Score
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_model import ScoreRow

ADAPTER = TypeAdapter(Score)


class ScoreLog:
    """Every method is one transaction."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def save(self, scores: Iterable[Score]) -> None:
        with self._registry.session() as session:
            for score in scores:
                session.merge(
                    ScoreRow(scope=score.scope, as_of=score.as_of, body=ADAPTER.dump_python(score, mode="json"))
                )

    def latest(self, until: date) -> dict[str, Score]:
        """scope → its score on a day."""
        newest = (
            select(ScoreRow.scope, func.max(ScoreRow.as_of).label("on"))
            .where(ScoreRow.as_of <= until)
            .group_by(ScoreRow.scope)
            .subquery()
        )
        query = select(ScoreRow).join(newest, (ScoreRow.scope == newest.c.scope) & (ScoreRow.as_of == newest.c.on))
        with self._registry.session() as session:
            return {row.scope: ADAPTER.validate_python(row.body) for row in session.scalars(query)}

    def history(self, scope: str, until: date) -> list[Score]:
        """The scores of a scope, the oldest first."""
        query = select(ScoreRow).where(ScoreRow.scope == scope, ScoreRow.as_of <= until).order_by(ScoreRow.as_of)
        with self._registry.session() as session:
            return [ADAPTER.validate_python(row.body) for row in session.scalars(query)]
