"""What became of the claims: facts from other services, and past claims with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from events import ClaimClosed, ClaimDenied, ClaimPaid, ClaimRejected
from events.phi import ClaimContent
from kit.database import Transaction
from kit.messaging import Received
from sqlalchemy import text

Told = ClaimPaid | ClaimDenied | ClaimRejected | ClaimClosed
PAGE: Final = 500
"""Claims that are in memory at a time."""

_STORE: Final = text(
    """
    INSERT INTO claim_outcome (claim_id, claim_version, event_id, tenant_id, kind, detail, occurred_at)
    SELECT * FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[]), CAST(:events AS uuid[]),
                         CAST(:tenants AS text[]), CAST(:kinds AS text[]), CAST(:details AS text[]),
                         CAST(:times AS timestamptz[]))
    ON CONFLICT DO NOTHING
    """
)


async def store_outcomes(tx: Transaction, batch: Sequence[Received[Any]]) -> None:
    """Keep what other services tell of claims; the same event changes nothing a second time."""
    told: list[Told] = [received.event for received in batch]
    facts = [_fact(event) for event in told]
    await tx.execute(
        _STORE,
        {
            "claims": [event.claim_id for event in told],
            "versions": [event.claim_version for event in told],
            "events": [event.event_id for event in told],
            "tenants": [event.tenant_id for event in told],
            "kinds": [kind for kind, _ in facts],
            "details": [detail for _, detail in facts],
            "times": [event.occurred_at for event in told],
        },
    )


def _fact(event: Told) -> tuple[str, str | None]:
    """Kind, and what is particular: the category of a denial, who rejected, how it was closed."""
    if isinstance(event, ClaimDenied):
        return "denied", event.category
    if isinstance(event, ClaimRejected):
        return "rejected", event.source
    if isinstance(event, ClaimClosed):
        return "closed", event.outcome
    return "paid", "partial" if event.partial else None


@dataclass(frozen=True, slots=True)
class PastClaim:
    """A version that went out, and what is known of its fate."""

    claim_id: UUID
    claim_version: int
    content: ClaimContent
    built_at: datetime
    kinds: frozenset[str]


_PAST: Final = text(
    """
    SELECT v.claim_id, v.claim_version, CAST(v.content AS text) AS content, v.created_at,
           coalesce((SELECT array_agg(DISTINCT o.kind) FROM claim_outcome o
                     WHERE o.claim_id = v.claim_id AND o.claim_version = v.claim_version
                       AND o.tenant_id = v.tenant_id), '{}') AS kinds
    FROM claim_version v
    WHERE v.tenant_id = CAST(:tenant AS text) AND v.state <> 'held' AND v.frequency_code <> '8'
      AND NOT v.findings @> '[{"severity": "error"}]'
      AND CAST(v.content ->> 'service_date' AS date) BETWEEN CAST(:since AS date) AND CAST(:until AS date)
      AND (v.claim_id, v.claim_version) > (CAST(:claim AS uuid), CAST(:version AS int))
    ORDER BY v.claim_id, v.claim_version
    LIMIT CAST(:size AS int)
    """
)


async def past_claims(tx: Transaction, tenant_id: str, since: date, until: date) -> AsyncIterator[PastClaim]:
    """Every claim version of a practice that was built clean, voids apart, with dates of service from `since` on."""
    claim, version = UUID(int=0), 0
    while True:
        named = {"tenant": tenant_id, "since": since, "until": until, "claim": claim, "version": version, "size": PAGE}
        rows = (await tx.execute(_PAST, named)).all()
        for row in rows:
            claim, version = row.claim_id, row.claim_version
            content = ClaimContent.model_validate_json(row.content)
            yield PastClaim(claim, version, content, row.created_at, frozenset(row.kinds))
        if len(rows) < PAGE:
            return
