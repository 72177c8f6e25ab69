"""Called by Alembic."""

from kit.database.alembic_env import run

from coding_svc.models import Base

run(Base.metadata)
