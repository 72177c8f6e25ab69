from alembic import op
from kit.database import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.messaging_v1()
    ddl.api_v1()
    ddl.webhooks_v1()
    op.execute("CREATE TABLE counted (tenant_id text NOT NULL, encounter_id uuid PRIMARY KEY, times int NOT NULL)")
    ddl.tenant_table("counted")
