"""Standard → shared and open: policy, protection, anonymity, and a whole folder put in place in one step."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.terms import Type
from shuyang_data.chain.grades import grade_refusals
from shuyang_data.chain.last_look import described_refusals, text_refusals
from shuyang_data.chain.leaks import leak_refusals
from shuyang_data.chain.withdraw import withdraw
from shuyang_data.classify.policy import opening_refusals, route_refusals, sharing_refusals
from shuyang_data.county import County
from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Outcome, PublishedFile, Refused, Release
from shuyang_data.release.anonymity import standing_refusals, suppress_small_classes, suppression_refusals
from shuyang_data.release.neutral import csv_line
from shuyang_data.release.order import published_order
from shuyang_data.release.package import (
    CHECKSUMS,
    DATA_FILE,
    MANIFEST,
    SHEET_ROWS,
    checksums,
    data_dictionary,
    manifest,
    metadata,
    outgoing_columns,
)
from shuyang_data.release.protect import leaves_unchanged, protect_rows
from shuyang_data.retention import RELEASE_DAYS
from shuyang_data.storage.files import fresh_folder, point_link, put_folder, sha256_of
from shuyang_data.storage.published import release_problems

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Publication:
    """A release, or the named reasons why there is none. forbidden: the catalog wants it and the policy refuses it."""

    release: Release | None
    refused: tuple[Refused, ...] = ()
    forbidden: bool = False


def publish(county: County, dataset: Dataset, layer: Layer) -> Publication:
    """Publish the committed standard rows; a dataset that may not be published loses its current release."""
    looked_at = enforce(county, dataset, layer)
    if looked_at.refused:
        return looked_at
    outcome = committed(county, dataset.id)
    staged = fresh_folder(county.settings.published / ".staging" / f"{layer}-{dataset.id.table(Layer.OPEN)[1]}")
    rows, suppressed = _write_data(county, dataset, layer, outcome.counts.accepted, staged / DATA_FILE)
    refused = suppression_refusals(rows + suppressed, suppressed, dataset) if layer is Layer.OPEN else ()
    refused = refused or leak_refusals(county, dataset, layer, staged / DATA_FILE)
    formats = _open_formats(county, dataset, staged, rows) if layer is Layer.OPEN and not refused else ()
    refused = refused or tuple(found for name in formats[:1] for found in text_refusals(staged / name))
    if refused:
        shutil.rmtree(staged)
        return _forbidden(county, dataset, layer, refused)
    tables = {DATA_FILE, *formats}
    return Publication(_release(county, dataset, layer, outcome, staged, tables, rows, suppressed))


def enforce(county: County, dataset: Dataset, layer: Layer) -> Publication:
    """What policy and detected grades forbid today must not stay published because it was allowed yesterday."""
    refused = sharing_refusals(dataset)
    if layer is Layer.OPEN:
        refused = opening_refusals(dataset) or route_refusals(dataset)
    refused = refused or grade_refusals(county.settings.reports, dataset, county.as_of)
    refused = refused or described_refusals(dataset, county.catalog, layer, county.as_of)
    return _forbidden(county, dataset, layer, refused) if refused else Publication(None)


def enforce_on_standing(county: County, dataset: Dataset, layer: Layer) -> Publication:
    """The same beside a delivery that was stopped: then the anonymity of what stands is looked at as well."""
    looked_at = enforce(county, dataset, layer)
    standing = _standing(county, dataset.id, layer)
    if looked_at.refused or standing is None or layer is not Layer.OPEN:
        return looked_at
    table = county.engine.parquet([str(county.settings.published / standing.folder / DATA_FILE)])
    too_small = standing_refusals(table, dataset, lambda rows: county.engine.measure(rows, {"n": rows.count()})["n"])
    return _forbidden(county, dataset, layer, too_small) if too_small else looked_at


def _forbidden(county: County, dataset: Dataset, layer: Layer, refused: tuple[Refused, ...]) -> Publication:
    withdraw(county, dataset.id, layer, "；".join(reason.text for reason in refused))
    return Publication(None, refused, forbidden=layer in dataset.published_layers())


def committed(county: County, identity: DatasetId) -> Outcome:
    """The outcome of a dataset that has a committed standard table."""
    outcome = county.registry.outcome(identity)
    if outcome is None or outcome.data_on is None:
        raise ValueError(f"{identity} has no committed data")
    return outcome


def _write_data(county: County, dataset: Dataset, layer: Layer, accepted: int, path: Path) -> tuple[int, int]:
    """(rows published, rows held back for anonymity)."""
    files = county.standard_files(dataset.id)
    if len(files) == 1 and leaves_unchanged(dataset, layer):
        shutil.copyfile(files[0], path)
        return accepted, 0
    standard = county.engine.parquet(files)
    protected = protect_rows(standard, dataset, layer, county.hash_keys)
    kept = suppress_small_classes(protected, dataset) if layer is Layer.OPEN else protected
    rows = county.engine.write_parquet(kept.order_by(published_order(dataset, layer)), path)
    return rows, accepted - rows


def _release(
    county: County, dataset: Dataset, layer: Layer, outcome: Outcome, staged: Path, tables: Collection[str],
    rows: int, suppressed: int,
) -> Release:  # fmt: skip
    """Complete the package; put it in place and record it, unless just this one stands there."""
    data_on = outcome.data_on or county.as_of
    version = f"{data_on:%Y%m%d}-{county.run_id}"
    folder = f"{layer}/{dataset.id.department}/{dataset.id.dataset}/{version}"
    release = Release(
        dataset=dataset.id, layer=layer, version=version, folder=folder, rows=rows, suppressed=suppressed,
        snapshot_id=outcome.snapshot_id, data_on=data_on, released_at=county.now, files=(),
        fingerprint=outcome.fingerprint, deliveries=outcome.deliveries,
    )  # fmt: skip
    _write_json(staged / "dictionary.json", data_dictionary(dataset, county.catalog, layer))
    release = replace(release, files=tuple(_described(p, rows, tables) for p in sorted(staged.iterdir())))
    standing = _standing(county, dataset.id, layer)
    if standing is not None:
        same = replace(release, version=standing.version, folder=standing.folder, released_at=standing.released_at)
        same = _completed(county, dataset, same, staged)
        if checksums(same.files) == checksums(standing.files):
            shutil.rmtree(staged)
            return _recorded(county, replace(same, files=standing.files))
    release = _completed(county, dataset, release, staged)
    final = county.settings.published / folder
    shutil.rmtree(final, ignore_errors=True)
    put_folder(staged, final)
    point_link(final.parent / "current", version)
    return _recorded(county, release)


def _standing(county: County, identity: DatasetId, layer: Layer) -> Release | None:
    """The current release, when all of it stands as it was published."""
    current = [release for release in county.registry.releases(identity) if release.layer is layer]
    return next((release for release in current if not release_problems(release, county.settings.published)), None)


def _completed(county: County, dataset: Dataset, release: Release, staged: Path) -> Release:
    """The release with its metadata, manifest and checksums, written beside the files that it has."""
    zone = county.settings.zone
    _write_json(staged / "metadata.json", metadata(dataset, county.catalog, release, zone))
    release = replace(release, files=(*release.files, _described(staged / "metadata.json")))
    _write_json(staged / MANIFEST, manifest(release))
    release = replace(release, files=(*release.files, _described(staged / MANIFEST)))
    (staged / CHECKSUMS).write_text(checksums(release.files), encoding="ascii")
    return replace(release, files=(*release.files, _described(staged / CHECKSUMS)))


def _recorded(county: County, release: Release) -> Release:
    county.registry.save_release(release)
    _remove_old_versions(county, (county.settings.published / release.folder).parent, release.version)
    return release


def _open_formats(county: County, dataset: Dataset, staged: Path, rows: int) -> tuple[str, ...]:
    """CSV in UTF-8; and, while a sheet can hold them, the same with a mark and Chinese headings for Excel, and JSON."""
    titles = outgoing_columns(dataset, Layer.OPEN)
    source = staged / DATA_FILE
    texts = {column.name for column in dataset.columns if column.type is Type.TEXT}
    county.engine.write_csv(source, {name: name for name in titles}, staged / "data.csv", texts)
    if rows > SHEET_ROWS:
        return ("data.csv",)
    county.engine.write_json(source, {name: name for name in titles}, staged / "data.json")
    with (staged / "data.csv").open("rb") as plain, (staged / "data.excel.csv").open("wb") as marked:
        plain.readline()
        marked.write(BOM + csv_line(titles.values()).encode())
        shutil.copyfileobj(plain, marked, 1 << 20)
    return ("data.csv", "data.excel.csv", "data.json")


def _described(path: Path, rows: int | None = None, tables: Collection[str] = ()) -> PublishedFile:
    stat = path.stat()
    return PublishedFile(
        path.name, stat.st_size, sha256_of(path), stat.st_mtime_ns, rows if path.name in tables else None
    )


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def _remove_old_versions(county: County, folder: Path, current: str) -> None:
    """Analysts may still read the previous versions for some days; then their folders go."""
    limit = (county.now - timedelta(days=RELEASE_DAYS)).timestamp()
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink() and path.name != current and path.stat().st_mtime < limit:
            shutil.rmtree(path)


def note_forbidden(county: County, identity: DatasetId, refused: tuple[Refused, ...]) -> None:
    """What the policy refused stands in the outcome, so that the summary and the exit code show it."""
    outcome = committed(county, identity)
    reasons = tuple(f"不得发布（{r.code}）：{r.text}" for r in refused)
    new = tuple(reason for reason in reasons if reason not in outcome.forbidden)
    county.registry.save_outcome(replace(outcome, forbidden=(*outcome.forbidden, *new)))
