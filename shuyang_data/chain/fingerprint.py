"""What a dataset is made from: its live deliveries, its declaration, and the code that decides what it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import DeliveryMode
from shuyang_data.records import Delivery, DeliveryState
from shuyang_data.settings import REPOSITORY

CODE = (
    "catalog/*.py", "reading/**/*.py", "standard/*.py", "classify/*.py", "quality/*.py", "release/*.py",
    "chain/*.py", "storage/engine.py", "storage/lakehouse.py",
)  # fmt: skip


@cache
def code_version() -> str:
    """A checksum over the code that decides what a dataset becomes."""
    digest = hashlib.sha256()
    for pattern in CODE:
        for path in sorted((REPOSITORY / "shuyang_data").glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def live_deliveries(dataset: Dataset, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries that make up the dataset now, in order: the newest one, or all of them for increments."""
    usable = [delivery for delivery in deliveries if delivery.state is not DeliveryState.REFUSED]
    return usable[-1:] if dataset.delivery.mode is DeliveryMode.FULL else usable


def fingerprint(dataset: Dataset, catalog: Catalog, live: Sequence[Delivery]) -> str:
    """Changes exactly when the dataset has to be made again."""
    digest = hashlib.sha256(code_version().encode())
    digest.update(dataset.model_dump_json().encode())
    for column in dataset.columns:
        if column.code_list:
            digest.update(catalog.code_lists[column.code_list].model_dump_json().encode())
    for check in catalog.checks.get(dataset.id, ()):
        digest.update(check.model_dump_json().encode())
    for delivery in live:
        digest.update(f"{delivery.id}:{delivery.sequence}".encode())
    return digest.hexdigest()[:16]
