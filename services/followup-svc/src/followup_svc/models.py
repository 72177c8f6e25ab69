"""The tables that endpoints read. Hot writes go through repository/ in set-based SQL; migrations own the DDL."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Base(SQLModel):
    """This service's own metadata: a `claim` table of another service must not collide with it."""

    metadata = MetaData()


class ClaimRow(Base, table=True):
    """One request to one payer: its state, and what is still outstanding at its payer turn, in cents."""

    __tablename__ = "claim"

    claim_id: UUID = Field(primary_key=True)
    tenant_id: str
    encounter_id: UUID
    payer_id: str
    turn: str
    patient_control_number: str
    payer_claim_control_number: str | None
    claim_version: int
    charge_cents: int = Field(sa_type=BigInteger)
    outstanding_cents: int = Field(sa_type=BigInteger)
    ledger_id: UUID | None
    state: str
    closed: bool
    closing_number: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class TimelineRow(Base, table=True):
    """One event of an encounter, by whichever service, or one deed of a person."""

    __tablename__ = "timeline"

    event_id: UUID = Field(primary_key=True)
    tenant_id: str
    encounter_id: UUID
    encounter_version: int
    claim_id: UUID | None
    claim_version: int | None
    event_type: str
    occurred_at: datetime = Field(sa_type=DateTime(timezone=True))
    actor: str
    traceparent: str | None
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class WorkItemRow(Base, table=True):
    """One matter for one role by one date."""

    __tablename__ = "work_item"

    item_id: UUID = Field(primary_key=True)
    tenant_id: str
    key: str
    reason_code: str
    waits_on: str
    opened_on: date
    due_on: date
    amount_cents: int = Field(sa_type=BigInteger)
    action: str
    encounter_id: UUID | None
    claim_id: UUID | None
    remittance_id: UUID | None
    details: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    state: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    closed_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    closed_by: str | None
    resolution: str | None
