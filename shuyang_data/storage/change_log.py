"""The registry's log of catalog changes: proposals, decisions, versions. Nothing in it is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import TypeAdapter
from sqlalchemy import func, select

from shuyang_data.catalog.changes import EntryChange, State
from shuyang_data.catalog.workbook.bodies import Entry
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_model import ChangeRow

ADAPTER = TypeAdapter(EntryChange)


class ChangeLog:
    """Every method is one transaction."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def next_batch(self, today: date) -> str:
        """A number for a new proposal: BG, the year, a serial."""
        with self._registry.session() as session:
            prefix = f"BG{today.year}-"
            query = select(func.count(func.distinct(ChangeRow.batch))).where(ChangeRow.batch.like(f"{prefix}%"))
            return f"{prefix}{(session.scalar(query) or 0) + 1:04d}"

    def save(self, changes: Iterable[EntryChange]) -> None:
        with self._registry.session() as session:
            for change in changes:
                session.merge(
                    ChangeRow(
                        id=change.id,
                        batch=change.batch,
                        entry=f"{change.kind} {change.name}",
                        state=change.state.value,
                        body=ADAPTER.dump_python(change, mode="json"),
                    )
                )

    def changes(
        self, *, batch: str | None = None, entry: Entry | None = None, states: Iterable[State] = ()
    ) -> list[EntryChange]:
        """In the order in which they were submitted."""
        query = select(ChangeRow).order_by(ChangeRow.id)
        if batch is not None:
            query = query.where(ChangeRow.batch == batch)
        if entry is not None:
            query = query.where(ChangeRow.entry == " ".join(entry))
        if states:
            query = query.where(ChangeRow.state.in_([state.value for state in states]))
        with self._registry.session() as session:
            return [ADAPTER.validate_python(row.body) for row in session.scalars(query)]
