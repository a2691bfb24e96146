"""The quality pages as files: written at the end of a night, only those whose contents changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shuyang_data.county import County
from shuyang_data.names import COUNTY_CODE, DatasetId
from shuyang_data.portal.pages import render
from shuyang_data.portal.views import Records, county_view, dataset_view, department_view, gather
from shuyang_data.quality.scores import Score
from shuyang_data.settings import Settings
from shuyang_data.storage.files import write_text


@dataclass(frozen=True)
class FileLinks:
    """Links between files; up: the way from the page's folder to the folder of all pages."""

    up: str

    def county(self) -> str:
        return f"{self.up}index.html"

    def department(self, name: str) -> str:
        return f"{self.up}{name}/index.html"

    def dataset(self, identity: DatasetId) -> str:
        return f"{self.up}{identity}.html"

    def examples(self, identity: DatasetId) -> str:
        return ""

    def rows(self, ticket: Mapping[str, Any]) -> str:
        path = Path(ticket["list"])
        return f"{self.up}../tickets/{path.parent.name}/{path.name}" if ticket["list"] else ""


def pages_folder(settings: Settings) -> Path:
    return settings.reports / "pages"


def write_pages(county: County) -> int:
    """Write what changed since the last night; how many pages. Tonight's scores are kept by then."""
    records = gather(county.settings, county.catalog, county.registry, county.as_of)
    folder = pages_folder(county.settings)
    kept = folder / "written.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    after = _digests(records)
    changed = [scope for scope, digest in after.items() if before.get(scope) != digest]
    for scope in changed:
        _write(records, scope, folder)
    if changed:
        write_text(kept, json.dumps(after, indent=0))
    return len(changed)


def _write(records: Records, scope: str, folder: Path) -> None:
    if scope == COUNTY_CODE:
        write_text(folder / "index.html", render("group.html", county_view(records, FileLinks(""))))
    elif "/" in scope:
        view = dataset_view(records, DatasetId.parse(scope), FileLinks("../"))
        write_text(folder / f"{scope}.html", render("dataset.html", view))
    else:
        write_text(
            folder / scope / "index.html", render("group.html", department_view(records, scope, FileLinks("../")))
        )


def _digests(records: Records) -> dict[str, str]:
    """scope → what its page shows, in short: a page is written again only when this differs."""
    scores, found = records.scores, {}
    for identity in records.catalog.datasets:
        outcome = records.outcomes.get(identity)
        if outcome is not None:
            parts = [_plain(scores.get(str(identity))), outcome.at, outcome.run_id, records.tickets.get(identity)]
            found[str(identity)] = _digest(parts)
    for name in {DatasetId.parse(scope).department for scope in list(found)}:
        mine = (digest for scope, digest in found.items() if scope.startswith(f"{name}/"))
        found[name] = _digest([_plain(scores.get(name)), *mine])
    return found | {COUNTY_CODE: _digest([_plain(scores.get(COUNTY_CODE)), *found.values()])}


def _plain(score: Score | None) -> str:
    return repr(replace(score, as_of=score.as_of.min)) if score else ""


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
