"""The registry's correction tickets. None is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import or_, select

from shuyang_data.names import DatasetId
from shuyang_data.quality.tickets import Ticket
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_model import TicketRow

ADAPTER = TypeAdapter(Ticket)


def list_path(reports: Path, dataset: DatasetId, name: str) -> Path:
    """Where the failing rows of a ticket are listed."""
    return reports / "tickets" / dataset.department / f"{name}.csv"


class TicketLog:
    """Every method is one transaction."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def save(self, tickets: Iterable[Ticket]) -> None:
        with self._registry.session() as session:
            for ticket in tickets:
                session.merge(
                    TicketRow(
                        id=ticket.id,
                        dataset=str(ticket.dataset),
                        since=ticket.since,
                        closed_on=ticket.closed_on,
                        body=ADAPTER.dump_python(ticket, mode="json"),
                    )
                )

    def tickets(
        self,
        dataset: DatasetId | None = None,
        *,
        department: str = "",
        only_open: bool = False,
        closed_since: date | None = None,
    ) -> list[Ticket]:
        """The oldest first. department: those about its datasets; closed_since: of the closed ones only the later."""
        query = select(TicketRow).order_by(TicketRow.since, TicketRow.id)
        if dataset is not None:
            query = query.where(TicketRow.dataset == str(dataset))
        if department:
            query = query.where(TicketRow.dataset.startswith(f"{department}/", autoescape=True))
        if only_open:
            query = query.where(TicketRow.closed_on.is_(None))
        if closed_since is not None:
            query = query.where(or_(TicketRow.closed_on.is_(None), TicketRow.closed_on >= closed_since))
        with self._registry.session() as session:
            return [ADAPTER.validate_python(row.body) for row in session.scalars(query)]

    def concerned(self, dataset: DatasetId, names: Collection[str]) -> list[Ticket]:
        """The open tickets of a dataset, and those with these numbers; years of closed ones stay unread."""
        query = select(TicketRow).where(TicketRow.dataset == str(dataset))
        query = query.where(or_(TicketRow.closed_on.is_(None), TicketRow.id.in_(sorted(names))))
        with self._registry.session() as session:
            return [ADAPTER.validate_python(row.body) for row in session.scalars(query)]

    def ticket(self, name: str) -> Ticket | None:
        with self._registry.session() as session:
            row = session.get(TicketRow, name)
            return ADAPTER.validate_python(row.body) if row else None
