"""What ends a night: rule results into the lake, the analysts' file, the heartbeat."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shuyang_data.county import County
from shuyang_data.night.measure import EVIDENCE, EVIDENCE_COLUMNS, RATE_COLUMNS, RATES
from shuyang_data.records import Release
from shuyang_data.release.package import DATA_FILE, outgoing_columns
from shuyang_data.storage.analyst import View, publish_views
from shuyang_data.storage.files import write_text

TARGET_TITLES = {
    "as_of": "测算日期", "measure": "指标", "metric_version": "口径版本", "department": "部门", "numerator": "分子",
    "denominator": "分母", "rate": "比率", "id": "编号", "title": "名称", "counted": "计入分母",
    "satisfied": "满足", "failed": "未满足的条件", "days_overdue": "逾期工作日", "owes": "责任方",
}  # fmt: skip


def publish_analyst(county: County) -> Path | None:
    """A new file of views over everything that is published, in the old one's place; None when nothing changed."""
    releases = county.registry.releases()
    views = [_release_view(county, release) for release in releases]
    targets = county.settings.reports / "targets.json"
    content = "\n".join(
        [*(str(view) for view in views), targets.read_text(encoding="utf-8") if targets.exists() else ""]
    )
    signature = hashlib.sha256(content.encode()).hexdigest()[:12]
    if county.settings.analyst.exists() and county.settings.analyst.resolve().stem.endswith(signature):
        return None
    stamp = f"{county.now:%Y%m%dT%H%M%S%f}-{signature}"
    return publish_views(county.settings.home, county.settings.analyst, [*views, *_target_views(county)], stamp)


def _target_views(county: County) -> list[View]:
    views = []
    for identifier, title in ((RATES, "两项目标的测算值"), (EVIDENCE, "两项目标的逐条依据")):
        files = county.lakehouse.files(identifier)
        if files:
            columns = RATE_COLUMNS if identifier == RATES else EVIDENCE_COLUMNS
            comments = {name: TARGET_TITLES[name] for name in columns}
            views.append(View(identifier[0], identifier[1], tuple(files), title, comments))
    return views


def _release_view(county: County, release: Release) -> View:
    dataset = county.catalog.datasets.get(release.dataset)
    title = dataset.title if dataset else str(release.dataset)
    layer = release.layer
    comments = outgoing_columns(dataset, layer) if dataset else {}
    path = county.settings.published / release.folder / DATA_FILE
    return View(layer.value, release.dataset.view(layer), (str(path),), title, comments)


def beat(county: County) -> None:
    """The heartbeat that `shuyang doctor` looks at from outside Dagster."""
    write_text(county.settings.home / "heartbeat", county.now.isoformat())
