"""Submissions, interchanges with their members and exact bytes, acknowledgements per claim."""

from __future__ import annotations

from alembic import op
from kit.database import ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    ddl.messaging_v1()
    ddl.api_v1()
    ddl.webhooks_v1()
    _claims()
    _interchanges()
    _members()
    _acknowledgements()


def _tenant_table(table: str, privileges: str) -> None:
    """Row-level security, and exactly these privileges: what is written once cannot be changed by the service."""
    ddl.tenant_table(table, privileges)
    op.execute(f'REVOKE ALL ON "{table}" FROM "{ddl.app_role()}"')
    ddl.grant(table, privileges)


def _claims() -> None:
    op.execute(
        """
        CREATE TABLE submission (
            tenant_id text NOT NULL,
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            encounter_id uuid NOT NULL,
            encounter_version int NOT NULL,
            gateway_id text,
            payer_id text NOT NULL,
            patient_control_number text NOT NULL,
            frequency_code text NOT NULL,
            charge_cents bigint NOT NULL,
            line_count int NOT NULL,
            corrects boolean NOT NULL,
            content text NOT NULL,
            state text NOT NULL DEFAULT 'pending' CHECK (state IN
                ('pending', 'batched', 'delivered', 'accepted', 'rejected', 'withdrawn', 'parked')),
            reason text,
            interchange_id uuid,
            attempt_count int NOT NULL DEFAULT 0,
            payer_claim_control_number text,
            built_at timestamptz NOT NULL,
            queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            delivered_at timestamptz,
            overdue_at timestamptz,
            built_traceparent text,
            submit_traceparent text,
            PRIMARY KEY (claim_id, claim_version)
        )
        """
    )
    op.execute(
        "CREATE INDEX submission_pending ON submission (tenant_id, gateway_id, queued_at) WHERE state = 'pending'"
    )
    op.execute(
        "CREATE INDEX submission_unanswered ON submission (delivered_at) WHERE state = 'delivered' AND overdue_at IS NULL"
    )
    op.execute("CREATE INDEX submission_unrouted ON submission (tenant_id, payer_id) WHERE reason = 'no_gateway'")
    op.execute("CREATE INDEX submission_number ON submission (tenant_id, gateway_id, patient_control_number)")
    op.execute("CREATE INDEX submission_page ON submission (tenant_id, built_at, claim_id, claim_version)")
    _tenant_table("submission", "SELECT, INSERT, UPDATE")
    op.execute(
        """
        CREATE TABLE withdrawal (
            tenant_id text NOT NULL,
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            reason text NOT NULL,
            occurred_at timestamptz NOT NULL,
            PRIMARY KEY (claim_id, claim_version)
        )
        """
    )
    _tenant_table("withdrawal", "SELECT, INSERT")


def _interchanges() -> None:
    op.execute(
        """
        CREATE TABLE control_number (
            tenant_id text NOT NULL,
            gateway_id text NOT NULL,
            interchange bigint NOT NULL,
            functional_group bigint NOT NULL,
            transaction_set bigint NOT NULL,
            PRIMARY KEY (tenant_id, gateway_id)
        )
        """
    )
    _tenant_table("control_number", "SELECT, INSERT, UPDATE")
    op.execute(
        """
        CREATE TABLE interchange (
            tenant_id text NOT NULL,
            interchange_id uuid PRIMARY KEY,
            gateway_id text NOT NULL,
            interchange_control_number bigint NOT NULL,
            group_control_number bigint NOT NULL,
            idempotency_key uuid NOT NULL UNIQUE,
            content bytea NOT NULL,
            content_sha256 bytea NOT NULL CHECK (content_sha256 = sha256(content)),
            claim_count int NOT NULL,
            created_at timestamptz NOT NULL,
            state text NOT NULL DEFAULT 'intent' CHECK (state IN
                ('intent', 'sending', 'delivered', 'refused', 'unknown', 'stalled')),
            post_count int NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now(),
            first_posted_at timestamptz,
            delivered_at timestamptz,
            last_answer text,
            gateway_reference text,
            traceparent text,
            UNIQUE (tenant_id, gateway_id, interchange_control_number),
            UNIQUE (tenant_id, gateway_id, group_control_number)
        )
        """
    )
    op.execute(
        "CREATE INDEX interchange_due ON interchange (tenant_id, gateway_id, due_at) WHERE state IN ('intent', 'sending', 'unknown')"
    )
    op.execute("CREATE INDEX interchange_page ON interchange (tenant_id, created_at, interchange_id)")
    # The database itself keeps members, bytes, control numbers and key from ever changing.
    _tenant_table("interchange", "SELECT, INSERT")
    mutable = "state, post_count, due_at, first_posted_at, delivered_at, last_answer, gateway_reference, traceparent"
    op.execute(f'GRANT UPDATE ({mutable}) ON interchange TO "{ddl.app_role()}"')


def _members() -> None:
    op.execute(
        """
        CREATE TABLE transaction_set (
            tenant_id text NOT NULL,
            gateway_id text NOT NULL,
            interchange_id uuid NOT NULL REFERENCES interchange,
            control_number text NOT NULL,
            reference text NOT NULL,
            claim_count int NOT NULL,
            PRIMARY KEY (interchange_id, control_number),
            UNIQUE (tenant_id, gateway_id, reference)
        )
        """
    )
    _tenant_table("transaction_set", "SELECT, INSERT")
    op.execute(
        """
        CREATE TABLE interchange_member (
            tenant_id text NOT NULL,
            interchange_id uuid NOT NULL,
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            control_number text NOT NULL,
            patient_control_number text NOT NULL,
            billing_npi text NOT NULL,
            PRIMARY KEY (interchange_id, claim_id),
            UNIQUE (interchange_id, patient_control_number),
            FOREIGN KEY (interchange_id, control_number) REFERENCES transaction_set,
            FOREIGN KEY (claim_id, claim_version) REFERENCES submission
        )
        """
    )
    op.execute("CREATE INDEX interchange_member_claim ON interchange_member (claim_id, claim_version)")
    _tenant_table("interchange_member", "SELECT, INSERT")


def _acknowledgements() -> None:
    op.execute(
        """
        CREATE TABLE acknowledgement (
            tenant_id text NOT NULL,
            acknowledgement_id uuid PRIMARY KEY,
            gateway_id text NOT NULL,
            kinds text NOT NULL,
            content_sha256 bytea NOT NULL,
            content bytea,
            state text NOT NULL CHECK (state IN ('applied', 'waiting')),
            unmatched_count int NOT NULL DEFAULT 0,
            received_at timestamptz NOT NULL,
            attempts int NOT NULL DEFAULT 1,
            retry_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX acknowledgement_waiting ON acknowledgement (retry_at) WHERE state = 'waiting'")
    _tenant_table("acknowledgement", "SELECT, INSERT, UPDATE")
    op.execute(
        """
        CREATE TABLE claim_acknowledgement (
            tenant_id text NOT NULL,
            fact_id uuid PRIMARY KEY,
            acknowledgement_id uuid NOT NULL,
            interchange_id uuid NOT NULL,
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            source text NOT NULL CHECK (source IN ('gateway', 'TA1', '999', '277CA')),
            verdict text NOT NULL CHECK (verdict IN ('waiting', 'accepted', 'rejected', 'released')),
            status_codes jsonb NOT NULL,
            error_locations jsonb NOT NULL,
            payer_claim_control_number text,
            received_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX claim_acknowledgement_claim ON claim_acknowledgement (claim_id, claim_version)")
    _tenant_table("claim_acknowledgement", "SELECT, INSERT")


def downgrade() -> None:
    raise NotImplementedError("what was sent to a payer is not forgotten")
