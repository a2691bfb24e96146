"""The log of catalog changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "catalog_change",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("batch", sa.String(40), nullable=False),
        sa.Column("entry", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_catalog_change_batch", "catalog_change", ["batch"])
    op.create_index("ix_catalog_change_entry", "catalog_change", ["entry"])


def downgrade() -> None:
    op.drop_table("catalog_change")
