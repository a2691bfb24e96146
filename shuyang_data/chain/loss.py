"""The gate for lost keys: who is unsure whether an export broke off asks, and a named person answers."""

from __future__ import annotations

from collections.abc import Sequence

from ibis.expr.types import Table

from shuyang_data.arrival.handover import announced_loss
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import DeliveryMode
from shuyang_data.county import County
from shuyang_data.quality.examples import mask_by_grade
from shuyang_data.records import Delivery, Outcome
from shuyang_data.standard.deduplicate import ACCEPTED
from shuyang_data.standard.lost_keys import AT_LEAST, is_too_much, lost_keys

EXAMPLES = 3


def unconfirmed_loss(county: County, dataset: Dataset, fated: Table, live: Sequence[Delivery]) -> tuple[str, ...]:
    """Why a full delivery may not replace what is in force until somebody confirms it; empty when it may.

    It is held against the delivery in force, and not when that was voided: whoever did so knows.
    """
    newest, outcome = live[-1], county.registry.outcome(dataset.id)
    before = outcome.counts.accepted if outcome else 0
    if outcome is None or newest.confirmed or before < AT_LEAST:
        return ()
    in_force = _in_force(county, dataset, live, outcome)
    if in_force is None:
        return ()
    accepted = fated.filter(fated["_fate"] == ACCEPTED)
    gone = county.engine.keep(lost_keys(in_force, accepted, dataset))
    lost = county.engine.measure(gone, {"rows": gone.count()})["rows"]
    if not is_too_much(lost, before, dataset.delivery.lost_share) or lost <= announced_loss(county, newest):
        return ()
    shown = county.engine.fetch(gone.order_by(list(dataset.key)).limit(EXAMPLES))
    examples = "、".join(
        "+".join(mask_by_grade(str(row[n]), dataset.column(n).grade) for n in dataset.key) for row in shown
    )
    limit = f"{dataset.delivery.lost_share:.0%}"
    return (
        f"这次全量少了现行 {before:,} 个主键中的 {lost:,} 个（{lost / before:.1%}，超过 {limit}），例如 {examples}；"
        f"属实则 shuyang delivery confirm {newest.id} --by 姓名 --reason 事由，否则请部门重送",
    )


def _in_force(county: County, dataset: Dataset, live: Sequence[Delivery], outcome: Outcome) -> Table | None:
    """The keys that were committed from another full delivery; None when there is nothing to compare with."""
    if dataset.delivery.mode is not DeliveryMode.FULL or dataset.delivery.moving_window:
        return None
    if outcome.snapshot_id is None or live[-1].id in outcome.deliveries:
        return None
    usable = {delivery.id for delivery in county.registry.deliveries(dataset.id) if delivery.usable}
    files = county.standard_files(dataset.id)
    if not files or not usable & set(outcome.deliveries):
        return None
    table = county.engine.parquet(files)
    # A key that the catalog changed since cannot be compared.
    return table.select(*dataset.key) if set(dataset.key) <= set(table.columns) else None
