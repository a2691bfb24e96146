"""What a grant may have, decided here and nowhere else. Empty means nothing, never everything."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from ibis.expr.types import Table, Value

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Protection
from shuyang_data.exchange.records import Decision, Demand, DemandStatus
from shuyang_data.names import Layer
from shuyang_data.release.protect import keyed_hash


@dataclass(frozen=True)
class Allowed:
    """items: what leaves, in the order of the grant. lacking: why that is not all of it, empty when it is."""

    items: tuple[str, ...]
    lacking: str = ""


def is_granted(demand: Demand, today: date) -> bool:
    """Whether the demand was agreed to, for a time that is not over."""
    agreed = demand.status is DemandStatus.ACCEPTED and demand.decision is Decision.AGREED
    return agreed and demand.granted_until is not None and demand.granted_until >= today


def allowed(demand: Demand, dataset: Dataset, released: Collection[str], today: date) -> Allowed:
    """Items granted, declared for sharing, and there in the shared release: nothing that fails any of the three."""
    if not is_granted(demand, today) or demand.dataset != dataset.id:
        return Allowed((), "没有有效的授权")
    granted = tuple(dict.fromkeys(demand.items))
    if not granted:
        return Allowed((), "没有写明授权的信息项")
    shared = {c.name for c in dataset.columns if c.protection(Layer.SHARED) is not Protection.DROP} & set(released)
    absent = [item for item in granted if item not in shared]
    lacking = f"共享数据里没有 {'、'.join(absent)}" if absent else ""
    return Allowed(tuple(item for item in granted if item in shared), lacking)


def for_recipient(released: Table, dataset: Dataset, items: Sequence[str], keys: tuple[str, str]) -> Table:
    """The rows with these items only. Pseudonyms are the recipient's own: what two departments hold cannot be joined by
    them, and neither by the platform's. keys: of the recipient, see `recipient_keys`.
    """
    columns: dict[str, Value] = {}
    for item in items:
        is_hashed = dataset.column(item).protection(Layer.SHARED) is Protection.HASH
        columns[item] = keyed_hash(released[item], keys) if is_hashed else released[item]
    return released.select(**columns)


def recipient_keys(keys: tuple[str, str], recipient: str) -> tuple[str, str]:
    """The platform's two secrets, made a department's own; not to be undone."""
    inner, outer = (hashlib.sha256(f"{recipient}:{key}".encode()).hexdigest() for key in keys)
    return inner, outer
