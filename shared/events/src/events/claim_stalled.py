"""The claim does not go on by itself: its delivery or answer is not known, or it cannot be sent."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Event, PatientControlNumber, Topic


class ClaimStalled(Event):
    """A person must look; nothing is sent again automatically."""

    event_type: ClassVar[str] = "ClaimStalled"
    topic: ClassVar[Topic] = Topic.SUBMISSIONS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
        "reason",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    reason: Literal["delivery_unknown", "acknowledgement_overdue", "no_gateway", "sent_version_exists", "not_encodable"]
    payer_id: str
    patient_control_number: PatientControlNumber
