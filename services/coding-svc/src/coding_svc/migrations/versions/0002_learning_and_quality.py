"""What coders' corrections taught and what the practice took up; blind second coding; questions to the provider."""

from alembic import op
from kit.database.ddl import tenant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE lexicon_observation (
        review_id uuid NOT NULL REFERENCES review_item,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL,
        term text NOT NULL,
        code text NOT NULL,
        effect text NOT NULL CHECK (effect IN ('means', 'not')),
        made_at timestamptz NOT NULL,
        PRIMARY KEY (review_id, term, code, effect)
    )
    """,
    """
    CREATE TABLE lexicon_version (
        tenant_id text NOT NULL,
        version int NOT NULL CHECK (version > 0),
        made_by text NOT NULL,
        reason text NOT NULL,
        made_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, version)
    )
    """,
    """
    CREATE TABLE lexicon_change (
        tenant_id text NOT NULL,
        version int NOT NULL,
        term text NOT NULL,
        code text NOT NULL,
        effect text NOT NULL CHECK (effect IN ('means', 'not')),
        added boolean NOT NULL,
        PRIMARY KEY (tenant_id, version, term, code, effect),
        FOREIGN KEY (tenant_id, version) REFERENCES lexicon_version
    )
    """,
    """
    CREATE TABLE quality_sample (
        sample_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL,
        encounter_version int NOT NULL,
        outcome_number int NOT NULL,
        released_by text NOT NULL CHECK (released_by IN ('auto', 'coder')),
        first_coder text,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'coded')),
        second_coder text,
        codes jsonb,
        drawn_at timestamptz NOT NULL,
        coded_at timestamptz,
        UNIQUE (encounter_id, encounter_version, outcome_number),
        FOREIGN KEY (encounter_id, encounter_version, outcome_number) REFERENCES coding_outcome
    )
    """,
    "CREATE INDEX quality_sample_page ON quality_sample (tenant_id, state, drawn_at, sample_id)",
    "ALTER TABLE review_decision ADD COLUMN queries jsonb NOT NULL DEFAULT '[]'",
)
TENANT_TABLES = ("lexicon_observation", "lexicon_version", "lexicon_change", "quality_sample")


def upgrade() -> None:
    for table in TABLES:
        op.execute(table)
    for name in TENANT_TABLES:
        tenant_table(name, "SELECT, INSERT, UPDATE")
