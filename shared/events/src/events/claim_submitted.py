"""The gateway took the file that holds the claim: delivered, not accepted."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.envelope import Cents, Event, PatientControlNumber, Topic


class ClaimSubmitted(Event):
    """One per claim version and interchange; a claim rejected only with its neighbours gets a new interchange."""

    event_type: ClassVar[str] = "ClaimSubmitted"
    topic: ClassVar[Topic] = Topic.SUBMISSIONS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
        "interchange_id",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    interchange_id: UUID
    interchange_control_number: int
    transaction_set_control_number: str
    gateway_id: str
    payer_id: str
    patient_control_number: PatientControlNumber
    charge_cents: Cents
    submitted_at: AwareDatetime
