"""A delivery in force is read again from landing when the catalog's columns have changed since it was read.

What an earlier catalog could read of it is not lost by that: a title that no file carries yet takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.fingerprint import contract_digest
from shuyang_data.chain.raw_files import Written, write_delivery
from shuyang_data.county import County
from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.names import contract_of
from shuyang_data.records import Delivery, Refusal


def is_as_of_today(dataset: Dataset, files: Iterable[Path]) -> bool:
    """Whether raw files were read under the contract of today: else a column may be NULL for no reason."""
    return {contract_of(file) for file in files} == {contract_digest(dataset)}


def reread(
    county: County, dataset: Dataset, delivery: Delivery, field_ids: dict[str, int], older: Sequence[Path]
) -> Written | None:
    """The delivery as today's catalog reads it, in new files of the same folder; None where the older ones say as much.

    Raises DeliveryRefusedError when neither reading holds all that was read and all that is declared.
    """
    declared = {column.name for column in dataset.columns}
    before = declared & set(pq.read_schema(older[0]).names)
    try:
        written = write_delivery(county, dataset, delivery, older[0].parent, field_ids)
    except DeliveryRefusedError:
        if before == declared:
            return None
        raise
    now = declared & set(pq.read_schema(written.files[0]).names)
    if before <= now:
        return written
    for file in written.files:
        file.unlink()
    if now <= before:
        return None
    lost = "、".join(dataset.column(name).title for name in sorted(before - now))
    found, remedy = f"按现在的目录认不出：{lost}", "把文件里的旧标题写进 source"
    problem = Problem(Path(delivery.path).name, found, "文件里的标题", remedy)
    raise DeliveryRefusedError(Refusal.MISSING_COLUMNS, [problem])
