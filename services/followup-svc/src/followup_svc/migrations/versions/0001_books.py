"""Timeline, claims, remittances, the ledger and the worklist."""

from alembic import op
from kit.database.ddl import api_v1, app_role, messaging_v1, tenant_table, webhooks_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE encounter (
        encounter_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        first_seen_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE timeline (
        event_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL,
        encounter_version int NOT NULL,
        claim_id uuid,
        claim_version int,
        event_type text NOT NULL,
        occurred_at timestamptz NOT NULL,
        actor text NOT NULL,
        traceparent text,
        data jsonb NOT NULL
    )
    """,
    "CREATE INDEX timeline_encounter ON timeline (encounter_id)",
    """
    CREATE TABLE claim (
        claim_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL,
        payer_id text NOT NULL,
        turn text NOT NULL DEFAULT 'P' CHECK (turn IN ('P', 'S', 'T')),
        patient_control_number text NOT NULL,
        payer_claim_control_number text,
        claim_version int NOT NULL DEFAULT 1,
        charge_cents bigint NOT NULL DEFAULT 0,
        outstanding_cents bigint NOT NULL DEFAULT 0,
        ledger_id uuid,
        state text NOT NULL DEFAULT 'unknown',
        quiet boolean NOT NULL DEFAULT false,
        opened_lines jsonb NOT NULL DEFAULT '{}',
        opening_number int NOT NULL DEFAULT 0,
        closing_number int NOT NULL DEFAULT 0,
        closed boolean NOT NULL DEFAULT false,
        closed_as text,
        created_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX claim_encounter ON claim (encounter_id)",
    "CREATE UNIQUE INDEX claim_number ON claim (tenant_id, patient_control_number)",
    "CREATE INDEX claim_payer_number ON claim (tenant_id, payer_claim_control_number) WHERE payer_claim_control_number IS NOT NULL",
    "CREATE INDEX claim_page ON claim (tenant_id, created_at DESC, claim_id DESC)",
    """
    CREATE TABLE claim_version (
        claim_id uuid NOT NULL,
        claim_version int NOT NULL,
        tenant_id text NOT NULL,
        encounter_id uuid NOT NULL,
        encounter_version int NOT NULL,
        frequency_code text NOT NULL,
        charge_cents bigint NOT NULL,
        filing_indicator text NOT NULL,
        later_turns text NOT NULL,
        corrects_claim_id uuid,
        correction_action text,
        lines jsonb NOT NULL,
        sealed_event bytea,
        built_at timestamptz NOT NULL,
        PRIMARY KEY (claim_id, claim_version)
    )
    """,
    "CREATE INDEX claim_version_encounter ON claim_version (encounter_id)",
    """
    CREATE TABLE remittance (
        remittance_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        payer_id text NOT NULL,
        trace_number text NOT NULL,
        content_sha256 bytea NOT NULL,
        paid_on date NOT NULL,
        amount_cents bigint NOT NULL,
        method_code text NOT NULL,
        claim_count int NOT NULL,
        provider_adjustments jsonb NOT NULL,
        state text NOT NULL CHECK (state IN ('posted', 'unbalanced', 'trace_reused')),
        webhook_id uuid NOT NULL,
        received_at timestamptz NOT NULL,
        UNIQUE (tenant_id, payer_id, trace_number, content_sha256)
    )
    """,
    """
    CREATE TABLE claim_payment (
        payment_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        remittance_id uuid NOT NULL,
        number int NOT NULL,
        payment_key text NOT NULL,
        content_sha256 bytea NOT NULL,
        payer_id text NOT NULL,
        paid_on date NOT NULL,
        patient_control_number text NOT NULL,
        payer_claim_control_number text NOT NULL,
        charge_cents bigint NOT NULL,
        paid_cents bigint NOT NULL,
        adjudication jsonb NOT NULL,
        claim_id uuid,
        turn text,
        state text NOT NULL DEFAULT 'suspense' CHECK (state IN ('suspense', 'posted', 'noted')),
        parked boolean NOT NULL DEFAULT false,
        patient_cents bigint NOT NULL DEFAULT 0,
        contractual_cents bigint NOT NULL DEFAULT 0,
        denied_cents bigint NOT NULL DEFAULT 0,
        category text,
        reversed_by uuid,
        UNIQUE (tenant_id, payment_key)
    )
    """,
    "CREATE INDEX claim_payment_claim ON claim_payment (claim_id) WHERE claim_id IS NOT NULL",
    "CREATE INDEX claim_payment_unmatched ON claim_payment (tenant_id, patient_control_number) WHERE claim_id IS NULL",
    "CREATE INDEX claim_payment_unmatched_payer ON claim_payment (tenant_id, payer_claim_control_number) WHERE claim_id IS NULL",
    """
    CREATE TABLE correction (
        claim_id uuid NOT NULL,
        reason_code text NOT NULL,
        tenant_id text NOT NULL,
        claim_version int NOT NULL,
        action text NOT NULL,
        frequency_code text NOT NULL,
        actor text NOT NULL,
        requested_at timestamptz NOT NULL,
        PRIMARY KEY (claim_id, reason_code)
    )
    """,
    """
    CREATE TABLE work_item (
        item_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        key text NOT NULL,
        reason_code text NOT NULL,
        waits_on text NOT NULL CHECK (waits_on IN ('coder', 'biller', 'provider', 'emr', 'payer', 'operator')),
        opened_on date NOT NULL,
        due_on date NOT NULL,
        amount_cents bigint NOT NULL,
        action text NOT NULL,
        encounter_id uuid,
        claim_id uuid,
        remittance_id uuid,
        details jsonb NOT NULL,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
        created_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by text,
        resolution text,
        UNIQUE (tenant_id, key)
    )
    """,
    "CREATE INDEX work_item_encounter ON work_item (encounter_id) WHERE encounter_id IS NOT NULL",
    "CREATE INDEX work_item_page ON work_item (tenant_id, state, created_at, item_id)",
)

ACCOUNT = "^(charges|patient|suspense|payer_cash|(outstanding|payer_cash|contractual|write_off):[PST]|provider_level:[A-Z0-9]{1,3})$"
LEDGER = (
    f"""
    CREATE TABLE ledger_transfer (
        transfer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id text NOT NULL,
        key text NOT NULL,
        ledger_id uuid NOT NULL,
        encounter_id uuid,
        claim_id uuid,
        line_number int,
        payment_id uuid,
        remittance_id uuid,
        debit_account text NOT NULL CHECK (debit_account ~ '{ACCOUNT}'),
        credit_account text NOT NULL CHECK (credit_account ~ '{ACCOUNT}'),
        amount_cents bigint NOT NULL CHECK (amount_cents > 0),
        reason text NOT NULL,
        actor text NOT NULL,
        posted_at timestamptz NOT NULL,
        CHECK (debit_account <> credit_account),
        UNIQUE (tenant_id, key)
    )
    """,
    "CREATE INDEX ledger_transfer_ledger ON ledger_transfer (ledger_id)",
    "CREATE INDEX ledger_transfer_payment ON ledger_transfer (payment_id) WHERE payment_id IS NOT NULL",
    # Debit balances by kind; charges and suspense are credit balances. A claim's ledger never holds the last two kinds.
    """
    CREATE TABLE ledger (
        ledger_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        encounter_id uuid,
        charge_cents bigint NOT NULL,
        paid_cents bigint NOT NULL,
        contractual_cents bigint NOT NULL,
        patient_cents bigint NOT NULL,
        written_off_cents bigint NOT NULL,
        outstanding_cents bigint NOT NULL,
        suspense_cents bigint NOT NULL,
        provider_level_cents bigint NOT NULL
    )
    """,
    "CREATE INDEX ledger_encounter ON ledger (encounter_id) WHERE encounter_id IS NOT NULL",
)

_SIGNED = """
    SELECT tenant_id, ledger_id, encounter_id, split_part(debit_account, ':', 1) AS kind, amount_cents AS cents FROM {source}
    UNION ALL
    SELECT tenant_id, ledger_id, encounter_id, split_part(credit_account, ':', 1), -amount_cents FROM {source}
"""
_SUMS = """
    SELECT ledger_id, min(tenant_id) AS tenant_id, (array_agg(encounter_id))[1] AS encounter_id,
           -coalesce(sum(cents) FILTER (WHERE kind = 'charges'), 0) AS charge_cents,
           coalesce(sum(cents) FILTER (WHERE kind = 'payer_cash'), 0) AS paid_cents,
           coalesce(sum(cents) FILTER (WHERE kind = 'contractual'), 0) AS contractual_cents,
           coalesce(sum(cents) FILTER (WHERE kind = 'patient'), 0) AS patient_cents,
           coalesce(sum(cents) FILTER (WHERE kind = 'write_off'), 0) AS written_off_cents,
           coalesce(sum(cents) FILTER (WHERE kind = 'outstanding'), 0) AS outstanding_cents,
           -coalesce(sum(cents) FILTER (WHERE kind = 'suspense'), 0) AS suspense_cents,
           coalesce(sum(cents) FILTER (WHERE kind = 'provider_level'), 0) AS provider_level_cents
    FROM ({signed}) AS entries GROUP BY ledger_id
"""
_KINDS = ("charge", "paid", "contractual", "patient", "written_off", "outstanding", "suspense", "provider_level")


def _apply_function() -> str:
    """Totals per ledger follow every insert of transfers, one statement for a whole batch."""
    columns = ", ".join(f"{kind}_cents" for kind in _KINDS)
    added = ", ".join(f"{kind}_cents = l.{kind}_cents + excluded.{kind}_cents" for kind in _KINDS)
    return f"""
    CREATE FUNCTION ledger_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO ledger AS l (ledger_id, tenant_id, encounter_id, {columns})
        {_SUMS.format(signed=_SIGNED.format(source="fresh"))} ORDER BY ledger_id
        ON CONFLICT (ledger_id) DO UPDATE SET {added};
        RETURN NULL;
    END $$
    """


def _balance_function() -> str:
    """At commit: the totals are those of the transfers, and every charge lies in exactly one of its accounts."""
    same = " AND ".join(f"told.{kind}_cents = l.{kind}_cents" for kind in _KINDS)
    transfers = _SIGNED.format(source="ledger_transfer WHERE ledger_id = NEW.ledger_id")
    return f"""
    CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        l ledger;
        told record;
    BEGIN
        SELECT * INTO l FROM ledger WHERE ledger_id = NEW.ledger_id;
        SELECT * INTO told FROM ({_SUMS.format(signed=transfers)}) AS sums;
        IF NOT FOUND OR NOT ({same}) THEN
            RAISE EXCEPTION 'ledger %: totals differ from its transfers', NEW.ledger_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_totals';
        END IF;
        IF l.charge_cents + l.suspense_cents <> l.paid_cents + l.contractual_cents + l.patient_cents
           + l.written_off_cents + l.outstanding_cents + l.provider_level_cents
           OR (l.encounter_id IS NOT NULL AND (l.suspense_cents <> 0 OR l.provider_level_cents <> 0)) THEN
            RAISE EXCEPTION 'ledger %: does not balance', NEW.ledger_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_balanced';
        END IF;
        RETURN NULL;
    END $$
    """


REFUSE = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: correct it by a reversing transfer'
        USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'ledger_append_only';
END $$
"""
TRIGGERS = (
    """
    CREATE TRIGGER ledger_apply AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS fresh
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_apply()
    """,
    """
    CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()
    """,
    """
    CREATE TRIGGER ledger_append_only BEFORE DELETE OR TRUNCATE ON ledger
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()
    """,
    """
    CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT OR UPDATE ON ledger
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances()
    """,
)


def upgrade() -> None:
    messaging_v1()
    api_v1()
    webhooks_v1()
    for statement in (*TABLES, *LEDGER, _apply_function(), _balance_function(), REFUSE, *TRIGGERS):
        op.execute(statement)
    for table in ("encounter", "timeline"):
        tenant_table(table, "SELECT, INSERT")
    for table in ("claim", "claim_version", "remittance", "claim_payment", "correction", "work_item"):
        tenant_table(table, "SELECT, INSERT, UPDATE")
    for table, privileges in (("ledger_transfer", "SELECT, INSERT"), ("ledger", "SELECT")):
        op.execute(f'REVOKE ALL ON "{table}" FROM "{app_role()}"')
        tenant_table(table, privileges)
    # The lock that serialises what is done about one encounter needs UPDATE on its row.
    op.execute(f'GRANT UPDATE (first_seen_at) ON encounter TO "{app_role()}"')


def downgrade() -> None:
    raise NotImplementedError("a ledger is not dropped; restore a backup instead")
