"""Nothing more is to be done for the claim."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Cents, Event, Topic


class ClaimClosed(Event):
    """Every cent of its charge lies in a final account."""

    event_type: ClassVar[str] = "ClaimClosed"
    topic: ClassVar[Topic] = Topic.FOLLOWUP
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "closing_number",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    closing_number: int = Field(ge=1)
    outcome: Literal["paid", "patient_share", "written_off", "voided", "transferred"]
    paid_cents: Cents
    contractual_cents: Cents
    patient_responsibility_cents: Cents
    written_off_cents: Cents
