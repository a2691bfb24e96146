"""The names under which Dagster knows things: in Chinese, because its lists, graphs and search show nothing else.

Groups, ops and jobs must be ASCII words; a dataset's identity stands in its group and in the tag `dataset`.
"""

from collections import Counter
from functools import cache

import dagster as dg

from shuyang_data.catalog import spoken
from shuyang_data.catalog.findings import TITLES as FINDINGS
from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.names import DatasetId, Layer
from shuyang_data.night.closing import TITLES, Key
from shuyang_data.stewardship.listings import LISTINGS

DATASET_TAG = "dataset"
CHECKS = {**FINDINGS, "gate": "先共享再建设", "overdue": "没有逾期"}
CLOSING_GROUP, LISTING_GROUP, TODO_GROUP = "closing", "registers", "todo"


def office(catalog: Catalog, department: str) -> str:
    """A department as people say it, without the county's name before it."""
    return _part(spoken.office(catalog.title(department)))


def dataset_key(dataset: Dataset, catalog: Catalog, layer: Layer) -> dg.AssetKey:
    """`民政局 / 养老机构名录·标准`: a graph shows only the last part."""
    title = dataset.title
    if titles_of(catalog)[dataset.id.department, title] > 1:
        title = f"{title}（{dataset.id.dataset}）"
    return dg.AssetKey([office(catalog, dataset.id.department), _part(f"{title}·{layer.label}")])


@cache
def _titles(pairs: tuple[tuple[str, str], ...]) -> Counter[tuple[str, str]]:
    return Counter(pairs)


def titles_of(catalog: Catalog) -> Counter[tuple[str, str]]:
    """(department, title) → how many datasets bear it."""
    return _titles(tuple((d.id.department, d.title) for d in catalog.datasets.values()))


def group_of(identity: DatasetId) -> str:
    """Drawn as nested boxes."""
    return f"{identity.department}/{identity.dataset}"


def op_name(identity: DatasetId) -> str:
    return f"{identity.department}__{identity.dataset}"


def closing_key(key: Key, catalog: Catalog) -> dg.AssetKey:
    """Of what closes a night: `目标 / 两项目标`, `清单 / 信息系统`, `待办 / 民政局`."""
    register, name = key
    if register == "todo":
        return dg.AssetKey(["待办", f"{office(catalog, name)}·待办"])
    if key in TITLES:
        return dg.AssetKey(["目标", TITLES[key][0]])
    return dg.AssetKey(["清单", _part(LISTINGS[key])])


def closing_check(name: str) -> str:
    """What a check of a listing is called."""
    return CHECKS[name]


def _part(text: str) -> str:
    """Dagster joins the parts of a key with a slash."""
    return text.replace("/", "／")
