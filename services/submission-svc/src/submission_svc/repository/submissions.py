"""SQL of claim versions: storing what was built or withdrawn, locking a claim, moving states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events import ClaimBuilt, ClaimWithdrawn
from kit.database import Transaction
from sqlalchemy import text

from submission_svc.domain import ClaimState, Reason, Standing

ClaimKey = tuple[UUID, int]
"""Claim id and claim version: one submission."""


@dataclass(frozen=True, slots=True)
class BuiltClaim:
    """A claim version to be stored: its event, its opened content as JSON, where it goes, its trace."""

    event: ClaimBuilt
    content: str
    gateway_id: str | None
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a claim as far as its standing needs it, and what its events need."""

    tenant_id: str
    claim_id: UUID
    claim_version: int
    encounter_id: UUID
    encounter_version: int
    payer_id: str
    patient_control_number: str
    state: ClaimState
    reason: Reason | None
    corrects: bool
    gateway_id: str | None
    interchange_id: UUID | None
    attempt_count: int
    submit_traceparent: str | None

    @property
    def key(self) -> ClaimKey:
        """Claim id and version."""
        return self.claim_id, self.claim_version


async def lock_claims(tx: Transaction, claim_ids: Iterable[UUID]) -> None:
    """Serialise all work on these claims until commit, in one order for everybody.

    Row locks do not do: a version that another transaction is just inserting has no row to lock yet.
    """
    await tx.execute(
        text(
            """
            SELECT pg_advisory_xact_lock(k) FROM (
                SELECT DISTINCT hashtextextended(id::text, 837) AS k FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY 1
            ) AS ordered
            """
        ),
        {"ids": list(claim_ids)},
    )


_INSERT_BUILT = text(
    """
    INSERT INTO submission (tenant_id, claim_id, claim_version, encounter_id, encounter_version, gateway_id, payer_id,
        patient_control_number, frequency_code, charge_cents, line_count, corrects, content, built_at,
        built_traceparent)
    SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:claims AS uuid[]), CAST(:versions AS int[]),
        CAST(:encounters AS uuid[]), CAST(:encounter_versions AS int[]), CAST(:gateways AS text[]),
        CAST(:payers AS text[]), CAST(:numbers AS text[]), CAST(:frequencies AS text[]), CAST(:charges AS bigint[]),
        CAST(:line_counts AS int[]), CAST(:corrects AS boolean[]), CAST(:contents AS text[]),
        CAST(:built AS timestamptz[]), CAST(:traces AS text[]))
    ON CONFLICT (claim_id, claim_version) DO NOTHING
    """
)


async def insert_built(tx: Transaction, claims: Sequence[BuiltClaim]) -> None:
    """Store built claim versions; one that is there already is left as it is."""
    events = [claim.event for claim in claims]
    await tx.execute(
        _INSERT_BUILT,
        {
            "tenants": [e.tenant_id for e in events],
            "claims": [e.claim_id for e in events],
            "versions": [e.claim_version for e in events],
            "encounters": [e.encounter_id for e in events],
            "encounter_versions": [e.encounter_version for e in events],
            "gateways": [claim.gateway_id for claim in claims],
            "payers": [e.payer_id for e in events],
            "numbers": [e.patient_control_number for e in events],
            "frequencies": [e.frequency_code for e in events],
            "charges": [e.charge_cents for e in events],
            "line_counts": [e.line_count for e in events],
            "corrects": [e.correction is not None for e in events],
            "contents": [claim.content for claim in claims],
            "built": [e.occurred_at for e in events],
            "traces": [claim.traceparent for claim in claims],
        },
    )


async def insert_withdrawals(tx: Transaction, withdrawals: Sequence[ClaimWithdrawn]) -> None:
    """Store that claim versions are not to be sent, whether they are here already or not."""
    await tx.execute(
        text(
            """
            INSERT INTO withdrawal (tenant_id, claim_id, claim_version, reason, occurred_at)
            SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:claims AS uuid[]), CAST(:versions AS int[]),
                CAST(:reasons AS text[]), CAST(:moments AS timestamptz[]))
            ON CONFLICT (claim_id, claim_version) DO NOTHING
            """
        ),
        {
            "tenants": [w.tenant_id for w in withdrawals],
            "claims": [w.claim_id for w in withdrawals],
            "versions": [w.claim_version for w in withdrawals],
            "reasons": [w.reason for w in withdrawals],
            "moments": [w.occurred_at for w in withdrawals],
        },
    )


async def versions_for_update(tx: Transaction, claim_ids: Iterable[UUID]) -> list[VersionRow]:
    """All versions of these claims, locked. Waits for a batch that is just taking one of them."""
    rows = await tx.execute(
        text(
            """
            SELECT tenant_id, claim_id, claim_version, encounter_id, encounter_version, payer_id,
                patient_control_number, state, reason, corrects, gateway_id, interchange_id, attempt_count,
                coalesce(submit_traceparent, built_traceparent) AS submit_traceparent
            FROM submission WHERE claim_id = ANY(CAST(:ids AS uuid[]))
            ORDER BY claim_id, claim_version FOR UPDATE
            """
        ),
        {"ids": list(claim_ids)},
    )
    return [
        VersionRow(
            **{**row, "state": ClaimState(row["state"]), "reason": Reason(row["reason"]) if row["reason"] else None}
        )
        for row in rows.mappings()
    ]


async def withdrawn_versions(tx: Transaction, claim_ids: Iterable[UUID]) -> dict[UUID, frozenset[int]]:
    """The withdrawn versions of each of these claims that has any."""
    rows = await tx.execute(
        text(
            """
            SELECT claim_id, array_agg(claim_version) AS versions
            FROM withdrawal WHERE claim_id = ANY(CAST(:ids AS uuid[])) GROUP BY claim_id
            """
        ),
        {"ids": list(claim_ids)},
    )
    return {row.claim_id: frozenset(row.versions) for row in rows}


async def set_standings(tx: Transaction, changes: Sequence[tuple[ClaimKey, Standing]]) -> None:
    """Move unsent versions; one that becomes pending queues anew."""
    if not changes:
        return
    await tx.execute(
        text(
            """
            UPDATE submission AS s SET state = c.state, reason = c.reason,
                queued_at = CASE WHEN c.state = 'pending' THEN clock_timestamp() ELSE s.queued_at END
            FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:states AS text[]),
                CAST(:reasons AS text[])) AS c (claim_id, claim_version, state, reason)
            WHERE s.claim_id = c.claim_id AND s.claim_version = c.claim_version
            """
        ),
        {
            "claims": [key[0] for key, _ in changes],
            "versions": [key[1] for key, _ in changes],
            "states": [standing.state.value for _, standing in changes],
            "reasons": [standing.reason.value if standing.reason else None for _, standing in changes],
        },
    )


async def set_answered(tx: Transaction, changes: Sequence[tuple[ClaimKey, ClaimState, str | None]]) -> None:
    """Move versions by what a payer answered; a payer claim control number, once known, is kept.

    One that goes out again queues anew and waits for its new delivery.
    """
    if not changes:
        return
    await tx.execute(
        text(
            """
            UPDATE submission AS s SET state = c.state,
                queued_at = CASE WHEN c.state = 'pending' THEN clock_timestamp() ELSE s.queued_at END,
                delivered_at = CASE WHEN c.state = 'pending' THEN NULL ELSE s.delivered_at END,
                payer_claim_control_number = coalesce(c.number, s.payer_claim_control_number)
            FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:states AS text[]),
                CAST(:numbers AS text[])) AS c (claim_id, claim_version, state, number)
            WHERE s.claim_id = c.claim_id AND s.claim_version = c.claim_version
            """
        ),
        {
            "claims": [key[0] for key, _, _ in changes],
            "versions": [key[1] for key, _, _ in changes],
            "states": [state.value for _, state, _ in changes],
            "numbers": [number for _, _, number in changes],
        },
    )


async def mark_not_encodable(tx: Transaction, keys: Sequence[ClaimKey]) -> None:
    """Note that the X12 writer refuses these versions; their standing follows from it."""
    await tx.execute(
        text(
            """
            UPDATE submission AS s SET reason = 'not_encodable'
            FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[])) AS c (claim_id, claim_version)
            WHERE s.claim_id = c.claim_id AND s.claim_version = c.claim_version
            """
        ),
        {"claims": [key[0] for key in keys], "versions": [key[1] for key in keys]},
    )


async def unrouted(tx: Transaction, limit: int) -> list[tuple[ClaimKey, str, str]]:
    """Claim versions parked because no gateway served their payer: key, tenant, payer."""
    rows = await tx.execute(
        text(
            """
            SELECT claim_id, claim_version, tenant_id, payer_id FROM submission
            WHERE reason = 'no_gateway' ORDER BY tenant_id, payer_id LIMIT :limit
            """
        ),
        {"limit": limit},
    )
    return [((row.claim_id, row.claim_version), row.tenant_id, row.payer_id) for row in rows]


async def set_route(tx: Transaction, routes: Sequence[tuple[ClaimKey, str]]) -> None:
    """Give claim versions the gateway account that now serves their payer."""
    await tx.execute(
        text(
            """
            UPDATE submission AS s SET gateway_id = r.gateway_id
            FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:gateways AS text[]))
                AS r (claim_id, claim_version, gateway_id)
            WHERE s.claim_id = r.claim_id AND s.claim_version = r.claim_version
            """
        ),
        {
            "claims": [key[0] for key, _ in routes],
            "versions": [key[1] for key, _ in routes],
            "gateways": [gateway for _, gateway in routes],
        },
    )


async def overdue(tx: Transaction, delivered_before: datetime, now: datetime, limit: int) -> list[VersionRow]:
    """Mark delivered claim versions without a final answer as overdue, each once, and return them."""
    rows = await tx.execute(
        text(
            """
            WITH late AS (
                SELECT claim_id, claim_version FROM submission
                WHERE state = 'delivered' AND overdue_at IS NULL AND delivered_at < :before
                ORDER BY delivered_at LIMIT :limit FOR UPDATE SKIP LOCKED
            )
            UPDATE submission AS s SET overdue_at = :now FROM late
            WHERE s.claim_id = late.claim_id AND s.claim_version = late.claim_version
            RETURNING s.tenant_id, s.claim_id, s.claim_version, s.encounter_id, s.encounter_version, s.payer_id,
                s.patient_control_number, s.state, s.reason, s.corrects, s.gateway_id, s.interchange_id,
                s.attempt_count, coalesce(s.submit_traceparent, s.built_traceparent) AS submit_traceparent
            """
        ),
        {"before": delivered_before, "now": now, "limit": limit},
    )
    return [VersionRow(**{**row, "state": ClaimState(row["state"])}) for row in rows.mappings()]
