"""The scores of every dataset, department and the county as of a night, kept when they differ from the last ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from shuyang_data.catalog.model import Catalog, Dataset
from shuyang_data.catalog.terms import FRESH_DAYS
from shuyang_data.county import County
from shuyang_data.names import COUNTY_CODE, DatasetId, Layer
from shuyang_data.quality.scores import ACCESSIBLE, TIMELY, Score, dataset_score, group_score
from shuyang_data.records import Outcome
from shuyang_data.storage.score_log import ScoreLog
from shuyang_data.targets.measures import Facts


def measure_scores(county: County, facts: Facts) -> dict[str, Score]:
    """scope → score tonight; those that changed are saved. facts: what stands in the published folder."""
    outcomes = county.registry.outcomes()
    scores = score_all(county, outcomes, facts)
    log = ScoreLog(county.registry)
    last = log.latest(county.as_of)
    log.save(score for scope, score in scores.items() if _differs(score, last.get(scope)))
    return scores


def _differs(score: Score, last: Score | None) -> bool:
    return last is None or replace(last, as_of=score.as_of) != score


def score_all(county: County, outcomes: Mapping[DatasetId, Outcome], facts: Facts) -> dict[str, Score]:
    catalog, found = county.catalog, {}
    for identity, dataset in catalog.datasets.items():
        outcome = outcomes.get(identity)
        if outcome is not None:
            counts = dict(outcome.indicators) | around_counts(county, dataset, outcome, facts)
            found[str(identity)] = dataset_score(str(identity), county.as_of, counts)
    groups = {name: group_score(name, county.as_of, _of(name, catalog, found)) for name in catalog.departments}
    whole = group_score(COUNTY_CODE, county.as_of, list(found.values()))
    return {**found, **{name: score for name, score in groups.items() if score.total is not None}, COUNTY_CODE: whole}


def _of(department: str, catalog: Catalog, found: Mapping[str, Score]) -> list[Score]:
    names = [str(identity) for identity in catalog.datasets if identity.department == department]
    return [found[name] for name in names if name in found]


def around_counts(county: County, dataset: Dataset, outcome: Outcome, facts: Facts) -> dict[str, tuple[float, float]]:
    """What no judgement says: the age of the data on this day, and whether what is published is there and opens."""
    counts: dict[str, tuple[float, float]] = {}
    cycle = FRESH_DAYS[dataset.frequency]
    if cycle is not None and outcome.data_on is not None:
        counts[TIMELY] = (float((county.as_of - outcome.data_on).days <= cycle), 1.0)
    layers = dataset.published_layers()
    if layers:
        found = [(facts.shared if layer is Layer.SHARED else facts.opened).get(dataset.id) for layer in layers]
        counts[ACCESSIBLE] = (float(sum(f is not None and not f.problems for f in found)), float(len(layers)))
    return counts
