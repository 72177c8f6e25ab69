"""What every event carries: identity, ownership, time, and one encrypted part.

An event is a fact about one encounter. Its id is derived from what it says (type, aggregate, version), so that a
publisher that repeats its work repeats the id, and a consumer's inbox drops the second copy.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

EVENT_NAMESPACE = UUID("6f1a52f0-55c2-5bb0-9d0a-7a5c3c1f6a01")


class Topic(StrEnum):
    """One topic per publisher, so that what one service says about one encounter stays in order."""

    CODING = "cleanclaim.coding"
    CLAIMS = "cleanclaim.claims"
    SUBMISSIONS = "cleanclaim.submissions"
    FOLLOWUP = "cleanclaim.followup"


TenantId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$")]
ReasonCode = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
"""A stable machine name such as `coding.low-confidence`; never free text, so it can hold no PHI."""
MAX_NUMBER = 2_147_483_647
"""What a database's integer holds; versions are far below it."""
Cents = Annotated[int, Field(ge=-(10**13), le=10**13)]
"""Up to a hundred thousand million dollars: anything larger is an error of its sender."""
Charge = Annotated[int, Field(ge=0, le=10**13)]
"""Cents that are asked for: never negative. A type of its own, since a bound of `Cents` would win over a later one."""
Moment = Annotated[AwareDatetime, Field(ge=datetime(1990, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
PatientControlNumber = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,14}$")]


class Part(BaseModel):
    """A frozen piece of an event; unknown fields are ignored so that older consumers read newer publishers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Part):
    """Base of all events. Subclasses state their type, version, topic, identity and PHI model."""

    event_type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    topic: ClassVar[Topic]
    identity: ClassVar[tuple[str, ...]]
    """Names of the fields that make this fact this fact; the event id is derived from their values."""
    phi_model: ClassVar[type[Part] | None] = None
    """The typed model inside the encrypted part, or None where the event has none."""

    event_id: UUID
    occurred_at: Moment
    tenant_id: TenantId
    encounter_id: UUID
    encounter_version: int = Field(ge=1, le=MAX_NUMBER)
    claim_id: UUID | None = None
    claim_version: int | None = Field(default=None, ge=1, le=MAX_NUMBER)
    phi: str | None = Field(default=None, description="Compact JWE (dir, A256GCM) of the PHI model; never plain text.")

    @classmethod
    def create(cls, **fields: Any) -> Self:
        """Make the event with the id that its identity fields imply.

        Raises pydantic.ValidationError when a field is missing or out of range.
        """
        return cls(event_id=cls.id_of(**fields), **fields)

    @classmethod
    def id_of(cls, **fields: Any) -> UUID:
        """UUIDv5 of event type and identity values: the same fact always has the same id."""
        values = "|".join(str(fields[name]) for name in cls.identity)
        return uuid5(EVENT_NAMESPACE, f"{cls.event_type}.{cls.schema_version}|{values}")
