"""Encounters as the EMR sends them: one statement writes a new one, one transaction revises it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import text

Source = Literal["json", "fhir"]
Cause = Literal["new", "revised", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What is stored of an encounter version; `notices` is a JSON array."""

    tenant_id: str
    external_id: str
    content: str
    content_sha256: bytes
    notices: str
    source: Source
    service_date: date
    received_at: datetime
    patient_key: bytes
    """Tells the practice's patients apart; see `encounters.patient_key`."""
    specialty: str | None
    """Taxonomy of the rendering provider."""


@dataclass(frozen=True, slots=True)
class Known:
    """An encounter that is there already, with the hash of one of its versions."""

    encounter_id: UUID
    version: int
    content_sha256: bytes
    external_id: str


class InFlight(Exception):
    """Another request with the same natural key is not committed yet."""


# A try-lock on the natural key, because a second insert would wait for the first transaction instead of answering.
_STORE: Final = text(
    """
    WITH gate AS (
        SELECT pg_try_advisory_xact_lock(hashtextextended(:tenant_id || '|' || :external_id, 43)) AS free
    ), stored AS (
        INSERT INTO encounter (encounter_id, tenant_id, external_id, created_at, updated_at)
        SELECT CAST(:encounter_id AS uuid), :tenant_id, :external_id,
               CAST(:received_at AS timestamptz), CAST(:received_at AS timestamptz)
        FROM gate WHERE free
        ON CONFLICT (tenant_id, external_id) DO NOTHING
        RETURNING encounter_id
    ), first_version AS (
        INSERT INTO encounter_version (encounter_id, version, tenant_id, cause, source, content, content_sha256,
                                       notices, service_date, received_at, patient_key, specialty)
        SELECT encounter_id, 1, :tenant_id, 'new', :source, :content, CAST(:content_sha256 AS bytea),
               CAST(:notices AS jsonb), CAST(:service_date AS date), CAST(:received_at AS timestamptz),
               CAST(:patient_key AS bytea), CAST(:specialty AS text)
        FROM stored
    )
    SELECT gate.free, stored.encounter_id IS NOT NULL AS is_new FROM gate LEFT JOIN stored ON true
    """
)


async def store(tx: Transaction, encounter_id: UUID, new: NewVersion) -> bool:
    """Write encounter and first version in one statement; False if the natural key is taken. Raises InFlight."""
    row = (await tx.execute(_STORE, {**_columns(new), "encounter_id": encounter_id})).one()
    if not row.free:
        raise InFlight
    return bool(row.is_new)


_STORE_MANY: Final = text(
    """
    WITH incoming AS (
        SELECT * FROM unnest(CAST(:encounter_ids AS uuid[]), CAST(:external_ids AS text[]), CAST(:contents AS text[]),
                             CAST(:hashes AS bytea[]), CAST(:notices AS text[]), CAST(:sources AS text[]),
                             CAST(:dates AS date[]), CAST(:received AS timestamptz[]), CAST(:patients AS bytea[]),
                             CAST(:specialties AS text[]))
             AS t(encounter_id, external_id, content, content_sha256, notices, source, service_date, received_at,
                  patient_key, specialty)
    ), gate AS MATERIALIZED (
        SELECT encounter_id, pg_try_advisory_xact_lock(hashtextextended(:tenant_id || '|' || external_id, 43)) AS free
        FROM incoming
    ), stored AS (
        INSERT INTO encounter (encounter_id, tenant_id, external_id, created_at, updated_at)
        SELECT encounter_id, :tenant_id, external_id, received_at, received_at
        FROM incoming JOIN gate USING (encounter_id) WHERE free
        ON CONFLICT (tenant_id, external_id) DO NOTHING
        RETURNING encounter_id
    ), first_versions AS (
        INSERT INTO encounter_version (encounter_id, version, tenant_id, cause, source, content, content_sha256,
                                       notices, service_date, received_at, patient_key, specialty)
        SELECT encounter_id, 1, :tenant_id, 'new', source, content, content_sha256, notices::jsonb, service_date,
               received_at, patient_key, specialty
        FROM incoming JOIN stored USING (encounter_id)
    )
    SELECT gate.encounter_id, gate.free, stored.encounter_id IS NOT NULL AS is_new
    FROM gate LEFT JOIN stored USING (encounter_id)
    """
)


async def store_many(tx: Transaction, tenant_id: str, rows: Sequence[tuple[UUID, NewVersion]]) -> dict[UUID, bool]:
    """As `store` for many encounters of one practice in one statement; those in flight elsewhere are left out."""
    parameters = {
        "tenant_id": tenant_id,
        "encounter_ids": [encounter_id for encounter_id, _ in rows],
        "external_ids": [new.external_id for _, new in rows],
        "contents": [new.content for _, new in rows],
        "hashes": [new.content_sha256 for _, new in rows],
        "notices": [new.notices for _, new in rows],
        "sources": [new.source for _, new in rows],
        "dates": [new.service_date for _, new in rows],
        "received": [new.received_at for _, new in rows],
        "patients": [new.patient_key for _, new in rows],
        "specialties": [new.specialty for _, new in rows],
    }
    return {row.encounter_id: row.is_new for row in await tx.execute(_STORE_MANY, parameters) if row.free}


def _columns(new: NewVersion) -> dict[str, object]:
    return {name: getattr(new, name) for name in NewVersion.__dataclass_fields__}


_FIRST_VERSION: Final = text(
    """
    SELECT e.encounter_id, v.version, v.content_sha256, e.external_id
    FROM encounter e JOIN encounter_version v ON v.encounter_id = e.encounter_id AND v.version = 1
    WHERE e.tenant_id = :tenant_id AND e.external_id = :external_id AND v.tenant_id = e.tenant_id
    """
)


async def first_version(tx: Transaction, tenant_id: str, external_id: str) -> Known:
    """The encounter with this natural key and its first version; it must exist."""
    row = (await tx.execute(_FIRST_VERSION, {"tenant_id": tenant_id, "external_id": external_id})).one()
    return Known(row.encounter_id, row.version, bytes(row.content_sha256), row.external_id)


_CURRENT: Final = text(
    """
    SELECT e.encounter_id, e.current_version AS version, v.content_sha256, e.external_id
    FROM encounter e
    JOIN encounter_version v ON v.encounter_id = e.encounter_id AND v.version = e.current_version
    WHERE e.tenant_id = :tenant_id AND e.encounter_id = :encounter_id AND v.tenant_id = e.tenant_id
    """
)
_LOCK: Final = text("SELECT 1 FROM encounter WHERE tenant_id = :tenant_id AND encounter_id = :encounter_id FOR UPDATE")


async def lock_current(tx: Transaction, tenant_id: str, encounter_id: UUID) -> Known | None:
    """The encounter's newest version, locked against other revisions and decisions; None if there is none."""
    key = {"tenant_id": tenant_id, "encounter_id": encounter_id}
    if (await tx.execute(_LOCK, key)).one_or_none() is None:
        return None
    row = (await tx.execute(_CURRENT, key)).one()
    return Known(row.encounter_id, row.version, bytes(row.content_sha256), row.external_id)


_REVISE: Final = text(
    """
    WITH revised AS (
        UPDATE encounter
        SET current_version = :version, state = 'received', waits_on = NULL, reason_codes = '{}',
            updated_at = CAST(:received_at AS timestamptz)
        WHERE tenant_id = :tenant_id AND encounter_id = :encounter_id
    ), superseded AS (
        UPDATE review_item SET state = 'superseded', decided_at = CAST(:received_at AS timestamptz)
        WHERE tenant_id = :tenant_id AND encounter_id = :encounter_id AND state = 'open'
    )
    INSERT INTO encounter_version (encounter_id, version, tenant_id, cause, source, content, content_sha256,
                                   notices, service_date, received_at, patient_key, specialty)
    VALUES (:encounter_id, :version, :tenant_id, :cause, :source, :content, :content_sha256,
            CAST(:notices AS jsonb), :service_date, CAST(:received_at AS timestamptz), :patient_key, :specialty)
    """
)


async def revise(tx: Transaction, encounter_id: UUID, version: int, cause: Cause, new: NewVersion) -> None:
    """Add `version`; open review items of older versions are superseded. Call under `lock_current`."""
    keys = {"encounter_id": encounter_id, "version": version, "cause": cause}
    columns = {name: value for name, value in _columns(new).items() if name != "external_id"}
    await tx.execute(_REVISE, {**columns, **keys})
