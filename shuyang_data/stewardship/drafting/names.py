"""Names for columns that have none yet: as the county calls such a thing already, else what it sounds like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pypinyin import lazy_pinyin

from shuyang_data.catalog.model import Catalog

LONGEST = 40
WORD = re.compile(r"[^a-z0-9]+")


def column_names(titles: Sequence[str], catalog: Catalog) -> list[tuple[str, str]]:
    """(name, why) of every title, each name once."""
    known = known_names(catalog)
    taken: Counter[str] = Counter()
    named = []
    for title in titles:
        name, why = known.get(title) or (spelled(title), "标题的拼音或原文")
        taken[name] += 1
        named.append((name if taken[name] == 1 else f"{name}_{taken[name]}", why))
    return named


def known_names(catalog: Catalog) -> dict[str, tuple[str, str]]:
    """Title → (name, why): of the data elements, and of columns that other datasets agree upon."""
    columns = (column for dataset in catalog.datasets.values() for column in dataset.columns)
    found = {title: (name, "别的数据集里同名的信息项") for title, name in _agreed((c.title, c.name) for c in columns)}
    elements = catalog.registers.elements.items()
    return found | {element.title: (name, "数据元") for name, element in elements}


def _agreed(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Titles that are always called by the one name."""
    names: dict[str, set[str]] = {}
    for title, name in pairs:
        names.setdefault(title, set()).add(name)
    return [(title, next(iter(spellings))) for title, spellings in names.items() if len(spellings) == 1]


def spelled(title: str) -> str:
    """A title in lower-case letters, digits and underscores, beginning with a letter."""
    sounds = "".join(lazy_pinyin(title, errors=lambda text: f" {text} "))
    name = WORD.sub("_", sounds.lower().replace("ü", "v")).strip("_")[:LONGEST].strip("_")
    return name if name[:1].isalpha() else f"item_{name}".rstrip("_")
