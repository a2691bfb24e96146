"""Office packages: which part of the container a relation leads to (ECMA-376, part 2, 9.3)."""

from __future__ import annotations

import zipfile
from posixpath import join, normpath

from defusedxml import ElementTree

ROOT = "xl"


def related_parts(container: zipfile.ZipFile, relations: str) -> dict[str, str]:
    """Id → part, of one file of a workbook's relations."""
    found = {}
    for relation in ElementTree.fromstring(container.read(relations)):
        target = relation.get("Target") or ""
        found[relation.get("Id") or ""] = normpath(join("/", ROOT, target)).lstrip("/")
    return found
