"""A replacement that forgets what it replaced: PyIceberg carries manifests that list only deleted files for ever.

Uses a private class of PyIceberg 0.12, which is pinned; a test counts the manifests.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Transaction
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import _OverwriteFiles


class Replacement(_OverwriteFiles):  # type: ignore[misc]
    """A snapshot in which some files take the place of others."""

    def __init__(self, transaction: Transaction, properties: Mapping[str, str]) -> None:
        io = transaction._table.io
        super().__init__(Operation.OVERWRITE, transaction, io, snapshot_properties=dict(properties))

    def _existing_manifests(self) -> list[ManifestFile]:
        """Without those that list nothing that is there: only the snapshot that deleted it needs them."""
        carried: list[ManifestFile] = super()._existing_manifests()
        return [manifest for manifest in carried if manifest.has_added_files() or manifest.has_existing_files()]
