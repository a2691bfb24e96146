"""A dataset gets another department or name: its catalog entry, history, tickets, landing and releases go along.

The new catalog is read before anything is touched; the catalog's files change last, so that whoever is interrupted says
the same command again. What the lake holds is made again from landing by the next night.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shuyang_data.arrival.manifest import MANIFEST
from shuyang_data.catalog.codes import next_code
from shuyang_data.catalog.load import CHECKS, load_catalog
from shuyang_data.catalog.model import Catalog
from shuyang_data.catalog.officers import approver_named, require_another
from shuyang_data.catalog.workbook.bodies import catalog_bodies
from shuyang_data.county import County
from shuyang_data.errors import Problem, UsageError
from shuyang_data.names import PUBLISHED, SEGMENT, DatasetId, Layer
from shuyang_data.stewardship.change_control import Motive, keep_versions, remember
from shuyang_data.storage.catalog_in_force import forget_entry
from shuyang_data.storage.files import storage_errors, write_text
from shuyang_data.storage.lock import hold_night
from shuyang_data.storage.registry_move import move_dataset, renamed

ASSET_KEYS = "asset_keys.json"
LAKE = (Layer.RAW, Layer.STANDARD, Layer.REJECTED)


def move(county: County, old: DatasetId, new: DatasetId, author: str, approver: str, reason: str) -> list[Path]:
    """Move one dataset; the catalog's files that changed.

    Raises UsageError for what cannot be moved, CatalogError when the catalog would not be valid, BusyError at night.
    """
    _require(county, old, new, author, approver, reason)
    with hold_night(county.settings.home), tempfile.TemporaryDirectory(prefix="shuyang-move-") as name:
        tried = Path(name) / "catalog"
        shutil.copytree(county.settings.catalog, tried)
        checks = county.settings.catalog.parent / CHECKS
        if checks.is_dir():
            shutil.copytree(checks, tried.parent / CHECKS)
        changed = _rewritten(tried, old, new, county.catalog)
        after = load_catalog(tried)
        move_dataset(county.registry, old, new)
        _move_files(county, old, new)
        _record(county, after, old, new, (author, approver, reason))
        written = []
        for path in changed:
            target = county.settings.catalog.parent / _place(county, path.relative_to(tried.parent))
            write_text(target, path.read_text(encoding="utf-8"))
            written.append(target)
        for gone in _own_files(county.settings.catalog, old):
            gone.unlink(missing_ok=True)
        forget_entry(county.settings, old)
    return written


def _place(county: County, path: Path) -> Path:
    """A file of the copy, beside the county's own catalog folder, whatever that is called."""
    first, *rest = path.parts
    return Path(county.settings.catalog.name if first == "catalog" else first, *rest)


def _require(county: County, old: DatasetId, new: DatasetId, author: str, approver: str, reason: str) -> None:
    county.dataset(old)
    wrong = [
        Problem(f"--{field}", "没有写") for field, text in (("author", author), ("reason", reason)) if not text.strip()
    ]
    if new.department not in county.catalog.departments:
        wrong.append(Problem(new.department, "不在部门名录", "先登记部门"))
    if not SEGMENT.match(new.dataset):
        wrong.append(Problem(new.dataset, "不能作编号", "小写字母、数字、下划线"))
    if new in county.catalog.datasets:
        wrong.append(Problem(str(new), "已经有这个数据集", "一个新编号"))
    if wrong:
        raise UsageError(wrong)
    person = approver_named(approver, county.catalog.offices, county.as_of)
    require_another(str(old), author, person)


def _own_files(catalog: Path, dataset: DatasetId) -> list[Path]:
    return [catalog / "datasets" / f"{dataset}.yaml", catalog.parent / CHECKS / f"{dataset}.yaml"]


def _rewritten(catalog: Path, old: DatasetId, new: DatasetId, before: Catalog) -> list[Path]:
    """Every file of a copy that names the dataset, rewritten; its own ones under their new names."""
    named = re.compile(rf"(?<![\w/]){re.escape(str(old))}(?![\w/])")
    changed = []
    for path in [*catalog.rglob("*.yaml"), *(catalog.parent / CHECKS).rglob("*.yaml")]:
        text = path.read_text(encoding="utf-8")
        if named.search(text) and path not in _own_files(catalog, old):
            path.write_text(named.sub(str(new), text), encoding="utf-8")
            changed.append(path)
    for source, target in zip(_own_files(catalog, old), _own_files(catalog, new), strict=True):
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(named.sub(str(new), _coded(source, old, new, before)), encoding="utf-8")
            source.unlink()
            changed.append(target)
    return changed


def _coded(source: Path, old: DatasetId, new: DatasetId, before: Catalog) -> str:
    """The file's text, with a code of the new department, which codes carry."""
    text = source.read_text(encoding="utf-8")
    if old.department == new.department or source.parts[-3] == CHECKS:
        return text
    dataset = before.datasets[old]
    code = next_code(new.department, dataset.category, dataset.theme, before)
    return re.sub(r"^code: .*$", f"code: {code}", text, count=1, flags=re.MULTILINE)


def _move_files(county: County, old: DatasetId, new: DatasetId) -> None:
    """Folders under their new names; the lake's tables are forgotten and made again."""
    settings = county.settings
    for source, target in _folders(county, old, new):
        with storage_errors(source):
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.rename(target)
    for manifest in (settings.landing / new.department / new.dataset).glob(f"*/{MANIFEST}"):
        fields = json.loads(manifest.read_text(encoding="utf-8"))
        fields |= {"dataset": str(new), "path": fields["path"].replace(f"{old}/", f"{new}/", 1)}
        write_text(manifest, json.dumps(fields, ensure_ascii=False, indent=1))
    for layer in LAKE:
        county.lakehouse.drop(old.table(layer))
        shutil.rmtree(settings.lake.joinpath(*old.table(layer)), ignore_errors=True)
    keys = settings.dagster_home / ASSET_KEYS
    if keys.exists():
        kept = {_key(name, old, new): path for name, path in json.loads(keys.read_text(encoding="utf-8")).items()}
        write_text(keys, json.dumps(kept, ensure_ascii=False, indent=0))


def _key(name: str, old: DatasetId, new: DatasetId) -> str:
    dataset, _, layer = name.partition(" ")
    return f"{renamed(dataset, old, new)} {layer}"


def _folders(county: County, old: DatasetId, new: DatasetId) -> Iterator[tuple[Path, Path]]:
    settings = county.settings
    for root in (settings.landing, *(settings.published / layer for layer in PUBLISHED)):
        yield root / old.department / old.dataset, root / new.department / new.dataset
    for report in ("classification", "quality", "quality/pending"):
        folder = settings.reports / report
        yield folder / old.department / f"{old.dataset}.json", folder / new.department / f"{new.dataset}.json"


def _record(county: County, after: Catalog, old: DatasetId, new: DatasetId, who: tuple[str, str, str]) -> None:
    """Every entry that changed, as versions that somebody approved."""
    author, approver, reason = who
    person = approver_named(approver, county.catalog.offices, county.as_of)
    before, now = catalog_bodies(county.catalog), catalog_bodies(after)
    versions = keep_versions(county, before, now, Motive(author, f"{old} 移到 {new}：{reason}"), person.name)
    remember(county, {version.entry: version.after for version in versions})
