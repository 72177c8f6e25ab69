"""The claim was never adjudicated: fix it and send it again as an original."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Event, PatientControlNumber, Topic
from events.parts import StatusCode


class ClaimRejected(Event):
    """Never a denial. Source says which answer refused it: the gateway, TA1, 999 or 277CA."""

    event_type: ClassVar[str] = "ClaimRejected"
    topic: ClassVar[Topic] = Topic.SUBMISSIONS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
        "acknowledgement_id",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    acknowledgement_id: UUID
    source: Literal["gateway", "TA1", "999", "277CA"]
    status_codes: tuple[StatusCode, ...] = ()
    error_locations: tuple[str, ...] = Field(default=(), description="IK3/IK4 positions, e.g. `2300/CLM/05`.")
    payer_id: str
    patient_control_number: PatientControlNumber
