"""`python -m benchmarks.raw_commit`: what waits in the inbox → raw, committed; no layer above it."""

from __future__ import annotations

from shuyang_data.arrival.pull.fetch import fetch
from shuyang_data.chain.raw import land, read_deliveries
from shuyang_data.county import open_county
from shuyang_data.settings import Settings


def main() -> None:
    county = open_county(Settings(), run_id="benchmark")
    for dataset in county.catalog.datasets.values():
        if dataset.delivery.pull is not None:
            fetch(county, dataset)
        land(county, dataset)
        reading = read_deliveries(county, dataset)
        if reading.refused:
            raise RuntimeError(reading.refused[0].detail)


if __name__ == "__main__":
    main()
