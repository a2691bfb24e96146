"""Nothing stays committed or published that came from a delivery which a person took out of effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.withdraw import withdraw
from shuyang_data.county import County
from shuyang_data.names import PUBLISHED, Layer
from shuyang_data.records import Counts, Delivery, DeliveryState, Outcome

WHY = "所依据的交付已作废，还没有可以代替它的"


def rests_on_voided(outcome: Outcome | None, deliveries: Iterable[Delivery]) -> bool:
    """Whether what was committed came, in part, from a delivery that is out of effect."""
    if outcome is None or outcome.snapshot_id is None:
        return False
    return any(each.state is DeliveryState.VOIDED and each.id in outcome.deliveries for each in deliveries)


def stands_on_voided(county: County, dataset: Dataset) -> bool:
    return rests_on_voided(county.registry.outcome(dataset.id), county.registry.deliveries(dataset.id))


def take_back(county: County, dataset: Dataset) -> None:
    """Withdraw what is published, and leave standard and rejected without rows; why it was stopped stays on record."""
    for layer in PUBLISHED:
        withdraw(county, dataset.id, layer, WHY)
    for layer in (Layer.STANDARD, Layer.REJECTED):
        if county.lakehouse.files(dataset.id.table(layer)):
            county.lakehouse.commit(dataset.id.table(layer), [], {"shuyang.run": county.run_id}, replace=True)
    outcome = county.registry.outcome(dataset.id)
    assert outcome is not None
    emptied = replace(outcome, counts=Counts(), snapshot_id=None, deliveries=(), data_on=None, held=0)
    county.registry.save_outcome(replace(emptied, blocked_by=(*outcome.blocked_by, WHY)))
