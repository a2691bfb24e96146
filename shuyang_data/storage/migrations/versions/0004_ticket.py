"""Correction tickets with rule, delivery, state and history. Nothing ever wrote to the table that they replace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.drop_table("ticket")
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("dataset", sa.String(130), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_ticket_dataset", "ticket", ["dataset"])
    op.create_table(
        "score",
        sa.Column("scope", sa.String(130), primary_key=True),
        sa.Column("as_of", sa.Date(), primary_key=True),
        sa.Column("body", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("score")
    op.drop_index("ix_ticket_dataset", "ticket")
    op.drop_table("ticket")
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("dataset", sa.String(130), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("detail", sa.Text(), nullable=False),
    )
