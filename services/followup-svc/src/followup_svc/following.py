"""One round of follow-up over some encounters: load, settle, save, tell. Used by every handler, webhook and command."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from events import ClaimDenied, ClaimPaid, CorrectionRequested, Event
from events.phi import CorrectionContext
from kit.clock import Clock
from kit.database import Transaction
from kit.messaging import Received
from kit.phi import PhiCipher
from kit.telemetry import metrics, names
from kit.telemetry.spans import current_traceparent, span

from followup_svc.corrections import Correction
from followup_svc.domain import Claim
from followup_svc.posting import suspend
from followup_svc.prior_payments import prior_payments
from followup_svc.repository import books, facts, saving
from followup_svc.settlement import Rulebook, Settled, settle

FACTS = "facts"
"""The actor of what follows from facts by itself."""
ENVELOPE = frozenset(
    {
        "event_id",
        "occurred_at",
        "tenant_id",
        "encounter_id",
        "encounter_version",
        "claim_id",
        "claim_version",
        "phi",
    }
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a round needs besides the transaction."""

    clock: Clock
    cipher: PhiCipher
    rules: Rulebook = field(default_factory=Rulebook.standard)


def timeline_entry(event: Event, actor: str, traceparent: str | None) -> facts.TimelineEntry:
    """The timeline row of an event: its plain fields only."""
    return facts.TimelineEntry(
        event_id=event.event_id,
        tenant_id=event.tenant_id,
        encounter_id=event.encounter_id,
        encounter_version=event.encounter_version,
        claim_id=event.claim_id,
        claim_version=event.claim_version,
        event_type=event.event_type,
        occurred_at=event.occurred_at,
        actor=actor,
        traceparent=traceparent,
        data=event.model_dump(mode="json", exclude=set(ENVELOPE)),
    )


async def follow(
    tx: Transaction,
    desk: Desk,
    encounters: Iterable[UUID],
    *,
    causes: Mapping[UUID, Received[Any]] | None = None,
    actor: str = FACTS,
) -> None:
    """Settle these encounters and publish what follows. Idempotent: over the same facts it does nothing new.

    `causes` names the event behind each encounter, whose trace goes on; without one the current span's trace does.
    """
    found = await books.load(tx, encounters)
    if not found:
        return
    now = desk.clock.now()
    settled = Settled()
    for encounter in found:
        settle(encounter, desk.rules, now, settled)
    corrections = await _corrections(tx, desk, settled, actor, now)
    await _park(tx, settled, found, now)
    await saving.save(tx, settled.decisions, [b.encounter_id for b in found], actor=actor, now=now)
    await saving.close_items(tx, settled.released_keys, now)
    published: list[tuple[Event, CorrectionContext | None]] = [(event, None) for event in settled.events]
    _count(settled.events)
    traces = {claim_id: trace for encounter in found for claim_id, trace in encounter.traceparents.items()}
    await publish(tx, [*published, *corrections], causes or {}, traces, actor)


def _count(events: Iterable[Event]) -> None:
    """Count what the payers answered about claims."""
    for event in events:
        if isinstance(event, ClaimPaid):
            result = "reversed" if event.paid_cents < 0 else "partial" if event.partial else "paid"
        elif isinstance(event, ClaimDenied):
            result = "denied"
        else:
            continue
        metrics.PAYER_ANSWERS.add(1, {"type": "835", "result": result})


async def _park(tx: Transaction, settled: Settled, found: Iterable[books.EncounterBooks], now: datetime) -> None:
    """Put the cash of payments that must wait into suspense, once."""
    tenants = {claim.claim_id: encounter.tenant_id for encounter in found for claim in encounter.claims}
    for payment in settled.waiting:
        tenant_id = tenants[payment.claim_id] if payment.claim_id else ""
        settled.decisions.transfers += [(tenant_id, transfer) for transfer in suspend(payment)]
    await saving.mark_parked(tx, [payment.payment_id for payment in settled.waiting])


async def _corrections(
    tx: Transaction, desk: Desk, settled: Settled, actor: str, now: datetime
) -> list[tuple[Event, CorrectionContext | None]]:
    contexts = await _contexts(tx, desk, [claim for claim, c in settled.corrections if c.action == "secondary"])
    published: list[tuple[Event, CorrectionContext | None]] = []
    for claim, correction in settled.corrections:
        if correction.action == "secondary" and not contexts[claim.claim_id].prior_payments:
            continue
        settled.decisions.corrections.append(correction_row(claim, correction, actor, now))
        published.append((correction_event(claim, correction, now), contexts.get(claim.claim_id, CorrectionContext())))
    return published


async def prior_context(tx: Transaction, desk: Desk, claim: Claim) -> CorrectionContext:
    """What this payer and those before it decided, for the next payer's claim."""
    return (await _contexts(tx, desk, [claim]))[claim.claim_id]


async def _contexts(tx: Transaction, desk: Desk, claims: list[Claim]) -> dict[UUID, CorrectionContext]:
    if not claims:
        return {}
    everything = await books.claims_of_encounters(tx, [claim.encounter_id for claim in claims])
    sealed = await books.sealed_events(tx, [claim.claim_id for claim in everything])
    by_ledger: dict[UUID | None, list[Claim]] = defaultdict(list)
    for other in everything:
        by_ledger[other.ledger_id].append(other)
    contexts = {}
    for claim in claims:
        # The claim itself is newer than its row: the round that asks has just posted to it.
        family = [claim, *(c for c in by_ledger[claim.ledger_id] if c.claim_id != claim.claim_id)]
        payments = tuple(prior_payments(family, sealed, desk.cipher))
        contexts[claim.claim_id] = CorrectionContext(prior_payments=payments)
    return contexts


def correction_row(claim: Claim, correction: Correction, actor: str, now: datetime) -> saving.CorrectionRow:
    """The row that keeps a correction from going out twice."""
    return saving.CorrectionRow(
        claim_id=claim.claim_id,
        reason_code=correction.reason_code,
        tenant_id=claim.tenant_id,
        claim_version=correction.claim_version,
        action=correction.action,
        frequency_code=correction.frequency_code or "1",
        actor=actor,
        requested_at=now,
    )


def correction_event(claim: Claim, correction: Correction, now: datetime) -> CorrectionRequested:
    """The command to the service that has the content."""
    version = claim.version(correction.claim_version) or claim.newest
    return CorrectionRequested.create(
        occurred_at=now,
        tenant_id=claim.tenant_id,
        encounter_id=claim.encounter_id,
        encounter_version=version.encounter_version if version else 1,
        claim_id=claim.claim_id,
        claim_version=correction.claim_version,
        action=correction.action,
        reason_code=correction.reason_code,
        frequency_code=correction.frequency_code,
        payer_claim_control_number=correction.payer_claim_control_number,
    )


async def publish(
    tx: Transaction,
    published: Iterable[tuple[Event, CorrectionContext | None]],
    causes: Mapping[UUID, Received[Any]],
    traces: Mapping[UUID, str],
    actor: str,
) -> None:
    """Publish events and write them into the timeline, with the trace of their cause.

    Without a causing event each claim gets a span of its own, linked to the claim's trace over the payer's wait.
    """
    by_claim: dict[UUID | None, list[tuple[Event, CorrectionContext | None]]] = defaultdict(list)
    for event, phi in published:
        by_claim[event.claim_id].append((event, phi))
    entries: list[facts.TimelineEntry] = []
    for claim_id, group in by_claim.items():
        first = group[0][0]
        cause = causes.get(first.encounter_id)
        if cause is not None:
            entries += _publish_group(tx, group, cause, cause.traceparent, actor)
            continue
        remittance_id = getattr(first, "remittance_id", None)
        with span(
            "follow up claim",
            encounter_id=first.encounter_id,
            claim_id=claim_id,
            links=[traces.get(claim_id)] if claim_id else (),
            attributes={names.REMITTANCE_ID: str(remittance_id)} if remittance_id else None,
        ):
            entries += _publish_group(tx, group, None, current_traceparent(), actor)
    await facts.add_timeline(tx, entries)


def _publish_group(
    tx: Transaction,
    group: Iterable[tuple[Event, CorrectionContext | None]],
    cause: Received[Any] | None,
    traceparent: str | None,
    actor: str,
) -> list[facts.TimelineEntry]:
    entries = []
    for event, phi in group:
        tx.publish(event, phi=phi, cause=cause)
        entries.append(timeline_entry(event, actor, traceparent))
    return entries
