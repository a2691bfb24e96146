"""What ends a night: the analysts' file, the heartbeat."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shuyang_data.county import County, open_county
from shuyang_data.errors import BusyError
from shuyang_data.night.measure import EVIDENCE, EVIDENCE_COLUMNS, RATE_COLUMNS, RATES
from shuyang_data.records import Release
from shuyang_data.release.described import (
    CATALOGUE,
    CATALOGUE_COMMENT,
    Published,
    catalogue_row,
    code_list_comment,
    column_comments,
    name_columns,
    table_comment,
)
from shuyang_data.release.package import DATA_FILE
from shuyang_data.settings import Settings
from shuyang_data.storage.analyst import Contents, Listed, View, code_table, publish_build
from shuyang_data.storage.analyst_build import build_of, build_problems
from shuyang_data.storage.files import write_text
from shuyang_data.storage.lock import hold_night
from shuyang_data.storage.published import release_problems

# Counted up when the same contents make another file.
LAYOUT = 2
TARGET_TITLES = {
    "as_of": "测算日期", "measure": "指标", "metric_version": "口径版本", "department": "部门", "numerator": "分子",
    "denominator": "分母", "rate": "比率", "id": "编号", "title": "名称", "counted": "计入分母",
    "satisfied": "满足", "failed": "未满足的条件", "days_overdue": "逾期工作日", "owes": "责任方",
}  # fmt: skip


def publish_analyst(county: County) -> Path | None:
    """A new file of views over everything that is published, in the old one's place; None when nothing changed."""
    contents = _contents(county)
    measured = county.settings.reports / "targets.json"
    # It is written just when the lake's targets are: a quiet night need not open the lake to see that they stand.
    written = measured.stat().st_mtime_ns if measured.exists() else 0
    signature = hashlib.sha256(f"{LAYOUT} {written} {contents!r}".encode()).hexdigest()[:12]
    home, link = county.settings.home, county.settings.analyst
    if build_of(link).endswith(signature) and not build_problems(home, link):
        return None
    stamp = f"{county.now:%Y%m%dT%H%M%S%f}-{signature}"
    whole = replace(contents, views=(*contents.views, *_target_views(county)))
    return publish_build(home, link, whole, stamp)


def follow_home(settings: Settings, wait_seconds: float = 0) -> bool:
    """Build the file anew for a home that was copied, moved or restored; whether it was.

    False while somebody else holds the night's lock: that night builds it.
    """
    try:
        with hold_night(settings.home, wait_seconds):
            county = open_county(settings)
            publish_analyst(county)
            county.registry.close()
    except BusyError:
        return False
    return True


def _contents(county: County) -> Contents:
    """The releases whose rows can be read, the code lists of the catalog, and the catalogue of both layers."""
    catalog, folder = county.catalog, county.settings.published
    releases = [release for release in county.registry.releases() if _is_readable(release, folder)]
    published = {(release.dataset, release.layer) for release in releases}
    rows = tuple(catalogue_row(release, catalog.datasets.get(release.dataset), catalog) for release in releases)
    codes = [code_table(n, code_list_comment(n, catalog), codes.names) for n, codes in catalog.code_lists.items()]
    catalogue = Listed("main", "catalogue", CATALOGUE_COMMENT, CATALOGUE, rows)
    return Contents((catalogue, *codes), tuple(_release_view(county, release, published) for release in releases))


def _is_readable(release: Release, folder: Path) -> bool:
    """Whether the rows stand as published; what is damaged is told elsewhere and must not take the others away."""
    rows = tuple(file for file in release.files if file.name == DATA_FILE)
    return not release_problems(replace(release, files=rows), folder)


def _release_view(county: County, release: Release, published: Published) -> View:
    dataset = county.catalog.datasets.get(release.dataset)
    name = release.dataset.view(release.layer)
    files = (str(county.settings.published / release.folder / DATA_FILE),)
    if dataset is None:
        return View(release.layer, name, files, str(release.dataset), {}, {})
    layer = release.layer
    comment = table_comment(dataset, county.catalog, layer, published)
    comments = column_comments(dataset, county.catalog, layer, published)
    return View(layer, name, files, comment, comments, name_columns(dataset, layer))


def _target_views(county: County) -> Sequence[View]:
    views = []
    for identifier, title in ((RATES, "两项目标的测算值"), (EVIDENCE, "两项目标的逐条依据")):
        files = county.lakehouse.files(identifier)
        if files:
            columns = RATE_COLUMNS if identifier == RATES else EVIDENCE_COLUMNS
            comments = {name: TARGET_TITLES[name] for name in columns}
            views.append(View(*identifier, tuple(files), title, comments, {}))
    return views


def beat(county: County) -> None:
    """The heartbeat that `shuyang doctor` looks at from outside Dagster."""
    write_text(county.settings.heartbeat, county.now.isoformat())
