"""A delivery whose reading ended two processes waits until the program or the catalog is another one."""

from __future__ import annotations

from dataclasses import replace

from shuyang_data.chain.fingerprint import declaration_digest
from shuyang_data.county import County
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery, DeliveryState, Refusal


def set_aside(county: County, identity: DatasetId, why: str) -> Delivery | None:
    """Set aside the delivery that was being read; None when all were read: then the next night tries again."""
    waiting = [each for each in county.registry.deliveries(identity) if each.state is DeliveryState.LANDED]
    if not waiting:
        return None
    tried = declaration_digest(county.dataset(identity), county.catalog)
    aside = replace(waiting[0], state=DeliveryState.REFUSED, refusal=Refusal.SET_ASIDE, detail=why, tried=tried)
    county.registry.save_delivery(aside)
    return aside
