"""A remittance adjudicated the claim and refused money that was asked (835)."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from events.envelope import Cents, Event, ReasonCode, Topic
from events.parts import Adjustment


class ClaimDenied(Event):
    """Group, CARC and RARC are kept; `category` is the playbook row."""

    event_type: ClassVar[str] = "ClaimDenied"
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
    denied_cents: Cents
    adjustments: tuple[Adjustment, ...]
    remark_codes: tuple[str, ...] = ()
    category: ReasonCode
