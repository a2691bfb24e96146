"""`python -m benchmarks.raw_commit`: what waits in the inbox → raw, committed; no layer above it."""

from __future__ import annotations

from shuyang_data.arrival.pull.fetch import fetch
from shuyang_data.chain.make import make
from shuyang_data.chain.steps import Stopped
from shuyang_data.county import open_county
from shuyang_data.names import Layer
from shuyang_data.settings import Settings


def main() -> None:
    county = open_county(Settings(), run_id="benchmark")
    for dataset in county.catalog.datasets.values():
        if dataset.delivery.pull is not None:
            fetch(county, dataset)
        for step in make(county, dataset, (Layer.LANDING, Layer.RAW)):
            if isinstance(step, Stopped):
                raise RuntimeError("；".join(step.reasons))


if __name__ == "__main__":
    main()
