"""What a named person decided about a delivery: kept beside its bytes and in the registry, never taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shuyang_data.words import Word


class Decided(Word):
    """void: out of effect for good. retry: to be read once more. confirm: the keys that it lacks are really gone."""

    VOID = "void", "作废"
    RETRY = "retry", "重读"
    CONFIRM = "confirm", "确认"


@dataclass(frozen=True)
class DeliveryAct:
    """One decision. by: who took it; at: when, with its zone."""

    kind: Decided
    by: str
    reason: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by}{self.kind.label}：{self.reason}"
