"""What the other services are told of an outcome of coding."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from events import EncounterClosed, EncounterCoded, EncounterHeld, Event, Part

from coding_svc.encounters import coded_encounter
from coding_svc.repository.coding import Outcome
from coding_svc.schemas.encounter import EncounterRecord


def event_of(outcome: Outcome, record: EncounterRecord, occurred_at: datetime) -> tuple[Event, Part | None]:
    """The event that tells of the outcome, and its PHI part. The same outcome always gives the same event id."""
    envelope: dict[str, Any] = {
        "occurred_at": occurred_at,
        "tenant_id": outcome.pending.tenant_id,
        "encounter_id": outcome.pending.encounter_id,
        "encounter_version": outcome.pending.version,
    }
    number = outcome.pending.next_number(outcome.kind)
    if outcome.kind == "closed":
        return EncounterClosed.create(**envelope, reason=outcome.reasons[0]), None
    if outcome.kind == "held":
        held = EncounterHeld.create(
            **envelope, hold_number=number, reason_codes=outcome.reasons, waits_on=outcome.waits_on
        )
        return held, None
    return _coded(outcome, record, {**envelope, "coding_version": number})


def _coded(outcome: Outcome, record: EncounterRecord, envelope: dict[str, Any]) -> tuple[Event, Part]:
    if outcome.sheet is None:
        raise ValueError("a coded outcome has a sheet")
    part = coded_encounter(record, outcome.sheet)
    correction = outcome.pending.correction
    event = EncounterCoded.create(
        **envelope,
        claim_id=correction.claim_id if correction else None,
        claim_version=correction.claim_version if correction else None,
        released_by=outcome.released_by,
        payer_ids=tuple(coverage.payer_id for coverage in part.coverages),
        diagnosis_count=len(part.diagnoses),
        line_count=len(part.lines),
        code_set_release=outcome.sheet.code_set_release,
        correction=correction,
    )
    return event, part
