"""Encounters as last coded or closed, claims with their versions, and what billers fixed."""

from __future__ import annotations

from alembic import op
from kit.database.ddl import messaging_v1, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    messaging_v1()
    _encounters()
    _claims()
    _versions()
    _fixes()


def _encounters() -> None:
    op.execute(
        """
        CREATE TABLE encounter (
            encounter_id uuid PRIMARY KEY,
            tenant_id text NOT NULL,
            encounter_version int NOT NULL DEFAULT 0,
            coding_version int NOT NULL DEFAULT 0,
            coded jsonb,
            correction jsonb,
            closed_version int NOT NULL DEFAULT 0,
            closed_reason text,
            CHECK ((coded IS NULL) = (encounter_version = 0)),
            CHECK ((closed_reason IS NULL) = (closed_version = 0))
        )
        """
    )
    tenant_table("encounter", "SELECT, INSERT, UPDATE")


def _claims() -> None:
    op.execute(
        """
        CREATE TABLE claim (
            claim_id uuid PRIMARY KEY,
            tenant_id text NOT NULL,
            encounter_id uuid NOT NULL REFERENCES encounter,
            payer_sequence text NOT NULL CHECK (payer_sequence IN ('P', 'S', 'T')),
            patient_control_number text NOT NULL,
            payer_id text NOT NULL,
            claim_version int NOT NULL,
            state text NOT NULL,
            frequency_code text NOT NULL,
            charge_cents bigint NOT NULL,
            encounter_version int NOT NULL,
            coding_version int NOT NULL,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            UNIQUE (tenant_id, patient_control_number)
        )
        """
    )
    op.execute("CREATE INDEX claim_encounter ON claim (encounter_id)")
    op.execute("CREATE INDEX claim_listed ON claim (tenant_id, created_at, claim_id)")
    op.execute("CREATE INDEX claim_held ON claim (tenant_id, created_at, claim_id) WHERE state = 'held'")
    tenant_table("claim", "SELECT, INSERT, UPDATE")


def _versions() -> None:
    # A version is written once; only where it stands changes afterwards.
    op.execute(
        """
        CREATE TABLE claim_version (
            claim_id uuid NOT NULL,
            claim_version int NOT NULL,
            tenant_id text NOT NULL,
            encounter_version int NOT NULL,
            coding_version int NOT NULL,
            reason text NOT NULL,
            state text NOT NULL CHECK (state IN ('held', 'built', 'withdrawn', 'superseded', 'corrected')),
            frequency_code text NOT NULL CHECK (frequency_code IN ('1', '7', '8')),
            charge_cents bigint NOT NULL,
            content jsonb NOT NULL,
            content_sha256 bytea NOT NULL,
            findings jsonb NOT NULL,
            unpriced int[] NOT NULL,
            correction jsonb,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (claim_id, claim_version),
            UNIQUE (claim_id, reason)
        )
        """
    )
    tenant_table("claim_version", "SELECT, INSERT, UPDATE (state, changed_at)")


def _fixes() -> None:
    op.execute(
        """
        CREATE TABLE claim_fix (
            claim_id uuid NOT NULL REFERENCES claim,
            fix_number int NOT NULL,
            tenant_id text NOT NULL,
            claim_version int NOT NULL,
            field text NOT NULL,
            value_before jsonb NOT NULL,
            value_after jsonb NOT NULL,
            reason text NOT NULL,
            fixed_by text NOT NULL,
            fixed_at timestamptz NOT NULL,
            PRIMARY KEY (claim_id, fix_number)
        )
        """
    )
    tenant_table("claim_fix", "SELECT, INSERT")
