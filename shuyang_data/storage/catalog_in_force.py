"""The catalog in force: what stands in the folder, and where that cannot be used, its last valid state.

A file that cannot be read stops its own entry and names itself; a dataset's file that is merely gone takes nothing out
of force, because a folder that was not mounted looks just like that: only an approved removal does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from shuyang_data.catalog.load import CHECKS, load_catalog
from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import CatalogError, Problem
from shuyang_data.names import DatasetId
from shuyang_data.settings import Settings
from shuyang_data.storage.files import storage_errors, write_bytes

CATALOG, DATASETS = "catalog", "datasets"
# As often as another file may turn out to stand in the way, before the whole last valid state does.
ROUNDS = 20
Files = dict[str, bytes]


def load_in_force(settings: Settings) -> Catalog:
    """The catalog in force, with `faults` for what stands in the folder and cannot be used, and `still`: the datasets
    whose own file that is. Raises CatalogError where there is no last valid state to fall back upon.
    """
    try:
        catalog = load_catalog(settings.catalog)
    except CatalogError as error:
        return _mended(settings, error)
    gone = _vanished(_names(settings.catalog), _names(settings.catalog_kept / CATALOG))
    return _mended(settings, CatalogError([])) if gone else catalog


def keep_in_force(settings: Settings, catalog: Catalog) -> None:
    """Keep a catalog without faults as the last valid state; only for who holds the night's lock."""
    if not catalog.faults:
        _write(settings.catalog_kept, _read(settings.catalog))


def forget_entry(settings: Settings, dataset: DatasetId) -> None:
    """A dataset was removed with approval: its last valid state is that it is not there."""
    for name in (f"{CATALOG}/{DATASETS}/{dataset}.yaml", f"{CHECKS}/{dataset}.yaml"):
        (settings.catalog_kept / name).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    """The datasets' files, by their place, without reading them."""
    return [f"{CATALOG}/{path.relative_to(folder).as_posix()}" for path in folder.glob(f"{DATASETS}/*/*.yaml")]


def _read(folder: Path) -> Files:
    """The files that make up a catalog, by their place: those of the folder itself, and the checks beside it."""
    places = {CATALOG: folder, CHECKS: folder.parent / CHECKS}
    with storage_errors(folder):
        return {
            f"{name}/{path.relative_to(place).as_posix()}": path.read_bytes()
            for name, place in places.items()
            for path in sorted(place.rglob("*"))
            if path.suffix in (".yaml", ".csv") and path.is_file()
        }


def _kept(settings: Settings) -> Files:
    return _read(settings.catalog_kept / CATALOG) if settings.catalog_kept.is_dir() else {}


def _write(folder: Path, files: Files) -> None:
    """Bring a folder to just these files."""
    with storage_errors(folder):
        for name, content in files.items():
            path = folder / name
            if not path.exists() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(path, content)
        for path in list(folder.rglob("*")):
            if path.is_file() and path.relative_to(folder).as_posix() not in files:
                path.unlink()


def _vanished(files: Collection[str], kept: Iterable[str]) -> list[str]:
    return [name for name in kept if _dataset_of(name) is not None and name not in files]


def _dataset_of(name: str) -> DatasetId | None:
    """The dataset whose own file this is."""
    parts = name.removesuffix(".yaml").split("/")
    return DatasetId(*parts[2:]) if parts[:2] == [CATALOG, DATASETS] and len(parts) == 4 else None


def _mended(settings: Settings, error: CatalogError) -> Catalog:
    """The folder's catalog with the last valid state of what cannot be used; raise `error` when there is none."""
    files, kept = _read(settings.catalog), _kept(settings)
    if not kept:
        raise error
    gone = _vanished(files, kept)
    state = _state(settings.catalog, {**files, **{name: kept[name] for name in gone}}, kept, error)
    faults = (*state.problems, *(_absence(settings.catalog, name) for name in gone))
    changed = (name for name, content in files.items() if state.files.get(name) != content)
    still = frozenset(dataset for name in changed if (dataset := _dataset_of(name)) is not None)
    return state.catalog.model_copy(update={"faults": faults, "still": still})


@dataclass(frozen=True)
class State:
    """A catalog and the files that it was read from. problems: for which files were replaced."""

    catalog: Catalog
    files: Files
    problems: tuple[Problem, ...]


def _state(folder: Path, files: Files, kept: Files, error: CatalogError) -> State:
    """The first of the states, each with less of what stands in the way, that can be read; raise `error` for none."""
    problems: tuple[Problem, ...] = ()
    for _ in range(ROUNDS):
        try:
            return State(_loaded(files, folder), files, problems)
        except CatalogError as wrong:
            if files == kept:
                break
            problems += wrong.causes
            files = _replaced(files, _files_named(wrong.causes, folder, files), kept)
    raise error


def _replaced(standing: Files, bad: Iterable[str], kept: Files) -> Files:
    """Files in the way give place to their last valid state, or to nothing where they never had one; where nobody can
    say which file it is, the whole last valid state stands.
    """
    changed = dict(standing)
    for name in bad:
        if name in kept:
            changed[name] = kept[name]
        else:
            changed.pop(name, None)
    return changed if changed != standing else dict(kept)


def _absence(folder: Path, name: str) -> Problem:
    place = folder / name.partition("/")[2]
    remedy = "恢复文件（或挂载文件夹）；确实不要了，提交删除并经批准"
    return Problem(str(place), "目录文件不见了，仍按上一次有效的声明", "文件在，或有批准过的删除", remedy)


def _loaded(files: Files, place: Path) -> Catalog:
    """The catalog of these files; raise CatalogError as if they stood at `place`."""
    with tempfile.TemporaryDirectory(prefix="shuyang-catalog-") as name:
        folder = Path(name) / CATALOG
        (folder / DATASETS).mkdir(parents=True)
        _write(Path(name), files)
        try:
            return load_catalog(folder)
        except CatalogError as error:
            told = [
                (p.where.replace(str(folder), str(place)).replace(name, str(place.parent)), p) for p in error.problems
            ]
            moved = [replace(problem, where=where) for where, problem in told]
            raise CatalogError(moved, error.unread) from error


def _files_named(problems: Iterable[Problem], folder: Path, files: Iterable[str]) -> list[str]:
    """The files, of these, in which problems were found: by their place, or by the entry that they hold."""
    texts = [problem.where for problem in problems]
    return [name for name in files if any(_begins(text, mark) for text in texts for mark in _marks(name, folder))]


def _marks(name: str, folder: Path) -> list[str]:
    kind, _, place = name.partition("/")
    root = folder if kind == CATALOG else folder.parent / CHECKS
    dataset = _dataset_of(name)
    return [str(root / place), *([str(dataset)] if dataset else [place])]


def _begins(text: str, mark: str) -> bool:
    return text == mark or (text.startswith(mark) and text[len(mark)] in " :.")
