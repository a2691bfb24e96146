"""A delivery's drift: how its columns differ from the catalog's; what was last pulled; departments' keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("drift", sa.JSON, nullable=False, server_default="[]"))
    op.create_table(
        "department_key",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("department", sa.String(64), nullable=False),
    )
    op.create_table(
        "pull", sa.Column("dataset", sa.String(130), primary_key=True), sa.Column("body", sa.JSON, nullable=False)
    )
