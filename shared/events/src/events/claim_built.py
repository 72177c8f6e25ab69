"""A claim version is clean and ready to be sent."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Charge, Event, Part, PatientControlNumber, Topic
from events.parts import Correction
from events.phi import ClaimContent


class ClaimBuilt(Event):
    """Carries the whole claim in its PHI part; `charge_cents` is CLM02."""

    event_type: ClassVar[str] = "ClaimBuilt"
    topic: ClassVar[Topic] = Topic.CLAIMS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
    )
    phi_model: ClassVar[type[Part] | None] = ClaimContent

    claim_id: UUID
    claim_version: int = Field(ge=1)
    coding_version: int = Field(ge=1)
    payer_id: str
    payer_sequence: Literal["P", "S", "T"]
    patient_control_number: PatientControlNumber
    frequency_code: Literal["1", "7", "8"]
    charge_cents: Charge
    line_count: int = Field(ge=1)
    correction: Correction | None = None
