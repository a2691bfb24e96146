"""Standard → shared and open: policy, protection, anonymity, and a whole folder put in place in one step."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Access
from shuyang_data.classify.policy import opening_refusals, sharing_refusals
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.county import County
from shuyang_data.records import Outcome, PublishedFile, Refused, Release
from shuyang_data.release.anonymity import suppress_small_classes, suppression_refusals
from shuyang_data.release.package import (
    DATA_FILE,
    MANIFEST,
    data_dictionary,
    manifest,
    metadata,
    outgoing_columns,
)
from shuyang_data.release.protect import protect_rows
from shuyang_data.storage.files import fresh_folder, point_link, put_folder, sha256_of

PublishedLayer = Literal["shared", "open"]
BOM = b"\xef\xbb\xbf"
KEEP_DAYS = 7


@dataclass(frozen=True)
class Publication:
    """A release, or the named reasons why there is none. forbidden: the catalog wants it and the policy refuses it."""

    release: Release | None
    refused: tuple[Refused, ...] = ()
    forbidden: bool = False


def publish(county: County, dataset: Dataset, layer: PublishedLayer) -> Publication:
    """Publish the committed standard rows; a dataset that is not to be published loses its current release."""
    access = dataset.sharing.access if layer == "shared" else dataset.opening.access
    refused = sharing_refusals(dataset) if layer == "shared" else opening_refusals(dataset)
    if refused:
        if access is Access.REFUSED:
            county.registry.withdraw_release(dataset.id, layer)
            (county.settings.published / layer / dataset.id.department / dataset.id.dataset / "current").unlink(
                missing_ok=True
            )
        return Publication(None, refused, forbidden=access is not Access.REFUSED)
    outcome = county.registry.outcomes()[dataset.id]
    staged = fresh_folder(county.settings.published / ".staging" / f"{layer}-{dataset.id.table(Layer.OPEN)[1]}")
    rows, suppressed = _write_data(county, dataset, layer, staged / DATA_FILE)
    too_small = suppression_refusals(rows + suppressed, suppressed, dataset) if layer == "open" else ()
    if too_small:
        shutil.rmtree(staged)
        return Publication(None, too_small, forbidden=True)
    return Publication(_release(county, dataset, layer, outcome, staged, rows, suppressed))


def _write_data(county: County, dataset: Dataset, layer: PublishedLayer, path: Path) -> tuple[int, int]:
    """(rows published, rows held back for anonymity)."""
    standard = county.engine.parquet(county.standard_files(dataset.id))
    protected = protect_rows(standard, dataset, layer, county.hash_keys)
    kept = suppress_small_classes(protected, dataset) if layer == "open" else protected
    rows = county.engine.write_parquet(kept, path)
    total = county.registry.outcomes()[dataset.id].counts.accepted
    return rows, total - rows


def _release(
    county: County, dataset: Dataset, layer: PublishedLayer, outcome: Outcome, staged: Path, rows: int, suppressed: int
) -> Release:
    """Complete the package, put it in place, and record it."""
    if outcome.data_on is None:
        raise ValueError(f"{dataset.id} has no committed data")
    version = f"{outcome.data_on:%Y%m%d}-{county.run_id}"
    folder = f"{layer}/{dataset.id.department}/{dataset.id.dataset}/{version}"
    release = Release(
        dataset=dataset.id, layer=layer, version=version, folder=folder, rows=rows, suppressed=suppressed,
        snapshot_id=outcome.snapshot_id, data_on=outcome.data_on, released_at=county.now, files=(),
        fingerprint=outcome.fingerprint,
    )  # fmt: skip
    tables = {DATA_FILE, *(_open_formats(county, dataset, staged) if layer == "open" else ())}
    _write_json(staged / "dictionary.json", data_dictionary(dataset, county.catalog, layer))
    _write_json(staged / "metadata.json", metadata(dataset, county.catalog, release))
    release = replace(release, files=tuple(_described(p, rows, tables) for p in sorted(staged.iterdir())))
    _write_json(staged / MANIFEST, manifest(release))
    release = replace(release, files=(*release.files, _described(staged / MANIFEST, rows, tables)))
    final = county.settings.published / folder
    shutil.rmtree(final, ignore_errors=True)
    put_folder(staged, final)
    point_link(final.parent / "current", version)
    county.registry.save_release(release)
    _remove_old_versions(county, final.parent, version)
    return release


def _open_formats(county: County, dataset: Dataset, staged: Path) -> tuple[str, ...]:
    """CSV in UTF-8, the same with a mark and Chinese headings for Excel, and JSON."""
    titles = outgoing_columns(dataset, "open")
    source = staged / DATA_FILE
    county.engine.write_csv(source, {name: name for name in titles}, staged / "data.csv")
    county.engine.write_json(source, {name: name for name in titles}, staged / "data.json")
    with (staged / "data.csv").open("rb") as plain, (staged / "data.excel.csv").open("wb") as marked:
        plain.readline()
        heading = ",".join(f'"{title}"' for title in titles.values())
        marked.write(BOM + heading.encode() + b"\r\n")
        shutil.copyfileobj(plain, marked, 1 << 20)
    return ("data.csv", "data.excel.csv", "data.json")


def _described(path: Path, rows: int, tables: set[str]) -> PublishedFile:
    stat = path.stat()
    return PublishedFile(
        path.name, stat.st_size, sha256_of(path), stat.st_mtime_ns, rows if path.name in tables else None
    )


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def _remove_old_versions(county: County, folder: Path, current: str) -> None:
    """Analysts may still read the previous versions for some days; then their folders go."""
    limit = (county.now - timedelta(days=KEEP_DAYS)).timestamp()
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink() and path.name != current and path.stat().st_mtime < limit:
            shutil.rmtree(path)


def published_layers(dataset: Dataset) -> tuple[PublishedLayer, ...]:
    """The layers that the catalog wants this dataset in."""
    wanted: list[PublishedLayer] = []
    if dataset.sharing.access is not Access.REFUSED:
        wanted.append("shared")
    if dataset.opening.access is not Access.REFUSED:
        wanted.append("open")
    return tuple(wanted)


def note_forbidden(county: County, identity: DatasetId, refused: tuple[Refused, ...]) -> None:
    """What the policy refused stands in the outcome, so that the summary and the exit code show it."""
    outcome = county.registry.outcomes()[identity]
    reasons = tuple(f"不得发布（{r.code}）：{r.text}" for r in refused)
    new = tuple(reason for reason in reasons if reason not in outcome.forbidden)
    county.registry.save_outcome(replace(outcome, forbidden=(*outcome.forbidden, *new)))
