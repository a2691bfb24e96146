"""How a department delivers a data set, as the catalog declares it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shuyang_data.catalog.sources import DatabasePull, HttpPull
from shuyang_data.catalog.strict import Strict
from shuyang_data.catalog.terms import DeliveryMode, FileFormat, PeriodUnit


class Operation(Strict):
    """The column of an increment that says what a row does. delete: its words for "this key is gone"."""

    column: str
    delete: tuple[str, ...] = Field(min_length=1)


class Period(Strict):
    """A delivery brings whole periods: of each that it names, rows of earlier deliveries give way."""

    column: str
    unit: PeriodUnit = PeriodUnit.VALUE


class Delivery(Strict):
    """How the department sends it: files named `<file>_<YYYYMMDD>[_n | _HHMM].<ext>` in its inbox folder.

    mode full: the newest delivery is the whole dataset. mode increment: a delivery adds rows and
    replaces rows of the same key. pull: how it is fetched where nobody sends it. ahead: days by which the data date may
    lie after the day of receipt. operation, replaces: how an increment takes rows away. parts: whether a sheet, table
    or member that should be data and cannot be used refuses the delivery (all) or is told and left out (any).
    lost_share: of the keys in force, how many a full delivery may lack before a person confirms it; moving_window: it
    lacks keys by its nature.
    """

    file: str = Field(min_length=1)
    format: FileFormat
    mode: DeliveryMode = DeliveryMode.FULL
    pull: DatabasePull | HttpPull | None = Field(default=None, discriminator="kind")
    ahead: int = Field(default=0, ge=0, le=366)
    operation: Operation | None = None
    replaces: Period | None = None
    parts: Literal["all", "any"] = "all"
    lost_share: float = Field(default=0.2, ge=0, le=1)
    moving_window: bool = False

    @model_validator(mode="after")
    def increments_merge(self) -> Delivery:
        if isinstance(self.pull, DatabasePull) and self.pull.watermark and self.mode is not DeliveryMode.INCREMENT:
            raise ValueError("按水位增量拉取的数据集，mode 应为 increment")
        if (self.operation or self.replaces) and self.mode is not DeliveryMode.INCREMENT:
            raise ValueError("operation 与 replaces 只用于 mode: increment")
        return self
