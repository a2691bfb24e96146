"""The demand list from the inbox into the registry: taken over whole, or not at all when a row is wrong."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from shuyang_data.catalog.model import Catalog
from shuyang_data.errors import Problem, UsageError
from shuyang_data.exchange.demands import HEADINGS, TOO_MANY, read_demands
from shuyang_data.settings import Settings
from shuyang_data.storage.files import claim
from shuyang_data.storage.registry import Registry

DEMANDS = Path("registers") / "demands.csv"


def import_demands(settings: Settings, catalog: Catalog, registry: Registry) -> int | None:
    """Take over a waiting demand list; how many demands, None when none waits. Raises UsageError."""
    path = settings.inbox / DEMANDS
    if not path.exists():
        return None
    try:
        text = io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise UsageError([Problem(str(path), "不是 UTF-8 文本", "UTF-8 编码的 CSV", "另存为 UTF-8")]) from error
    reader = csv.DictReader(text, restkey=TOO_MANY, restval="")
    rows = list(reader)
    lacking = [heading for heading in HEADINGS if heading not in (reader.fieldnames or ())]
    if lacking:
        raise UsageError([Problem(str(path), f"没有列 {'、'.join(lacking)}", "需求清单的列")])
    if not rows:
        raise UsageError([Problem(str(path), "没有一行需求", "现行的全部需求", "补上后重新提交")])
    demands, problems = read_demands(rows, catalog, str(path))
    if problems:
        raise UsageError(problems)
    registry.replace_demands(demands)
    done = settings.landing / DEMANDS
    done.parent.mkdir(parents=True, exist_ok=True)
    claim(path, done)
    return len(demands)
