"""The tables that endpoints read. Hot writes go through repository/ in set-based SQL; migrations own the DDL."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


class Base(SQLModel):
    """This service's own metadata: a table of another service with the same name must not collide with it."""

    metadata = MetaData()


class EncounterRow(Base, table=True):
    """An encounter: its newest version, and what became of that."""

    __tablename__ = "encounter"

    encounter_id: UUID = Field(primary_key=True)
    tenant_id: str
    external_id: str
    current_version: int
    state: str
    waits_on: str | None
    reason_codes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))


class EncounterVersionRow(Base, table=True):
    """What the EMR sent: canonical JSON of schemas.EncounterRecord, never changed afterwards."""

    __tablename__ = "encounter_version"

    encounter_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tenant_id: str
    cause: str
    source: str
    content: str
    content_sha256: bytes = Field(sa_type=LargeBinary)
    notices: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    service_date: date
    received_at: datetime = Field(sa_type=DateTime(timezone=True))


class CodingOutcomeRow(Base, table=True):
    """One outcome of coding a version: coded, held or closed; `kind_number` is its coding version or hold number."""

    __tablename__ = "coding_outcome"

    encounter_id: UUID = Field(primary_key=True)
    encounter_version: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    tenant_id: str
    kind: str
    kind_number: int
    reason_codes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    waits_on: str | None
    released_by: str | None
    sheet: dict[str, Any] | None = Field(sa_column=Column(JSONB))
    correction: dict[str, Any] | None = Field(sa_column=Column(JSONB))
    made_at: datetime = Field(sa_type=DateTime(timezone=True))


class ReviewItemRow(Base, table=True):
    """An encounter version that waits for a coder, or did."""

    __tablename__ = "review_item"

    review_id: UUID = Field(primary_key=True)
    tenant_id: str
    encounter_id: UUID
    encounter_version: int
    outcome_number: int
    state: str
    reason_codes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    opened_at: datetime = Field(sa_type=DateTime(timezone=True))
    decided_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class ReviewDecisionRow(Base, table=True):
    """A coder's decision with the sheet before and after; kept for ever."""

    __tablename__ = "review_decision"

    review_id: UUID = Field(primary_key=True)
    tenant_id: str
    decided_by: str
    decision: str
    reason: str
    edits: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    queries: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    sheet_before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    sheet_after: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    decided_at: datetime = Field(sa_type=DateTime(timezone=True))
