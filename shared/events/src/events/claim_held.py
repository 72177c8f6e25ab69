"""A claim version has blocking findings and waits in the edit queue."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from events.envelope import Charge, Event, Part, PatientControlNumber, ReasonCode, Topic


class HeldFinding(Part):
    """A finding without the value that caused it."""

    code: ReasonCode
    location: str = Field(max_length=120, description="Field path such as `lines/2/pointers`.")


class ClaimHeld(Event):
    """Findings are codes and locations, never values."""

    event_type: ClassVar[str] = "ClaimHeld"
    topic: ClassVar[Topic] = Topic.CLAIMS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    payer_id: str
    patient_control_number: PatientControlNumber
    charge_cents: Charge
    findings: tuple[HeldFinding, ...]
