"""The registry's first form."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_deliveries()
    _create_bodies()
    _create_dated()


def _create_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("dataset", sa.String(130), primary_key=True),
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data_on", sa.Date, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rows", sa.BigInteger),
        sa.Column("refusal", sa.String(40)),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _create_bodies() -> None:
    for table, keys in (
        ("outcome", [sa.Column("dataset", sa.String(130), primary_key=True)]),
        ("demand", [sa.Column("id", sa.String(40), primary_key=True)]),
        (
            "supply",
            [
                sa.Column("demand_id", sa.String(40), primary_key=True),
                sa.Column("version", sa.String(60), primary_key=True),
            ],
        ),
    ):
        op.create_table(table, *keys, sa.Column("body", sa.JSON, nullable=False))
    op.create_table(
        "release",
        sa.Column("dataset", sa.String(130), primary_key=True),
        sa.Column("layer", sa.String(16), primary_key=True),
        sa.Column("version", sa.String(60), primary_key=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_index("release_current", "release", ["is_current"])


def _create_dated() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("dataset", sa.String(130), nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "night",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("body", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    for table in ("night", "ticket", "release", "supply", "demand", "outcome", "delivery"):
        op.drop_table(table)
