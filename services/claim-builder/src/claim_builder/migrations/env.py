"""Alembic's entry point: the connection comes from `kit.database.migrate`."""

from kit.database.alembic_env import run

from claim_builder.models import Base

run(Base.metadata)
