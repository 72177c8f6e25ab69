"""The tables of this service, as reads see them; the versioned DDL in migrations/ is what makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Base(SQLModel):
    """The service's own metadata: SQLModel's global one would make two services' tables collide in one process."""

    metadata = MetaData()


class Submission(Base, table=True):
    """One claim version on its way to a payer; `content` is its ClaimContent as JSON (PHI)."""

    __tablename__ = "submission"
    tenant_id: str
    claim_id: UUID = Field(primary_key=True)
    claim_version: int = Field(primary_key=True)
    encounter_id: UUID
    encounter_version: int
    gateway_id: str | None = None
    payer_id: str
    patient_control_number: str
    frequency_code: str
    charge_cents: int = Field(sa_type=BigInteger)
    line_count: int
    corrects: bool
    content: str
    state: str = "pending"
    reason: str | None = None
    interchange_id: UUID | None = None
    attempt_count: int = 0
    payer_claim_control_number: str | None = None
    built_at: datetime = Field(sa_type=DateTime(timezone=True))
    queued_at: datetime = Field(sa_type=DateTime(timezone=True))
    delivered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    overdue_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    built_traceparent: str | None = None
    submit_traceparent: str | None = None


class Interchange(Base, table=True):
    """One file: exact bytes, control numbers and key are written once; state and counters move."""

    __tablename__ = "interchange"
    tenant_id: str
    interchange_id: UUID = Field(primary_key=True)
    gateway_id: str
    interchange_control_number: int = Field(sa_type=BigInteger)
    group_control_number: int = Field(sa_type=BigInteger)
    idempotency_key: UUID
    content: bytes = Field(sa_type=LargeBinary)
    content_sha256: bytes = Field(sa_type=LargeBinary)
    claim_count: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    state: str = "intent"
    post_count: int = 0
    due_at: datetime = Field(sa_type=DateTime(timezone=True))
    first_posted_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    delivered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    last_answer: str | None = None
    gateway_reference: str | None = None
    traceparent: str | None = None


class InterchangeMember(Base, table=True):
    """A claim version in an interchange, in the transaction set `control_number` (ST02)."""

    __tablename__ = "interchange_member"
    tenant_id: str
    interchange_id: UUID = Field(primary_key=True)
    claim_id: UUID = Field(primary_key=True)
    claim_version: int
    control_number: str
    patient_control_number: str
    billing_npi: str


class ClaimAcknowledgement(Base, table=True):
    """One fact: what one answer said about one claim version in one interchange."""

    __tablename__ = "claim_acknowledgement"
    tenant_id: str
    fact_id: UUID = Field(primary_key=True)
    acknowledgement_id: UUID
    interchange_id: UUID
    claim_id: UUID
    claim_version: int
    source: str
    verdict: str
    status_codes: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    error_locations: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    payer_claim_control_number: str | None = None
    received_at: datetime = Field(sa_type=DateTime(timezone=True))
