"""What persons decided about a delivery, what the catalog said when it was refused; when a release was withdrawn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("acts", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("delivery", sa.Column("tried", sa.String(16), nullable=False, server_default=""))
    op.add_column("release", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("release") as table:
        table.drop_column("withdrawn_at")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("tried")
        table.drop_column("acts")
