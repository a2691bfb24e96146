"""Alembic's entry: the connection comes from `Registry.migrate`, never from a file."""

from __future__ import annotations

from alembic import context

from shuyang_data.storage.registry_model import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
