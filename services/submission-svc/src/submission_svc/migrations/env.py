"""Alembic's entry point: the connection comes from `kit.database.migrate`."""

from kit.database.alembic_env import run

from submission_svc.models import Base

run(Base.metadata)
