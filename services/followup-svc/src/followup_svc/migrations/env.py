from kit.database.alembic_env import run

from followup_svc.models import Base

run(Base.metadata)
