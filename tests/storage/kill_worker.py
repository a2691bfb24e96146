"""Imports everything once, then forks a child for every line it reads: the child takes a home's inbox to `standard`."""

from __future__ import annotations

import os
import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet  # noqa: F401

from shuyang_data.catalog.delivering import Delivery
from shuyang_data.catalog.terms import DeliveryMode, FileFormat, Type
from shuyang_data.chain.make import make
from shuyang_data.county import County
from shuyang_data.names import Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.engine import Engine  # noqa: F401
from shuyang_data.storage.lakehouse import Lakehouse  # noqa: F401
from shuyang_data.storage.registry import Registry
from tests.builders import TODAY, a_catalog, a_column, a_dataset

DATASET = a_dataset(
    a_column("code", required=True),
    a_column("value", Type.INTEGER),
    a_column("day", Type.DATE),
    delivery=Delivery(file="测试数据", format=FileFormat.CSV, mode=DeliveryMode.INCREMENT),
    reject_limit=0.9,
)
CATALOG = a_catalog(DATASET)


def open_home(home: Path) -> County:
    settings = Settings(home=home, threads=1)
    return County(settings, CATALOG, Registry(settings.registry), TODAY, datetime.now(UTC), "test")


def work(home: Path) -> None:
    """Everything that waits, up to the committed table."""
    county = open_home(home)
    deque(make(county, DATASET, (Layer.LANDING, Layer.RAW, Layer.STANDARD)), maxlen=0)
    county.registry.close()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                work(Path(line.strip()))
                os._exit(0)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main()
