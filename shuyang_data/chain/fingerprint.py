"""What a dataset is made from: its live deliveries, its declaration, and the code that decides what it becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import DeliveryMode
from shuyang_data.chain.closure import code_digest
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery, Outcome

# By name, because the chain itself records the fingerprint: a test holds the closure against the import graph.
CHAIN = "shuyang_data.chain.make"
# Counted up when the same bytes are read as other rows or cells: then what is in force is read again.
READING = b"4"
CLASSIFICATION = "shuyang_data.chain.classify"


def code_version() -> str:
    """A checksum over the code that decides what a dataset becomes, comments apart, and its libraries' versions."""
    return code_digest(CHAIN)


def live_deliveries(dataset: Dataset, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries that make up the dataset now, in order: the newest one, or all of them for increments."""
    usable = [delivery for delivery in deliveries if delivery.usable]
    return usable[-1:] if dataset.delivery.mode is DeliveryMode.FULL else usable


def declaration_digest(dataset: Dataset, catalog: Catalog) -> str:
    """Changes when the code or anything that the catalog says of the dataset does."""
    digest = hashlib.sha256(code_version().encode())
    digest.update(dataset.model_dump_json().encode())
    checks = catalog.checks.get(dataset.id, ())
    for check in checks:
        digest.update(check.model_dump_json().encode())
    named = {column.code_list or "" for column in dataset.columns} | {check.code_list() for check in checks}
    for name in sorted(named - {""}):
        digest.update(catalog.code_lists[name].model_dump_json().encode())
    return digest.hexdigest()[:16]


def fingerprint(dataset: Dataset, catalog: Catalog, live: Sequence[Delivery]) -> str:
    """Changes exactly when the dataset has to be made again."""
    digest = hashlib.sha256(declaration_digest(dataset, catalog).encode())
    for delivery in live:
        digest.update(f"{delivery.id}:{delivery.sequence}{':confirmed' if delivery.confirmed else ''}".encode())
    return digest.hexdigest()[:16]


def parent_snapshots(
    identity: DatasetId, catalog: Catalog, outcomes: Mapping[DatasetId, Outcome]
) -> dict[str, int | None]:
    """The datasets that this one is held against → the standard snapshot that they have now."""
    parents = sorted(catalog.parents(identity) - {identity}, key=str)
    return {str(parent): outcomes[parent].snapshot_id if parent in outcomes else None for parent in parents}


def contract_digest(dataset: Dataset) -> str:
    """Changes when a file's headings may mean other columns — a name, a title, or what departments call it — or when
    files are read in another way.
    """
    digest = hashlib.sha256(READING)
    for column in dataset.columns:
        part = f"{column.part}\n" if column.part else ""
        digest.update(f"{column.name}\n{column.title}\n{column.source}\n{part}".encode())
    return digest.hexdigest()[:8]


def classification_key(dataset: Dataset, deliveries: Sequence[str], places: Sequence[str]) -> str:
    """Changes when a dataset's values have to be looked at again: other values, other names, other detectors.

    deliveries: the live ones that raw holds; places: names of towns that addresses are known by.
    """
    digest = hashlib.sha256(code_digest(CLASSIFICATION).encode())
    for column in dataset.columns:
        digest.update(column.model_dump_json().encode())
    digest.update("\n".join([*deliveries, *places]).encode())
    return digest.hexdigest()[:16]
