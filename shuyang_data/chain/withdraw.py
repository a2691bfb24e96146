"""What is published and may not be any more is taken away: the link that readers follow first, then the record.

Dying in between leaves a record of what is gone, and the next night withdraws again; never the other way round.
"""

from __future__ import annotations

from shuyang_data.county import County
from shuyang_data.names import DatasetId, Layer


def withdraw(county: County, dataset: DatasetId, layer: Layer) -> None:
    """No release of the dataset is current in this layer any more. Done twice it changes nothing."""
    folder = county.settings.published / layer / dataset.department / dataset.dataset
    (folder / "current").unlink(missing_ok=True)
    county.registry.withdraw_release(dataset, layer)
