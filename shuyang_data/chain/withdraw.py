"""What is published and may not be any more is withdrawn: on record first, with time and reason.

The record decides; `home.withdrawn` takes the files away in the same night, and in any later one if that night dies.
"""

from __future__ import annotations

from shuyang_data.county import County
from shuyang_data.names import DatasetId, Layer


def withdraw(county: County, dataset: DatasetId, layer: Layer, why: str) -> None:
    """No release of the dataset is current in this layer any more. Done twice it changes nothing."""
    county.registry.withdraw_release(dataset, layer, county.now, why)
