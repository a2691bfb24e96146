"""What every declaration is: frozen, without unknown fields, without silent conversions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
