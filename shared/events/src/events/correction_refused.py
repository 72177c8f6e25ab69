"""A correction that was asked for is not carried out, and why: what was asked does not fit what is known here."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from events.envelope import Event, ReasonCode, Topic


class CorrectionRefused(Event):
    """claim-builder's answer to a CorrectionRequested that it cannot carry out; a person must look.

    `action` and `reason_code` are those of the request, `refusal` is why not.
    """

    event_type: ClassVar[str] = "CorrectionRefused"
    topic: ClassVar[Topic] = Topic.CLAIMS
    identity: ClassVar[tuple[str, ...]] = (
        "claim_id",
        "claim_version",
        "action",
        "reason_code",
    )

    claim_id: UUID
    claim_version: int = Field(ge=1)
    action: Literal["recode", "rebill", "secondary", "void"]
    reason_code: ReasonCode
    refusal: ReasonCode
