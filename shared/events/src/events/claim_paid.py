"""A remittance paid the claim, wholly or in part, and was posted."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from events.envelope import Cents, Event, Topic


class ClaimPaid(Event):
    """A reversal is a ClaimPaid with negative `paid_cents`."""

    event_type: ClassVar[str] = "ClaimPaid"
    topic: ClassVar[Topic] = Topic.FOLLOWUP
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "remittance_id",
        "payment_number",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    remittance_id: UUID
    payment_number: int = Field(ge=1, description="Position of the CLP in the remittance.")
    payer_id: str
    payer_claim_control_number: str | None = None
    claim_status_code: str = Field(description="CLP02")
    charge_cents: Cents
    paid_cents: Cents
    patient_responsibility_cents: Cents
    contractual_cents: Cents
    partial: bool = Field(description="True when a denying adjustment remains beside the payment.")
