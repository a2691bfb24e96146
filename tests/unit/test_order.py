from __future__ import annotations

from shuyang_data.catalog.terms import Protection, Type
from shuyang_data.names import Layer
from shuyang_data.release.order import published_order
from tests.builders import a_column, a_dataset


def test_rows_are_ordered_by_their_key_where_it_leaves_as_it_is() -> None:
    dataset = a_dataset(a_column("name"), a_column("code", required=True))
    assert published_order(dataset, Layer.OPEN) == ["code"]


def test_a_hidden_key_orders_nothing() -> None:
    """Rows in the order of a hidden number would tell which of two people has the larger one."""
    dataset = a_dataset(
        a_column("code", required=True, open=Protection.DROP, shared=Protection.MASK_ID),
        a_column("born_on", Type.DATE, open=Protection.YEAR),
        a_column("name", open=Protection.DROP),
    )
    assert published_order(dataset, Layer.OPEN) == ["born_on"]
    assert published_order(dataset, Layer.SHARED) == ["code", "born_on", "name"]
