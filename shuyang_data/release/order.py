"""In which order published rows stand: a declared one, so that the same rows are the same bytes."""

from __future__ import annotations

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Protection
from shuyang_data.names import Layer


def published_order(dataset: Dataset, layer: Layer) -> list[str]:
    """The columns to order by: the key where it leaves as it is, else every column that leaves.

    Never a column that is dropped or masked: the order of the rows would tell the order of what was hidden.
    """
    leaving = {c.name: c.protection(layer) for c in dataset.columns if c.protection(layer) is not Protection.DROP}
    if all(leaving.get(name) is Protection.KEEP for name in dataset.key):
        return list(dataset.key)
    return list(leaving)
