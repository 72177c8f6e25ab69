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

from claim_builder.history import SPECIALTY, earlier_lines
from claim_builder.scrubbing import EarlierLine

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
    siblings: tuple[ClaimContent, ...] = ()
    """The other claims of the same request to the same payer, as they stood then."""
    history: tuple[EarlierLine, ...] = ()
    """What had been billed of the patient in other encounters by then."""


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


_SIBLINGS_THEN: Final = text(
    """
    SELECT w.claim_id, w.claim_version, CAST(v.content AS text) AS content
    FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[])) AS w (claim_id, claim_version)
    JOIN claim_version p ON p.claim_id = w.claim_id AND p.claim_version = w.claim_version
    JOIN claim pc ON pc.claim_id = p.claim_id
    JOIN claim c ON c.encounter_id = pc.encounter_id AND c.payer_sequence = pc.payer_sequence
                AND c.claim_id <> pc.claim_id
    JOIN claim_version v ON v.claim_id = c.claim_id AND v.tenant_id = p.tenant_id
    WHERE v.frequency_code <> '8' AND v.created_at <= p.created_at
      AND (v.state IN ('built', 'held') OR v.changed_at > p.created_at)
    """
)
_HISTORY_THEN: Final = text(
    f"""
    WITH past AS (
        SELECT p.claim_id, p.claim_version, p.tenant_id, p.patient_key, p.created_at, c.encounter_id
        FROM unnest(CAST(:claims AS uuid[]), CAST(:versions AS int[])) AS w (claim_id, claim_version)
        JOIN claim_version p USING (claim_id, claim_version)
        JOIN claim c ON c.claim_id = p.claim_id
    ), same AS (
        SELECT p.claim_id, p.claim_version, v.claim_id AS other, v.claim_version AS other_version
        FROM past p JOIN claim_version v ON v.tenant_id = p.tenant_id AND v.patient_key = p.patient_key
        UNION
        SELECT p.claim_id, p.claim_version, theirs.claim_id, theirs.claim_version
        FROM past p
        JOIN claim_patient own USING (claim_id, claim_version)
        JOIN claim_patient theirs ON theirs.tenant_id = own.tenant_id AND theirs.patient_key = own.patient_key
    )
    SELECT p.claim_id, p.claim_version, v.content -> 'lines' AS lines, {SPECIALTY} AS specialty
    FROM past p
    JOIN same s USING (claim_id, claim_version)
    JOIN claim_version v ON v.claim_id = s.other AND v.claim_version = s.other_version
    JOIN claim c ON c.claim_id = v.claim_id
    WHERE c.encounter_id <> p.encounter_id AND c.payer_sequence = 'P' AND v.frequency_code <> '8'
      AND v.created_at < p.created_at AND (v.state = 'built' OR v.changed_at > p.created_at)
      AND NOT v.findings @> '[{{"severity": "error"}}]'
    """
)


async def past_claims(tx: Transaction, tenant_id: str, since: date, until: date) -> AsyncIterator[PastClaim]:
    """Every claim version of a practice that was built clean, voids apart, with dates of service from `since` on."""
    claim, version = UUID(int=0), 0
    while True:
        named = {"tenant": tenant_id, "since": since, "until": until, "claim": claim, "version": version, "size": PAGE}
        rows = (await tx.execute(_PAST, named)).all()
        siblings, history = await _known_then(tx, [(row.claim_id, row.claim_version) for row in rows])
        for row in rows:
            claim, version = key = row.claim_id, row.claim_version
            content = ClaimContent.model_validate_json(row.content)
            around = tuple(siblings.get(key, ())), tuple(history.get(key, ()))
            yield PastClaim(claim, version, content, row.created_at, frozenset(row.kinds), *around)
        if len(rows) < PAGE:
            return


_Key = tuple[UUID, int]


async def _known_then(
    tx: Transaction, keys: Sequence[_Key]
) -> tuple[dict[_Key, list[ClaimContent]], dict[_Key, list[EarlierLine]]]:
    """Of each version the other pages and the patient's earlier lines that the scrub of its day looked at."""
    named = {"claims": [claim for claim, _ in keys], "versions": [version for _, version in keys]}
    siblings: dict[_Key, list[ClaimContent]] = {}
    history: dict[_Key, list[EarlierLine]] = {}
    for row in await tx.execute(_SIBLINGS_THEN, named):
        siblings.setdefault((row.claim_id, row.claim_version), []).append(ClaimContent.model_validate_json(row.content))
    for row in await tx.execute(_HISTORY_THEN, named):
        history.setdefault((row.claim_id, row.claim_version), []).extend(earlier_lines(row.lines, row.specialty))
    return siblings, history
