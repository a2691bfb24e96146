"""A dataset under another identity: whatever the registry knows of it goes along, in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shuyang_data.names import DatasetId
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_model import (
    ChangeRow,
    DeliveryRow,
    DemandRow,
    OutcomeRow,
    PullRow,
    ReleaseRow,
    ScoreRow,
    SupplyRow,
    TicketRow,
)

# Their rows name the dataset in a column of their own, and again in what they hold.
OWNED: tuple[Any, ...] = (OutcomeRow, PullRow, ReleaseRow, TicketRow)
NAMING: tuple[Any, ...] = (DemandRow, SupplyRow)


def move_dataset(registry: Registry, old: DatasetId, new: DatasetId) -> None:
    """Done twice it changes nothing."""
    with registry.session() as session:
        path = func.replace(DeliveryRow.path, f"{old}/", f"{new}/")
        mine = update(DeliveryRow).where(DeliveryRow.dataset == str(old))
        session.execute(mine.values(dataset=str(new), path=path))
        for table in (*OWNED, *NAMING):
            for row in session.scalars(select(table)):
                body = renamed(row.body, old, new)
                if body != row.body:
                    row.body = body
        session.flush()
        for owner in OWNED:
            session.execute(update(owner).where(owner.dataset == str(old)).values(dataset=str(new)))
        session.execute(update(ScoreRow).where(ScoreRow.scope == str(old)).values(scope=str(new)))
        _move_history(session, old, new)


def _move_history(session: Session, old: DatasetId, new: DatasetId) -> None:
    for row in session.scalars(select(ChangeRow).where(ChangeRow.entry == f"datasets {old}")):
        row.entry, row.body = f"datasets {new}", {**row.body, "name": str(new)}


def renamed(value: Any, old: DatasetId, new: DatasetId) -> Any:
    """JSON values with the one identity in the place of the other: a pair, a text, a key, or folders of a path."""
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return list(new) if value == list(old) else [renamed(inner, old, new) for inner in value]
    if isinstance(value, str):
        return str(new) if value == str(old) else value.replace(f"/{old}/", f"/{new}/")
    return value
