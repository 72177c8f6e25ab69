"""A claim shall be corrected: coded again, billed again, billed to the next payer, or voided."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Event, Part, ReasonCode, Topic
from events.phi import CorrectionContext


class CorrectionRequested(Event):
    """The only command among the events; once per claim and reason."""

    event_type: ClassVar[str] = "CorrectionRequested"
    topic: ClassVar[Topic] = Topic.FOLLOWUP
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
        "action",
        "reason_code",
    )
    phi_model: ClassVar[type[Part] | None] = CorrectionContext

    claim_id: UUID
    claim_version: int = Field(ge=1)
    action: Literal["recode", "rebill", "secondary", "void"]
    reason_code: ReasonCode
    frequency_code: Literal["1", "7", "8"]
    payer_claim_control_number: str | None = None
