"""What follow-up does with the events of the other services: keep the fact, then settle the encounters it is about."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any
from uuid import UUID

from events import ClaimAccepted, ClaimBuilt, ClaimHeld, ClaimRejected, ClaimStalled, ClaimSubmitted, Event, Topic
from events.phi import ClaimContent
from kit.database import Transaction
from kit.messaging import Received

from followup_svc.domain import TURNS
from followup_svc.following import Desk, follow, timeline_entry
from followup_svc.repository import books, facts, reading, saving
from followup_svc.worklist import quarantine_item

Batch = Sequence[Received[Any]]
Handler = Callable[[Transaction, Batch], Coroutine[Any, Any, None]]
_PUBLISHERS = {Topic.CODING: "coding-svc", Topic.CLAIMS: "claim-builder", Topic.SUBMISSIONS: "submission-svc"}
_NAMES_CLAIM = (ClaimBuilt, ClaimHeld, ClaimSubmitted, ClaimRejected, ClaimStalled)
"""Events that tell a claim's payer and patient control number."""


class Handlers:
    """One method per kind of event; all are idempotent by the events' own ids and the tables' unique keys."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def note(self, tx: Transaction, batch: Batch) -> None:
        """EncounterReceived: only the timeline needs it."""
        await facts.add_timeline(tx, _entries(batch))

    async def follow_encounters(self, tx: Transaction, batch: Batch) -> None:
        """EncounterCoded, EncounterHeld, EncounterClosed: holds open and close, revisions may ask for a correction."""
        await self._lock(tx, batch)
        await facts.add_timeline(tx, _entries(batch))
        held = {received.event.encounter_id for received in batch if received.event.event_type == "EncounterHeld"}
        known = await reading.with_open_matters(tx, {received.event.encounter_id for received in batch})
        await follow(tx, self._desk, held | known, causes=_causes(batch))

    async def follow_claims(self, tx: Transaction, batch: Batch) -> None:
        """Holds, withdrawals, rejections, stalls, refused corrections: the claim's state and its items."""
        await self._lock(tx, batch)
        await self._keep_claims(tx, batch)
        await follow(tx, self._desk, _encounters(batch), causes=_causes(batch))

    async def submit_claims(self, tx: Transaction, batch: Batch) -> None:
        """ClaimSubmitted: the claim is on its way; what waited for that is settled."""
        await self._lock(tx, batch)
        await self._keep_claims(tx, batch)
        await self._step(tx, batch, "built", "submitted")

    async def open_claims(self, tx: Transaction, batch: Batch) -> None:
        """ClaimBuilt: its charge comes on the ledger once; payments that waited for it are posted."""
        await self._lock(tx, batch)
        await self._keep_claims(tx, batch)
        await facts.add_versions(tx, [_version(received) for received in batch])
        adopted = await facts.adopt(tx, claim_ids={received.event.claim_id for received in batch})
        await follow(tx, self._desk, _encounters(batch) | adopted, causes=_causes(batch))

    async def accept_claims(self, tx: Transaction, batch: Batch) -> None:
        """ClaimAccepted: brings the payer's own number, by which a mangled remittance may find its claim."""
        await self._lock(tx, batch)
        await facts.add_timeline(tx, _entries(batch))
        events: list[ClaimAccepted] = [received.event for received in batch]
        numbers = {e.claim_id: e.payer_claim_control_number for e in events if e.payer_claim_control_number}
        await facts.set_payer_numbers(tx, numbers)
        adopted = await facts.adopt(tx, claim_ids=numbers)
        await self._step(tx, batch, "submitted", "accepted", adopted)

    async def show_quarantined(self, tx: Transaction, batch: Batch) -> None:
        """AcknowledgementQuarantined: of no encounter, so it is nobody's timeline; an operator sees the item."""
        items = [(received.event.tenant_id, quarantine_item(received.event)) for received in batch]
        await saving.open_items(tx, items, self._desk.clock.now())

    async def _step(
        self, tx: Transaction, batch: Batch, from_state: str, to_state: str, more: Iterable[UUID] = ()
    ) -> None:
        """Move quiet claims on and settle the encounters of all others, and `more`."""
        versions = {received.event.claim_id: received.event.claim_version for received in batch}
        moved = await facts.step(tx, versions, from_state, to_state)
        left = {received.event.encounter_id for received in batch if received.event.claim_id not in moved}
        await follow(tx, self._desk, left | set(more), causes=_causes(batch))

    async def _lock(self, tx: Transaction, batch: Batch) -> None:
        encounters = {received.event.encounter_id: received.event.tenant_id for received in batch}
        await books.lock(tx, encounters, self._desk.clock.now())

    async def _keep_claims(self, tx: Transaction, batch: Batch) -> None:
        await facts.add_timeline(tx, _entries(batch))
        named = [received.event for received in batch if isinstance(received.event, _NAMES_CLAIM)]
        await facts.add_claims(tx, [_claim(event) for event in named])


def _entries(batch: Batch) -> list[facts.TimelineEntry]:
    # The span in which the event came about, not that of its processing here: later spans are linked to it.
    return [
        timeline_entry(received.event, _actor(received.event), received.origin or received.traceparent)
        for received in batch
    ]


def _actor(event: Event) -> str:
    released_by = getattr(event, "released_by", None)
    publisher = _PUBLISHERS.get(event.topic, event.topic.value)
    return f"{publisher}:{released_by}" if released_by == "coder" else publisher


def _encounters(batch: Batch) -> set[UUID]:
    return {received.event.encounter_id for received in batch}


def _causes(batch: Iterable[Received[Any]]) -> dict[UUID, Received[Any]]:
    return {received.event.encounter_id: received for received in batch}


def _claim(event: ClaimBuilt | ClaimHeld | ClaimSubmitted | ClaimRejected | ClaimStalled) -> facts.ClaimEntry:
    return facts.ClaimEntry(
        claim_id=event.claim_id,
        tenant_id=event.tenant_id,
        encounter_id=event.encounter_id,
        payer_id=event.payer_id,
        turn=event.payer_sequence if isinstance(event, ClaimBuilt) else None,
        patient_control_number=event.patient_control_number,
        created_at=event.occurred_at,
    )


def _version(received: Received[ClaimBuilt]) -> facts.VersionEntry:
    event, content = received.event, received.open()
    correction = event.correction
    return facts.VersionEntry(
        claim_id=event.claim_id,
        claim_version=event.claim_version,
        tenant_id=event.tenant_id,
        encounter_id=event.encounter_id,
        encounter_version=event.encounter_version,
        frequency_code=event.frequency_code,
        charge_cents=event.charge_cents,
        filing_indicator=content.coverage.filing_indicator,
        later_turns=_later_turns(event.payer_sequence, content),
        corrects_claim_id=correction.claim_id if correction else None,
        correction_action=correction.action if correction else None,
        lines=[
            {
                "line_number": line.line_number,
                "control_number": line.line_item_control_number,
                "procedure_code": line.code,
                "charge_cents": line.charge_cents,
            }
            for line in content.lines
        ],
        # A later payer's claim needs this payer's coverage: the event is kept as it came, its PHI part still sealed.
        sealed_event=event.model_dump_json(exclude_none=True).encode() if content.other_coverages else None,
        built_at=event.occurred_at,
    )


def _later_turns(turn: str, content: ClaimContent) -> str:
    after = TURNS[TURNS.index(turn) + 1 :]
    return "".join(t for t in after if any(coverage.sequence == t for coverage in content.other_coverages))
