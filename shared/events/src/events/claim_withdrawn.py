"""A claim version is not to be sent: its encounter was cancelled or revised, or another payer has the turn."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Event, Topic


class ClaimWithdrawn(Event):
    """submission-svc drops it if it is not yet in an interchange; followup-svc sees whether a void is needed.

    `merged`: the encounter needs fewer claims than before, and this one is not among them.
    """

    event_type: ClassVar[str] = "ClaimWithdrawn"
    topic: ClassVar[Topic] = Topic.CLAIMS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    reason: Literal["encounter_cancelled", "superseded", "not_disclosed", "self_pay", "payer_changed", "merged"]
