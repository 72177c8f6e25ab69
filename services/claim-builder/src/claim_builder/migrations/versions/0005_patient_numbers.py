"""The same patient is also found by record and member numbers, as names are mended; a version has several such keys.

The table is new and empty, so nothing is locked for long: older versions are found by name as before.
"""

from __future__ import annotations

from alembic import op
from kit.database.ddl import tenant_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE claim_patient (
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            tenant_id text NOT NULL,
            patient_key bytea NOT NULL,
            PRIMARY KEY (claim_id, claim_version, patient_key)
        )
        """
    )
    op.execute("CREATE INDEX claim_patient_key ON claim_patient (tenant_id, patient_key)")
    tenant_table("claim_patient", "SELECT, INSERT")
