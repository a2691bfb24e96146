"""What departments demand of each other, what was answered, and what was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shuyang_data.names import DatasetId
from shuyang_data.words import Word


class DemandStatus(Word):
    """Whether a demand is one that has to be answered."""

    ACCEPTED = "accepted", "已受理"
    WITHDRAWN = "withdrawn", "已撤回"
    DUPLICATE = "duplicate", "重复"
    INCOMPLETE = "incomplete", "待补正"


class Decision(Word):
    """What the provider answered."""

    AGREED = "agreed", "同意"
    REFUSED = "refused", "不同意"


class Exclusion(Word):
    """Why an accepted demand does not count."""

    SECRET = "secret", "涉密"
    UPPER_LEVEL = "upper_level", "上级数据"
    OUT_OF_DUTY = "out_of_duty", "超出职责"


@dataclass(frozen=True)
class Demand:
    """One demand of a department for another's data, with the dates that the law's clocks run on."""

    id: str
    requester: str
    provider: str
    dataset: DatasetId | None
    items: tuple[str, ...]
    purpose: str
    received_on: date
    status: DemandStatus = DemandStatus.ACCEPTED
    duplicate_of: str | None = None
    exclusion: Exclusion | None = None
    decision: Decision | None = None
    decided_on: date | None = None
    extension_days: int = 0
    refusal_basis_type: str | None = None
    refusal_basis: str | None = None
    granted_until: date | None = None


@dataclass(frozen=True)
class Supply:
    """One logged delivery of shared data to a department. withdrawn_at: when it was taken back."""

    demand_id: str
    dataset: DatasetId
    version: str
    path: str
    rows: int
    sha256: str
    at: datetime
    withdrawn_at: datetime | None = None
