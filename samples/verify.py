"""Compares a night with the truth of the demonstration county: every rejected row, every refusal, every count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from shuyang_data.names import DatasetId, Layer
from shuyang_data.records import Delivery, Outcome
from shuyang_data.settings import Settings
from shuyang_data.storage.lakehouse import Lakehouse
from shuyang_data.storage.registry import Registry


def compare(settings: Settings, truth: Path) -> list[str]:
    """Every difference between what was found and what is true, one line each; empty when there is none."""
    expected = json.loads(truth.read_text(encoding="utf-8"))["datasets"]
    registry, lakehouse = Registry(settings.registry), Lakehouse(settings.lake)
    outcomes = registry.outcomes()
    differences: list[str] = []
    for name, facts in expected.items():
        identity = DatasetId.parse(name)
        deliveries = registry.deliveries(identity)
        differences += _deliveries(name, facts, deliveries)
        differences += _counts(name, facts, outcomes.get(identity))
        differences += _rejected(name, facts, deliveries, lakehouse)
    registry.close()
    return differences


def _deliveries(name: str, facts: dict[str, Any], deliveries: list[Delivery]) -> list[str]:
    found = sorted((Path(d.path).name, d.rows or 0, d.refusal) for d in deliveries)
    wanted = sorted((d["file"], d["rows"], d["refusal"]) for d in facts["deliveries"])
    return [] if found == wanted else [f"{name} 交付：应为 {wanted}，实为 {found}"]


def _counts(name: str, facts: dict[str, Any], outcome: Outcome | None) -> list[str]:
    read = [d["rows"] for d in facts["deliveries"] if d["refusal"] is None]
    if facts["blocked"]:
        held = outcome.held if outcome else 0
        return [] if outcome and outcome.blocked_by and held == sum(read) else [f"{name}：应被门禁挡下 {sum(read)} 行"]
    if not read:
        stopped = bool(outcome and outcome.blocked_by) or not facts["deliveries"]
        return [] if stopped else [f"{name}：应被退回"]
    if outcome is None:
        return [f"{name}：没有结果"]
    counts = outcome.counts
    wanted = (sum(read), len(facts["rejected"]), facts["superseded"])
    found = (counts.delivered, counts.rejected, counts.superseded)
    problems = [] if found == wanted else [f"{name} 交付/不合格/被取代：应为 {wanted}，实为 {found}"]
    if counts.delivered != counts.accepted + counts.rejected + counts.superseded:
        problems.append(f"{name}：交付 {counts.delivered} 行，去向只有 {counts.accepted + counts.rejected} 行")
    return problems


def _rejected(name: str, facts: dict[str, Any], deliveries: list[Delivery], lakehouse: Lakehouse) -> list[str]:
    files = lakehouse.files(DatasetId.parse(name).table(Layer.REJECTED))
    names = {delivery.id: Path(delivery.path).name for delivery in deliveries}
    found = set()
    for file in files:
        for row in pq.read_table(file, columns=["_delivery_id", "_row_number", "_reasons"]).to_pylist():
            found.add((names[row["_delivery_id"]], row["_row_number"], row["_reasons"].rstrip(";")))
    wanted = {(file, row, code) for file, row, code in facts["rejected"]}
    extra = [f"{name} 不该退回：{item}" for item in sorted(found - wanted)[:5]]
    return extra + [f"{name} 应退回而没有：{item}" for item in sorted(wanted - found)[:5]]
