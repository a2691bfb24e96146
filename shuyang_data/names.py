"""The words that every layer shares: layers, dataset identity, and the names made from them.

A dataset's identity is the path of its catalog file; asset keys, Iceberg identifiers and published
folders are all made here, so that no two parts can spell one dataset differently.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from shuyang_data.words import Word

SEGMENT = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
# The county's administrative code (GB/T 2260): scope of what is measured of the whole county.
COUNTY_CODE = "321322"
# How the titles of its departments begin.
COUNTY = "沭阳县"


class Layer(Word):
    """The layers of the design, in the order in which data moves."""

    LANDING = "landing", "落地"
    RAW = "raw", "原始"
    STANDARD = "standard", "标准"
    REJECTED = "rejected", "不合格"
    SHARED = "shared", "共享"
    OPEN = "open", "开放"
    TARGETS = "targets", "目标"


# What leaves: released by record, each under its own attribute of the catalog.
PUBLISHED = (Layer.SHARED, Layer.OPEN)


class DatasetId(NamedTuple):
    """`department/dataset`, both ASCII words of letters, digits and underscores."""

    department: str
    dataset: str

    def __str__(self) -> str:
        return f"{self.department}/{self.dataset}"

    @classmethod
    def parse(cls, text: str) -> DatasetId:
        """Read `department/dataset`; raise ValueError for anything else."""
        parts = text.strip().split("/")
        if len(parts) != 2 or not all(SEGMENT.match(part) for part in parts):
            raise ValueError(f"不是数据集编号：{text!r}，应为 部门/数据集，例如 civil_affairs/nursing_home")
        return cls(parts[0], parts[1])

    def table(self, layer: Layer) -> tuple[str, str]:
        """The Iceberg identifier: namespace per layer, table `department__dataset`."""
        return (layer.value, f"{self.department}__{self.dataset}")

    def view(self, layer: Layer) -> str:
        """The name under which an analyst finds a published table, without the schema."""
        return f"{self.department}_{self.dataset}"


def delivery_of(file: Path) -> str:
    """The delivery that a raw file belongs to: files are named `<delivery>.<contract>-<part>.parquet`."""
    return file.name.split(".")[0]


def contract_of(file: Path) -> str:
    """Under which contract a raw file was read; empty for one from before that was told."""
    contract, dash, _ = file.name.split(".")[1].partition("-")
    return contract if dash else ""
