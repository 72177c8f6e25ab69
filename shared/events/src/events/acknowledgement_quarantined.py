"""A payer's acknowledgement could not be read or applied: a person must look, for a payer does not send twice."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field

from events.envelope import Event, ReasonCode, TenantId, Topic

ACKNOWLEDGEMENT_NAMESPACE = UUID("5d0f8a3e-6c1b-5b7e-8f5e-2b9a41c7d3e6")


class AcknowledgementQuarantined(Event):
    """About a file, not about an encounter: nobody knows which claims it speaks of.

    Every event has an encounter id, which keeps order; here it is a UUIDv5 of the webhook's, of no encounter. The file
    itself stays where it was received, under `webhook_id`.
    """

    event_type: ClassVar[str] = "AcknowledgementQuarantined"
    topic: ClassVar[Topic] = Topic.SUBMISSIONS
    identity: ClassVar[tuple[str, ...]] = ("webhook_id",)

    webhook_id: UUID = Field(description="The stored file in submission-svc, not the id that its sender gave.")
    gateway_id: str
    kind: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,10}$")] = Field(
        description="Transaction set as the sender named it, `other` where it did not."
    )
    reason: ReasonCode

    @classmethod
    def about(
        cls,
        *,
        tenant_id: TenantId,
        webhook_id: UUID,
        gateway_id: str,
        kind: str,
        reason: ReasonCode,
        occurred_at: AwareDatetime,
    ) -> Self:
        """The event of a stored webhook; raises pydantic.ValidationError."""
        return cls.create(
            occurred_at=occurred_at,
            tenant_id=tenant_id,
            encounter_id=uuid5(ACKNOWLEDGEMENT_NAMESPACE, str(webhook_id)),
            encounter_version=1,
            webhook_id=webhook_id,
            gateway_id=gateway_id,
            kind=kind,
            reason=reason,
        )
