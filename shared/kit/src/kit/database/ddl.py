"""Tables that kit owns, as versioned DDL for the services' migrations, and the row-level security of tenant tables.

A migration calls `messaging_v1()` and the like; a later change of kit's tables is a new function, never an edit.
"""

from __future__ import annotations

from alembic import context, op


def app_role() -> str:
    """The role that the service runs as: never the owner, so that row-level security binds it."""
    role: str = context.config.attributes["app_role"]
    return role


def grant(table: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Let the application role use a table."""
    op.execute(f'GRANT {privileges} ON "{table}" TO "{app_role()}"')


def tenant_table(table: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Enable and force row-level security on a table with `tenant_id`, and grant it to the application role.

    The sub-select makes PostgreSQL read the setting once per statement, not once per row.
    """
    condition = "tenant_id = ANY ((SELECT string_to_array(current_setting('cleanclaim.tenants', true), ','))::text[])"
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY tenant ON "{table}" USING ({condition}) WITH CHECK ({condition})')
    grant(table, privileges)


def messaging_v1() -> None:
    """Outbox, inbox, dead letters. They hold no plain PHI: payloads carry it encrypted."""
    op.execute(
        """
        CREATE TABLE outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id uuid NOT NULL UNIQUE,
            event_type text NOT NULL,
            schema_version int NOT NULL,
            topic text NOT NULL,
            key text NOT NULL,
            payload bytea NOT NULL,
            traceparent text,
            created_at timestamptz NOT NULL DEFAULT now(),
            published_at timestamptz,
            cluster_id text
        )
        """
    )
    op.execute("CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL")
    op.execute("CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL")
    op.execute(
        """
        CREATE TABLE inbox (
            event_id uuid PRIMARY KEY,
            received_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX inbox_received ON inbox (received_at)")
    op.execute(
        """
        CREATE TABLE dead_letter (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            topic text NOT NULL,
            partition int NOT NULL,
            "offset" bigint NOT NULL,
            cluster_id text NOT NULL,
            event_type text,
            reason text NOT NULL,
            headers jsonb NOT NULL,
            key bytea,
            payload bytea NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT now(),
            replayed_at timestamptz,
            UNIQUE (cluster_id, topic, partition, "offset")
        )
        """
    )
    for table in ("outbox", "inbox", "dead_letter"):
        grant(table)


def api_v1() -> None:
    """Stored answers of idempotent commands."""
    op.execute(
        """
        CREATE TABLE idempotency (
            tenant_id text NOT NULL,
            key text NOT NULL,
            request_sha256 bytea NOT NULL,
            status int NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, key)
        )
        """
    )
    tenant_table("idempotency")


def webhooks_v1() -> None:
    """Webhooks as received: raw bytes first, worked off afterwards; ids are kept for ever."""
    op.execute(
        """
        CREATE TABLE webhook (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            account_id text NOT NULL,
            webhook_id text NOT NULL,
            tenant_id text NOT NULL,
            kind text NOT NULL,
            content_type text NOT NULL,
            body bytea NOT NULL,
            body_sha256 bytea NOT NULL,
            traceparent text,
            received_at timestamptz NOT NULL DEFAULT now(),
            state text NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'applied', 'quarantined')),
            attempts int NOT NULL DEFAULT 0,
            next_attempt_at timestamptz NOT NULL DEFAULT now(),
            reason text,
            UNIQUE (account_id, webhook_id)
        )
        """
    )
    op.execute("CREATE INDEX webhook_open ON webhook (next_attempt_at) WHERE state = 'stored'")
    # The worker looks for open webhooks of all tenants before it knows whose they are: no row-level security here;
    # what a handler writes is bound to the webhook's own tenant.
    grant("webhook", "SELECT, INSERT, UPDATE")
