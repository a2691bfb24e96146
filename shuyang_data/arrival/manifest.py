"""A delivery's manifest beside its bytes: landing alone can rebuild what the registry says of deliveries."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from shuyang_data.acts import DeliveryAct
from shuyang_data.names import DatasetId
from shuyang_data.records import Delivery, DeliveryState
from shuyang_data.storage.files import write_text

MANIFEST = "manifest.json"
# How far the platform came with it, and how its columns differ, is found again by reading it.
FOUND_AGAIN = {"dataset", "rows", "drift", "tried"}
DELIVERY = TypeAdapter(Delivery)


def write_manifest(folder: Path, delivery: Delivery) -> None:
    """folder: that of the delivery, or where it is staged."""
    body = DELIVERY.dump_python(delivery, mode="json", exclude=FOUND_AGAIN)
    text = json.dumps({"dataset": str(delivery.dataset), **body}, ensure_ascii=False, indent=1)
    write_text(folder / MANIFEST, text)


def landed(landing: Path, dataset: DatasetId) -> list[Delivery]:
    """Every delivery that landing holds of a dataset, as it was received or decided upon."""
    manifests = sorted((landing / dataset.department / dataset.dataset).glob(f"*/{MANIFEST}"))
    return [_delivery(manifest, dataset) for manifest in manifests]


def _delivery(manifest: Path, dataset: DatasetId) -> Delivery:
    fields = json.loads(manifest.read_text(encoding="utf-8"))
    fields = {name: value for name, value in fields.items() if value is not None}
    delivery: Delivery = DELIVERY.validate_python(fields | {"dataset": dataset}, strict=False)
    return delivery


def decide(landing: Path, delivery: Delivery, act: DeliveryAct) -> Delivery:
    """The delivery with one more decision, written beside its bytes; what it was read as stays for the registry."""
    decided = replace(delivery, acts=(*delivery.acts, act))
    folder = (landing / delivery.path).parent
    is_read = decided.state is DeliveryState.READ
    write_manifest(folder, replace(decided, state=DeliveryState.LANDED, detail="") if is_read else decided)
    return decided
