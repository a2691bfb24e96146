"""A night heals what is damaged from the layer to the left: a table that is not whole is set aside and made anew.

What has no layer to its left, what departments delivered and what was measured on past days, is told; the first can
only come back from a backup.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from shuyang_data.arrival.manifest import landed
from shuyang_data.errors import Problem
from shuyang_data.home.damage import lake_damage, landing_damage
from shuyang_data.names import DatasetId, Layer
from shuyang_data.settings import Settings
from shuyang_data.storage.files import storage_errors
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.lakehouse_inventory import INDEX, Identifier, is_counted, is_readable, tables
from shuyang_data.storage.registry import Registry

ASIDE = "damaged"
REMADE = {layer.value for layer in (Layer.RAW, Layer.STANDARD, Layer.REJECTED)}
FROM_BACKUP = "从备份恢复（shuyang restore）"


def heal(settings: Settings, registry: Registry, now: datetime, *, deep: bool = False) -> list[Problem]:
    """Set damaged tables aside, so that tonight's plan makes them again; what cannot be healed, as problems.

    deep: look by SHA-256, not by length alone. Only for who holds the night's lock.
    """
    problems = _restore_index(settings.lake, now)
    damaged = {**lake_damage(settings.lake, deep=deep), **_unsound(settings.lake)}
    for identifier, missing in damaged.items():
        problems += _heal_table(settings, identifier, missing, now)
    gone = landing_damage(registry.deliveries(), settings.landing, deep=deep)
    return problems + [Problem(path, what, "收到时的字节", FROM_BACKUP) for path, what in gone.items()]


def _restore_index(lake: Path, now: datetime) -> list[Problem]:
    """An index that is gone or cannot be read is made anew from the tables' own metadata."""
    index = lake / INDEX
    folders = [path.parent for path in lake.glob("*/*/metadata") if path.parts[-3] != ASIDE]
    if not folders or is_readable(lake):
        return []
    if index.exists():
        _set_aside(lake, index, now)
    lakehouse = Lakehouse(lake)
    lost = [folder for folder in folders if not lakehouse.adopt((folder.parent.name, folder.name))]
    problems = [Problem(str(index), "索引丢失或损坏，已由各表的元数据重建", remedy="检查磁盘")]
    for folder in lost:
        _set_aside(lake, folder, now)
        problems.append(Problem(str(folder), "元数据都读不出来，已移到一边", "完好的元数据", "检查磁盘"))
    return problems


def _unsound(lake: Path) -> dict[Identifier, tuple[str, ...]]:
    """Of the tables of which no stock was taken since the last commit, because a night died there or it is an old home:
    those that are not whole by their own metadata.
    """
    uncounted = [name for name, metadata in tables(lake).items() if not is_counted(lake.joinpath(*name), metadata)]
    if not uncounted:
        return {}
    lakehouse = Lakehouse(lake)
    return {name: missing for name in uncounted if (missing := lakehouse.verify(name))}


def _heal_table(settings: Settings, identifier: Identifier, missing: tuple[str, ...], now: datetime) -> list[Problem]:
    where, found = ".".join(identifier), f"{len(missing)} 个文件缺损，例如 {missing[0]}"
    is_remade = identifier[0] in REMADE
    if is_remade and (gone := _lost_bytes(settings, identifier)):
        return [Problem(where, f"{found}；交付的原件也缺损：{gone}", "至少有一处完好", FROM_BACKUP)]
    Lakehouse(settings.lake).drop(identifier)
    _set_aside(settings.lake, settings.lake.joinpath(*identifier), now)
    if is_remade:
        return []
    return [Problem(where, f"{found}；历史已移到 {settings.lake / ASIDE}，从今夜重新记起", "完整的历史", FROM_BACKUP)]


def _lost_bytes(settings: Settings, identifier: Identifier) -> str:
    """The first delivered file of a table's dataset that is not as it was received; empty when all are."""
    department, _, dataset = identifier[1].partition("__")
    deliveries = landed(settings.landing, DatasetId(department, dataset))
    damaged = landing_damage(deliveries, settings.landing, deep=True)
    return next((f"{path} {what}" for path, what in damaged.items()), "")


def _set_aside(lake: Path, path: Path, now: datetime) -> None:
    target = lake / ASIDE / f"{now:%Y%m%dT%H%M%S%f}-{'.'.join(path.relative_to(lake).parts)}"
    with storage_errors(path):
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if path.exists():
            path.rename(target)
            os.utime(target)
