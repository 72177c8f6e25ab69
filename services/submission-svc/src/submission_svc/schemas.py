"""What the HTTP interface answers. Identifiers, states and codes only: people and services stay in the files."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

WaitsOn = Literal["coder", "biller", "provider", "emr", "payer", "operator"]


class StatusCodeOut(BaseModel):
    """One status code as the payer, the gateway or the 999 gave it."""

    category: str
    status: str = ""
    entity: str = ""


class AcknowledgementOut(BaseModel):
    """What one answer said about this claim version."""

    acknowledgement_id: UUID
    interchange_id: UUID
    source: str
    verdict: str
    status_codes: list[StatusCodeOut]
    error_locations: list[str]
    payer_claim_control_number: str | None
    received_at: datetime


class AttemptOut(BaseModel):
    """One interchange that the claim version was put into."""

    interchange_id: UUID
    interchange_control_number: int
    transaction_set_control_number: str
    interchange_state: str
    post_count: int
    last_answer: str | None
    created_at: datetime
    delivered_at: datetime | None


class SubmissionOut(BaseModel):
    """One claim version."""

    claim_id: UUID
    claim_version: int
    encounter_id: UUID
    payer_id: str
    gateway_id: str | None
    patient_control_number: str
    frequency_code: str
    charge_cents: int
    line_count: int
    state: str
    reason: str | None = Field(description="Why it is parked or withdrawn.")
    waits_on: WaitsOn | None
    interchange_id: UUID | None
    payer_claim_control_number: str | None
    built_at: datetime
    delivered_at: datetime | None
    overdue_at: datetime | None


class SubmissionDetailOut(SubmissionOut):
    """A claim version with all its attempts and answers, oldest first."""

    attempts: list[AttemptOut]
    acknowledgements: list[AcknowledgementOut]


class ClaimSubmissionsOut(BaseModel):
    """All versions of a claim, newest first."""

    claim_id: UUID
    versions: list[SubmissionDetailOut]


class MemberOut(BaseModel):
    """A claim version in an interchange."""

    claim_id: UUID
    claim_version: int
    transaction_set_control_number: str
    patient_control_number: str
    state: str


class InterchangeOut(BaseModel):
    """One file; its bytes are at `/x12`."""

    interchange_id: UUID
    gateway_id: str
    interchange_control_number: int
    group_control_number: int
    idempotency_key: UUID
    content_sha256: str = Field(description="Hexadecimal.")
    content_bytes: int
    claim_count: int
    state: str
    post_count: int
    last_answer: str | None
    gateway_reference: str | None
    created_at: datetime
    first_posted_at: datetime | None
    delivered_at: datetime | None


class InterchangeDetailOut(InterchangeOut):
    """A file with its claims."""

    members: list[MemberOut]
