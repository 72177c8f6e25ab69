"""What is told to the other services about a claim version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from events import ClaimBuilt, ClaimHeld, ClaimWithdrawn, CorrectionRefused, CorrectionRequested, HeldFinding
from events.envelope import Event
from kit.database import Transaction
from kit.messaging import Received

from claim_builder.book import Changes, Made, Moved
from claim_builder.domain import ClaimState


def publish(
    tx: Transaction, changes: Changes, now: datetime, causes: Mapping[UUID, Received[Any]] | None = None
) -> None:
    """Put what has changed into the outbox; the trace goes on from the message that caused it, by encounter id."""
    known = causes or {}
    for moved in changes.moved:
        if moved.withdrawn is not None:
            tx.publish(withdrawn_event(moved, now), cause=known.get(moved.book.encounter_id))
    for made in changes.made:
        clean = made.version.state is ClaimState.BUILT
        tx.publish(event_of(made, now), made.content if clean else None, known.get(made.book.encounter_id))
    for command, refusal in changes.refused:
        tx.publish(refused_event(command, refusal, now), cause=known.get(command.encounter_id))


def event_of(made: Made, now: datetime) -> Event:
    """ClaimBuilt for a clean version (its content goes into the PHI part), ClaimHeld for a blocked one."""
    return _held(made, now) if made.version.state is ClaimState.HELD else _built(made, now)


def _built(made: Made, now: datetime) -> ClaimBuilt:
    content = made.content
    return ClaimBuilt.create(
        occurred_at=now,
        tenant_id=made.book.tenant_id,
        encounter_id=made.book.encounter_id,
        encounter_version=made.source.encounter_version,
        claim_id=made.version.claim_id,
        claim_version=made.version.number,
        coding_version=made.source.coding_version,
        payer_id=content.coverage.payer_id,
        payer_sequence=content.coverage.sequence,
        patient_control_number=content.patient_control_number,
        frequency_code=content.frequency_code,
        charge_cents=content.charge_cents,
        line_count=len(content.lines),
        correction=made.correction,
    )


def _held(made: Made, now: datetime) -> ClaimHeld:
    blocking = tuple(
        HeldFinding(code=finding.code, location=finding.path) for finding in made.findings if finding.blocks
    )
    return ClaimHeld.create(
        occurred_at=now,
        tenant_id=made.book.tenant_id,
        encounter_id=made.book.encounter_id,
        encounter_version=made.source.encounter_version,
        claim_id=made.version.claim_id,
        claim_version=made.version.number,
        payer_id=made.content.coverage.payer_id,
        patient_control_number=made.content.patient_control_number,
        charge_cents=made.content.charge_cents,
        findings=blocking,
    )


def withdrawn_event(moved: Moved, now: datetime) -> ClaimWithdrawn:
    """ClaimWithdrawn for a version that is not to be sent any more."""
    book = moved.book
    return ClaimWithdrawn.create(
        occurred_at=now,
        tenant_id=book.tenant_id,
        encounter_id=book.encounter_id,
        encounter_version=max(book.newest.encounter_version, book.closed_version, 1),
        claim_id=moved.version.claim_id,
        claim_version=moved.version.number,
        reason=moved.withdrawn,
    )


def refused_event(command: CorrectionRequested, refusal: str, now: datetime) -> CorrectionRefused:
    """CorrectionRefused for a command that does not fit what is known here."""
    return CorrectionRefused.create(
        occurred_at=now,
        tenant_id=command.tenant_id,
        encounter_id=command.encounter_id,
        encounter_version=command.encounter_version,
        claim_id=command.claim_id,
        claim_version=command.claim_version,
        action=command.action,
        reason_code=command.reason_code,
        refusal=refusal,
    )
