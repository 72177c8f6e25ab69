from kit.database.alembic_env import run
from sqlalchemy import MetaData

run(MetaData())
