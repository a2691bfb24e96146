"""Loads the definitions of a catalog once: `SHUYANG_CATALOG=… python -m benchmarks.definitions`."""

from pipelines.definitions import defs

if __name__ == "__main__":
    defs.resolve_asset_graph()
