"""The tables of this service, as reads see them; the versioned DDL in migrations/ is what makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Integer, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Base(SQLModel):
    """The service's own metadata: SQLModel's global one would make two services' tables collide in one process."""

    metadata = MetaData()


class Encounter(Base, table=True):
    """The newest coded and the newest closed version of an encounter; `coded` is a CodedEncounter (PHI)."""

    __tablename__ = "encounter"
    encounter_id: UUID = Field(primary_key=True)
    tenant_id: str
    encounter_version: int = 0
    coding_version: int = 0
    coded: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    correction: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    closed_version: int = 0
    closed_reason: str | None = None


class Claim(Base, table=True):
    """One request to one payer, as its newest version stands; source versions are those it was last settled with."""

    __tablename__ = "claim"
    claim_id: UUID = Field(primary_key=True)
    tenant_id: str
    encounter_id: UUID
    payer_sequence: str
    patient_control_number: str
    payer_id: str
    claim_version: int
    state: str
    frequency_code: str
    charge_cents: int = Field(sa_type=BigInteger)
    encounter_version: int
    coding_version: int
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    changed_at: datetime = Field(sa_type=DateTime(timezone=True))


class ClaimVersionRow(Base, table=True):
    """One version: content (ClaimContent, PHI) and findings are written once; only `state` moves."""

    __tablename__ = "claim_version"
    claim_id: UUID = Field(primary_key=True)
    claim_version: int = Field(primary_key=True)
    tenant_id: str
    encounter_version: int
    coding_version: int
    reason: str
    state: str
    frequency_code: str
    charge_cents: int = Field(sa_type=BigInteger)
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    content_sha256: bytes
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    unpriced: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    correction: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    changed_at: datetime = Field(sa_type=DateTime(timezone=True))


class ClaimFix(Base, table=True):
    """What a biller changed, from what to what, why and by which key."""

    __tablename__ = "claim_fix"
    claim_id: UUID = Field(primary_key=True)
    fix_number: int = Field(primary_key=True)
    tenant_id: str
    claim_version: int
    field: str
    value_before: Any = Field(sa_column=Column(JSONB, nullable=False))
    value_after: Any = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    fixed_by: str
    fixed_at: datetime = Field(sa_type=DateTime(timezone=True))
