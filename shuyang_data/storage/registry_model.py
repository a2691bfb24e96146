"""The registry's tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, DateTime, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}


class DeliveryRow(Base):
    __tablename__ = "delivery"

    dataset: Mapped[str] = mapped_column(String(130), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    path: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    data_on: Mapped[date] = mapped_column(Date)
    sequence: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int | None] = mapped_column(BigInteger)
    refusal: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text, default="")
    drift: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    acts: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    tried: Mapped[str] = mapped_column(String(16), default="", server_default="")
    ledger: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")


class OutcomeRow(Base):
    __tablename__ = "outcome"

    dataset: Mapped[str] = mapped_column(String(130), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class DepartmentKeyRow(Base):
    """digest: SHA-256 of the key; the key itself is shown once and kept nowhere."""

    __tablename__ = "department_key"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    department: Mapped[str] = mapped_column(String(64))


class PullRow(Base):
    __tablename__ = "pull"

    dataset: Mapped[str] = mapped_column(String(130), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReleaseRow(Base):
    __tablename__ = "release"

    dataset: Mapped[str] = mapped_column(String(130), primary_key=True)
    layer: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(String(60), primary_key=True)
    released_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_current: Mapped[int] = mapped_column(Integer)
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index("release_current", "is_current"),)


class DemandRow(Base):
    __tablename__ = "demand"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class SupplyRow(Base):
    __tablename__ = "supply"

    demand_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class TicketRow(Base):
    """since: the day from which the ticket's clock runs."""

    __tablename__ = "ticket"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    dataset: Mapped[str] = mapped_column(String(130), index=True)
    since: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ScoreRow(Base):
    """scope: a dataset, a department, or the county's code; a row only for days on which its score changed."""

    __tablename__ = "score"

    scope: Mapped[str] = mapped_column(String(130), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class NightRow(Base):
    __tablename__ = "night"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    as_of: Mapped[date] = mapped_column(Date)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class ChangeRow(Base):
    """entry: `<register> <identity>`."""

    __tablename__ = "catalog_change"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    batch: Mapped[str] = mapped_column(String(40), index=True)
    entry: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[str] = mapped_column(String(16))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
