"""What nobody sends is fetched: a pull ends as a file in the inbox, and from there on is a delivery like any other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shuyang_data.arrival.push import free_inbox_name
from shuyang_data.catalog.model import Dataset
from shuyang_data.catalog.sources import DatabasePull, HttpPull
from shuyang_data.county import County
from shuyang_data.errors import Problem, SourceError, UsageError
from shuyang_data.records import PullMark
from shuyang_data.settings import source_token, source_url
from shuyang_data.storage.files import storage_errors, sync


@dataclass(frozen=True)
class Fetched:
    """path: the file in the inbox; None when the source had nothing new."""

    path: Path | None
    rows: int


def fetch(county: County, dataset: Dataset) -> Fetched:
    """Pull one dataset; raise SourceError when its source fails, UsageError when nothing says where it is."""
    pull = dataset.delivery.pull
    if pull is None:
        raise UsageError([Problem(str(dataset.id), "目录没有写怎么拉取", "delivery 里的 pull", "补上后重试")])
    url = source_url(pull.source)
    if not url:
        name = f"SHUYANG_SOURCE_{pull.source.upper()}"
        raise SourceError([Problem(str(dataset.id), f"环境变量 {name} 没有设置", "数据源的地址", "设置后重试")])
    mark = county.registry.pull_mark(dataset.id)
    folder = county.settings.inbox / dataset.id.department
    waiting = folder / f".{dataset.id.dataset}.pull"
    with storage_errors(waiting):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            rows, found, suffix = _pull(url, pull, mark, waiting)
            if not rows:
                return Fetched(None, 0)
            sync(waiting)
            final = free_inbox_name(county.settings.inbox, dataset, county.as_of, suffix)
            waiting.rename(final)
        finally:
            waiting.unlink(missing_ok=True)
    # The file is there before the mark moves: dying in between pulls the same rows once more, and their keys merge.
    moved = PullMark(found.watermark, found.etag, county.now.isoformat(), rows)
    county.registry.save_pull(dataset.id, moved)
    return Fetched(final, rows)


def _pull(url: str, pull: DatabasePull | HttpPull, mark: PullMark, target: Path) -> tuple[int, PullMark, str]:
    # A night that pulls nothing pays for neither.
    from shuyang_data.arrival.pull.database import pull_table
    from shuyang_data.arrival.pull.http import pull_pages

    if isinstance(pull, DatabasePull):
        pulled = pull_table(url, pull, mark.watermark if pull.watermark else "", target)
        return pulled.rows, PullMark(watermark=pulled.watermark), ".csv"
    pages = pull_pages(url, source_token(pull.source), pull, mark.etag, target)
    return pages.pages, PullMark(etag=pages.etag), ".zip"


def fetch_due(county: County) -> list[Problem]:
    """Pull every dataset that says how, where its source is known; what failed, without stopping the others."""
    problems: list[Problem] = []
    for dataset in county.catalog.datasets.values():
        if dataset.delivery.pull is not None and source_url(dataset.delivery.pull.source):
            try:
                fetch(county, dataset)
            except SourceError as error:
                problems += error.problems
    return problems
