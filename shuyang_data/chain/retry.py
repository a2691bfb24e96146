"""Refused files that are read again by themselves: what was wrong may have been the catalog, or the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shuyang_data.arrival.receive import dated
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import DeliveryMode
from shuyang_data.chain.fingerprint import declaration_digest
from shuyang_data.county import County
from shuyang_data.records import Delivery, DeliveryState, Refusal, effect


def to_read_again(dataset: Dataset, catalog: Catalog, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Refused deliveries that catalog and code of today have not looked at and that could come into force.

    What is refused because a person voided its bytes waits for a person.
    """
    refused = [d for d in deliveries if d.state is DeliveryState.REFUSED and d.refusal != Refusal.VOIDED]
    if not refused:
        return []
    digest = declaration_digest(dataset, catalog)
    untried = [delivery for delivery in refused if delivery.tried != digest]
    if dataset.delivery.mode is DeliveryMode.FULL:
        newest = max((effect(delivery) for delivery in deliveries if delivery.usable), default=None)
        untried = [delivery for delivery in untried if newest is None or effect(delivery) > newest]
    return untried


def read_again(county: County, dataset: Dataset) -> None:
    """Put them back among what waits, unless the day in their name is still none that can be."""
    for delivery in to_read_again(dataset, county.catalog, county.registry.deliveries(dataset.id)):
        received_on = county.settings.today(delivery.received_at)
        anew = dated(delivery, received_on, dataset.delivery.ahead)
        county.registry.save_delivery(replace(anew, tried=declaration_digest(dataset, county.catalog)))
