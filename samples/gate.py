"""Proof that the gate works: clean history, rules suggested from it, then one kind of defect at a time.

A row counts as found when it is rejected or listed as failing; a whole delivery when it is refused, or a rule about
the table fails that held on the clean one. A false alarm is a row or a table rule that is flagged without a defect.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from samples.mutations import MUTATIONS, PERMIT, SUBSIDY, WATER, Mutation, Spoilt
from samples.people import residents
from samples.values import Columns, clean_columns
from samples.write import write_csv
from shuyang_data.catalog.load import CHECKS
from shuyang_data.catalog.model import Dataset
from shuyang_data.chain.make import make
from shuyang_data.chain.references import with_references
from shuyang_data.chain.standardize import Judged, judge_candidate
from shuyang_data.county import County, open_county
from shuyang_data.names import DatasetId, Layer
from shuyang_data.quality.expectations import about_rows
from shuyang_data.quality.suite import failing_rows
from shuyang_data.records import DeliveryState
from shuyang_data.settings import Settings
from shuyang_data.standard.deduplicate import ACCEPTED, REJECTED
from shuyang_data.stewardship.suggestions import accept, suggest_rules

PARENTS = ("police/population", "market/market_entity")
SIZES = {"police/population": 3000, "market/market_entity": 1500, SUBSIDY: 2000, PERMIT: 2000, WATER: 2000}
HISTORY = 6
SEED, DAY = 20261124, date(2026, 11, 24)
STABLE, NO_GAPS = "expect_column_distribution_to_be_stable", "expect_time_series_to_have_no_gaps"
DECLARED: dict[str, tuple[tuple[str, str, dict[str, object]], ...]] = {
    WATER: (("gaps", NO_GAPS, {"column": "measured_at", "series": ["station"], "seconds": 3600}),),
    SUBSIDY: (("type", STABLE, {"column": "subsidy_type"}), ("amount", STABLE, {"column": "amount_yuan"})),
}


@dataclass(frozen=True)
class Found:
    """What the gate made of one kind. wrong: rows, or deliveries; by_catalog: how many of those the catalog's own rules
    found; found: together with the suggested ones; alarms: sound rows that were flagged.
    """

    name: str
    title: str
    wrong: int
    by_catalog: int
    found: int
    alarms: int

    def line(self) -> str:
        """A line of the table in docs/quality.md."""
        return f"| {self.title} | {self.wrong} | {self.by_catalog} | {self.found} | {self.alarms} |"


class Proof:
    """A county in a folder: clean deliveries of some days, all suggested rules accepted."""

    def __init__(self, folder: Path, catalog: Path, today: date) -> None:
        shutil.copytree(catalog, folder / "catalog")
        shutil.rmtree(folder / CHECKS, ignore_errors=True)
        self.today, self.home = today, folder / "home"
        self.settings = Settings(home=self.home, catalog=folder / "catalog", workers=0)
        self.clean: dict[str, Columns] = {}
        self.held: dict[str, set[str]] = {}
        self.alarms = 0
        self._prepare()

    def open(self, as_of: date | None = None) -> County:
        return open_county(self.settings, as_of or self.today, "proof")

    def _prepare(self) -> None:
        county = self.open()
        people = residents(SIZES[PARENTS[0]], self.today, np.random.default_rng(SEED))
        keys: dict[str, np.ndarray] = {}
        for name in SIZES:
            dataset = county.catalog.datasets[DatasetId.parse(name)]
            random = np.random.default_rng([SEED, len(keys)])
            columns = clean_columns(dataset, county.catalog, SIZES[name], self.today, keys, people, random)
            keys |= {f"{name}.{key}": columns[key] for key in dataset.key}
            if name == PERMIT:
                _in_order(columns)
            self.clean[name] = columns
            days = HISTORY if name not in PARENTS else 0
            for back in range(days, -1, -1):
                size = SIZES[name] - back
                self._put(dataset, {key: values[:size] for key, values in columns.items()}, back)
                deque(make(county, dataset, (Layer.LANDING, Layer.RAW, Layer.STANDARD)), maxlen=0)
        for name in SIZES:
            if name not in PARENTS:
                self._declare(county, county.catalog.datasets[DatasetId.parse(name)])
        county.registry.close()
        for name in (SUBSIDY, PERMIT, WATER):
            judged, _, flagged = self.judge(name, Spoilt(_copied(self.clean[name]), []))
            assert judged is not None
            self.held[name] = {result.rule_id for result in judged.results if result.passed}
            self.alarms += len(flagged) + sum(not r.passed and r.assessable for r in judged.results)

    def _declare(self, county: County, dataset: Dataset) -> None:
        """All that was suggested, and what an officer would add for a series and for amounts."""
        offered = [suggestion.check.id for suggestion in suggest_rules(county, dataset)]
        path = accept(county, dataset, offered, "证明", self.today)
        with path.open("a", encoding="utf-8") as target:
            for name, kind, kwargs in DECLARED.get(str(dataset.id), ()):
                body = {"id": name, "type": kind, "kwargs": kwargs, "severity": "rectify", "indicator": "0501"}
                target.write(f"- {json.dumps(body | {'title': f'证明 {name}'}, ensure_ascii=False)}\n")

    def _put(self, dataset: Dataset, columns: Columns, back: int, spoilt: Spoilt | None = None) -> None:
        """A delivery into the inbox."""
        day = self.today - timedelta(days=back + (spoilt.days_late if spoilt else 0))
        path = self.home / "inbox" / dataset.id.department / f"{dataset.delivery.file}_{day:%Y%m%d}_9{9 - back}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(path, [c.title for c in dataset.columns], [columns[c.name] for c in dataset.columns], "utf-8")
        if spoilt is not None and spoilt.bytes_of is not None:
            path.write_bytes(spoilt.bytes_of(path.read_bytes()))

    def run(self, mutation: Mutation, number: int) -> Found:
        """One kind put into one clean delivery."""
        random = np.random.default_rng([SEED, number])
        spoilt = mutation.make(_copied(self.clean[mutation.dataset]), random)
        judged, rejected, flagged = self.judge(mutation.dataset, spoilt)
        if judged is None:
            return Found(mutation.name, mutation.title, 1, 1, 1, 0)
        failed = {r.rule_id for r in judged.results if not r.passed and r.assessable} & self.held[mutation.dataset]
        if spoilt.rows is None:
            catalog = {name for name in failed if not name.startswith("check.")}
            return Found(mutation.name, mutation.title, 1, int(bool(catalog)), int(bool(failed)), 0)
        wrong = set() if mutation.harmless else set(spoilt.rows)
        alarms = len(flagged - wrong - set(spoilt.twins))
        return Found(mutation.name, mutation.title, len(wrong), len(wrong & rejected), len(wrong & flagged), alarms)

    def judge(self, name: str, spoilt: Spoilt) -> tuple[Judged | None, set[int], set[int]]:
        """(the judged delivery, None when refused; rejected rows, flagged rows, from 0); nothing is kept of it."""
        kept = self.home.with_name("kept")
        shutil.copytree(self.home, kept, symlinks=True)
        as_of = self.today + timedelta(days=1)
        county = self.open(as_of)
        dataset = county.catalog.datasets[DatasetId.parse(name)]
        if spoilt.days_late:
            _forget(county, dataset)
        try:
            self._put(dataset, spoilt.columns, -1, spoilt)
            deque(make(county, dataset, (Layer.LANDING, Layer.RAW)), maxlen=0)
            newest = county.registry.deliveries(dataset.id)[-1 if not spoilt.days_late else 0]
            if newest.state is DeliveryState.REFUSED:
                return None, set(), set()
            judged = judge_candidate(county, dataset)
            return judged, *_flagged(county, judged, newest.id)
        finally:
            county.engine.release()
            county.registry.close()
            shutil.rmtree(self.home)
            kept.rename(self.home)


def _forget(county: County, dataset: Dataset) -> None:
    """A late delivery is the newest one only when it is the only one."""
    for delivery in county.registry.deliveries(dataset.id):
        county.registry.save_delivery(replace(delivery, state=DeliveryState.VOIDED))


def _copied(columns: Columns) -> Columns:
    return {name: values.copy() for name, values in columns.items()}


def _in_order(columns: Columns) -> None:
    """Permits that end after they begin: the generator draws both days by themselves."""
    pairs = [sorted(pair) for pair in zip(columns["valid_from"], columns["valid_until"], strict=True)]
    columns["valid_from"], columns["valid_until"] = (np.array(days, dtype=object) for days in zip(*pairs, strict=True))


def _flagged(county: County, judged: Judged, delivery: str) -> tuple[set[int], set[int]]:
    """Rows of the delivery that are rejected, and those with the ones that break a declared rule; from 0."""
    mine = judged.fated.filter(judged.fated["_delivery_id"] == delivery)
    rejected = county.engine.fetch(mine.filter(mine["_fate"] == REJECTED).select("_row_number"))
    rows = list(rejected)
    sound = judged.fated.filter(judged.fated["_fate"] == ACCEPTED)
    declared = [rule for rule in judged.rules if rule.id.startswith("check.") and not rule.reason]
    sound, _ = with_references(county, declared, sound)
    about = [rule for rule in declared if about_rows(rule)]
    if about:
        failing = failing_rows(sound, about, ["_row_number", "_delivery_id"])
        rows += county.engine.fetch(failing.filter(failing["_delivery_id"] == delivery).select("_row_number"))
    return {row["_row_number"] - 2 for row in rejected}, {row["_row_number"] - 2 for row in rows}


def prove(folder: Path, catalog: Path) -> list[Found]:
    """Every kind, and the clean deliveries themselves as the last line; the same on every day."""
    proof = Proof(folder, catalog, DAY)
    found = [proof.run(mutation, number) for number, mutation in enumerate(MUTATIONS)]
    return [*found, Found("clean", "干净的交付", 0, 0, 0, proof.alarms)]
