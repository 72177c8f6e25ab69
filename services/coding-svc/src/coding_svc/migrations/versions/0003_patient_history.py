"""The patient's earlier encounters are found by a key of the patient, for global periods, new patients, copied text."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE encounter_version ADD COLUMN patient_key bytea, ADD COLUMN specialty text")
    op.execute("CREATE INDEX encounter_version_patient ON encounter_version (tenant_id, patient_key, service_date)")
