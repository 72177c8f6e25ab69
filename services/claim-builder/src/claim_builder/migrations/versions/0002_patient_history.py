"""What was billed of the same patient before is found by a key of the patient: duplicates, frequency, global periods."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE claim_version ADD COLUMN patient_key bytea")
    op.execute("CREATE INDEX claim_version_patient ON claim_version (tenant_id, patient_key) WHERE state = 'built'")
