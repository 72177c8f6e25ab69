"""The payer took the claim into adjudication (277CA A2, or A1/A0 of a clearinghouse is not yet this)."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Event, Topic
from events.parts import StatusCode


class ClaimAccepted(Event):
    """`payer_claim_control_number` is REF*1K of the 277CA."""

    event_type: ClassVar[str] = "ClaimAccepted"
    topic: ClassVar[Topic] = Topic.SUBMISSIONS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
        "acknowledgement_id",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    acknowledgement_id: UUID
    source: Literal["277CA"]
    payer_claim_control_number: str | None = None
    status_codes: tuple[StatusCode, ...] = ()
