"""What became of the claims: rules are tried on past ones before they go live. Facts, written once, in any order."""

from __future__ import annotations

from alembic import op
from kit.database.ddl import tenant_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign key: an outcome may be told before the claim is known here again (a replay in another order).
    op.execute(
        """
        CREATE TABLE claim_outcome (
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            event_id uuid NOT NULL,
            tenant_id text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('paid', 'denied', 'rejected', 'closed')),
            detail text,
            occurred_at timestamptz NOT NULL,
            PRIMARY KEY (claim_id, claim_version, event_id)
        )
        """
    )
    tenant_table("claim_outcome", "SELECT, INSERT")
