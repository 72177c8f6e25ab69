"""Encounters and their versions, what coding made of them, the coder queue, corrections."""

from alembic import op
from kit.database.ddl import api_v1, messaging_v1, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE encounter (
        encounter_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        external_id text NOT NULL,
        current_version int NOT NULL DEFAULT 1,
        state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'held', 'coded', 'closed')),
        waits_on text CHECK (waits_on IN ('coder', 'provider', 'emr')),
        reason_codes text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        UNIQUE (tenant_id, external_id)
    )
    """,
    "CREATE INDEX encounter_page ON encounter (tenant_id, created_at DESC, encounter_id DESC)",
    """
    CREATE TABLE encounter_version (
        encounter_id uuid NOT NULL REFERENCES encounter,
        version int NOT NULL,
        tenant_id text NOT NULL,
        cause text NOT NULL CHECK (cause IN ('new', 'revised', 'cancelled')),
        source text NOT NULL CHECK (source IN ('json', 'fhir')),
        content text NOT NULL,
        content_sha256 bytea NOT NULL,
        notices jsonb NOT NULL DEFAULT '[]',
        service_date date NOT NULL,
        received_at timestamptz NOT NULL,
        PRIMARY KEY (encounter_id, version)
    )
    """,
    """
    CREATE TABLE coding_outcome (
        encounter_id uuid NOT NULL,
        encounter_version int NOT NULL,
        number int NOT NULL,
        tenant_id text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('coded', 'held', 'closed')),
        kind_number int NOT NULL,
        reason_codes text[] NOT NULL DEFAULT '{}',
        waits_on text,
        released_by text,
        sheet jsonb,
        correction jsonb,
        made_at timestamptz NOT NULL,
        PRIMARY KEY (encounter_id, encounter_version, number),
        UNIQUE (encounter_id, encounter_version, kind, kind_number),
        FOREIGN KEY (encounter_id, encounter_version) REFERENCES encounter_version
    )
    """,
    """
    CREATE TABLE review_item (
        review_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL,
        encounter_version int NOT NULL,
        outcome_number int NOT NULL,
        state text NOT NULL DEFAULT 'open'
            CHECK (state IN ('open', 'released', 'closed', 'returned', 'superseded')),
        reason_codes text[] NOT NULL,
        opened_at timestamptz NOT NULL,
        decided_at timestamptz,
        FOREIGN KEY (encounter_id, encounter_version, outcome_number) REFERENCES coding_outcome
    )
    """,
    "CREATE INDEX review_item_open ON review_item (tenant_id, opened_at, review_id) WHERE state = 'open'",
    "CREATE INDEX review_item_encounter ON review_item (encounter_id)",
    """
    CREATE TABLE review_decision (
        review_id uuid PRIMARY KEY REFERENCES review_item,
        tenant_id text NOT NULL,
        decided_by text NOT NULL,
        decision text NOT NULL CHECK (decision IN ('release', 'close', 'return')),
        reason text NOT NULL,
        edits jsonb NOT NULL,
        sheet_before jsonb NOT NULL,
        sheet_after jsonb NOT NULL,
        decided_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE correction (
        event_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL REFERENCES encounter,
        correction jsonb NOT NULL,
        requested_at timestamptz NOT NULL,
        carried_at timestamptz
    )
    """,
    "CREATE INDEX correction_open ON correction (encounter_id) WHERE carried_at IS NULL",
)
TENANT_TABLES = ("encounter", "encounter_version", "coding_outcome", "review_item", "review_decision", "correction")


def upgrade() -> None:
    messaging_v1()
    api_v1()
    for table in TABLES:
        op.execute(table)
    for name in TENANT_TABLES:
        tenant_table(name, "SELECT, INSERT, UPDATE")
