"""What of a home is damaged: seen by length every night, by SHA-256 when somebody asks. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shuyang_data.records import Delivery
from shuyang_data.storage.files import sha256_of
from shuyang_data.storage.lakehouse_inventory import Identifier, damage, is_counted, tables


def lake_damage(lake: Path, *, deep: bool = False) -> dict[Identifier, tuple[str, ...]]:
    """Tables of which something is missing or changed → what; raise StorageError for an index that cannot be read.

    A table of which no stock was taken since its last commit is not among them.
    """
    counted = (name for name, metadata in tables(lake).items() if is_counted(lake.joinpath(*name), metadata))
    looked_at = {name: damage(lake.joinpath(*name), deep=deep) for name in counted}
    return {name: missing for name, missing in looked_at.items() if missing}


def landing_damage(deliveries: Iterable[Delivery], landing: Path, *, deep: bool = False) -> dict[str, str]:
    """Path of a delivered file that is not as it was received → what is wrong with it."""
    found = {}
    for delivery in deliveries:
        path = landing / delivery.path
        try:
            length = path.stat().st_size
        except OSError:
            found[str(path)] = "不见了"
            continue
        if length != delivery.size:
            found[str(path)] = f"应为 {delivery.size:,} 字节，实为 {length:,}"
        elif deep and sha256_of(path) != delivery.sha256:
            found[str(path)] = "的内容被改动"
    return found
