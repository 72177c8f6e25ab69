"""What endpoints read. Every query names the tenant, and row-level security holds besides."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from kit.database import Transaction
from sqlalchemy import tuple_
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import col, select

from coding_svc.models import (
    CodingOutcomeRow,
    EncounterRow,
    EncounterVersionRow,
    ReviewDecisionRow,
    ReviewItemRow,
)

Cursor = tuple[datetime, UUID]
_WITHOUT_CONTENT = defer(cast(QueryableAttribute[str], EncounterVersionRow.content))


async def encounter(tx: Transaction, tenant_id: str, encounter_id: UUID) -> EncounterRow | None:
    """One encounter."""
    query = select(EncounterRow).where(EncounterRow.tenant_id == tenant_id, EncounterRow.encounter_id == encounter_id)
    return (await tx.session.exec(query)).one_or_none()


async def encounters(
    tx: Transaction, tenant_id: str, *, status: str | None, waits_on: str | None, after: Cursor | None, limit: int
) -> list[EncounterRow]:
    """A page, newest first; one row more than `limit` tells that there is a next page."""
    query = select(EncounterRow).where(EncounterRow.tenant_id == tenant_id)
    if status is not None:
        query = query.where(EncounterRow.state == status)
    if waits_on is not None:
        query = query.where(EncounterRow.waits_on == waits_on)
    if after is not None:
        query = query.where(tuple_(col(EncounterRow.created_at), col(EncounterRow.encounter_id)) < after)
    order = (col(EncounterRow.created_at).desc(), col(EncounterRow.encounter_id).desc())
    return list((await tx.session.exec(query.order_by(*order).limit(limit + 1))).all())


async def versions(tx: Transaction, tenant_id: str, encounter_id: UUID) -> list[EncounterVersionRow]:
    """All versions of an encounter, oldest first; without their content, which may be large."""
    row = EncounterVersionRow
    query = select(row).options(_WITHOUT_CONTENT).where(row.tenant_id == tenant_id, row.encounter_id == encounter_id)
    return list((await tx.session.exec(query.order_by(col(row.version)))).all())


async def outcomes(tx: Transaction, tenant_id: str, encounter_id: UUID) -> list[CodingOutcomeRow]:
    """All outcomes of an encounter, oldest first."""
    row = CodingOutcomeRow
    query = select(row).where(row.tenant_id == tenant_id, row.encounter_id == encounter_id)
    return list((await tx.session.exec(query.order_by(col(row.encounter_version), col(row.number)))).all())


async def open_review(tx: Transaction, tenant_id: str, encounter_id: UUID) -> ReviewItemRow | None:
    """The encounter's open review item."""
    row = ReviewItemRow
    query = select(row).where(row.tenant_id == tenant_id, row.encounter_id == encounter_id, row.state == "open")
    return (await tx.session.exec(query)).first()


async def decision_about(tx: Transaction, tenant_id: str, encounter_id: UUID, version: int) -> ReviewDecisionRow | None:
    """The newest decision on a version."""
    query = (
        select(ReviewDecisionRow)
        .join(ReviewItemRow, col(ReviewItemRow.review_id) == col(ReviewDecisionRow.review_id))
        .where(
            ReviewDecisionRow.tenant_id == tenant_id,
            ReviewItemRow.encounter_id == encounter_id,
            ReviewItemRow.encounter_version == version,
        )
        .order_by(col(ReviewDecisionRow.decided_at).desc())
    )
    return (await tx.session.exec(query)).first()


ReviewRow = tuple[ReviewItemRow, CodingOutcomeRow, EncounterVersionRow]


def _reviews(tenant_id: str) -> Any:
    item, outcome, version = ReviewItemRow, CodingOutcomeRow, EncounterVersionRow
    return (
        select(item, outcome, version)
        .join(
            outcome,
            (col(outcome.encounter_id) == col(item.encounter_id))
            & (col(outcome.encounter_version) == col(item.encounter_version))
            & (col(outcome.number) == col(item.outcome_number)),
        )
        .join(
            version,
            (col(version.encounter_id) == col(item.encounter_id))
            & (col(version.version) == col(item.encounter_version)),
        )
        .where(item.tenant_id == tenant_id, outcome.tenant_id == tenant_id, version.tenant_id == tenant_id)
    )


async def reviews(
    tx: Transaction, tenant_id: str, *, reason: str | None, after: Cursor | None, limit: int
) -> list[ReviewRow]:
    """A page of the open queue, oldest first; one row more than `limit` tells that there is a next page."""
    query = _reviews(tenant_id).options(_WITHOUT_CONTENT).where(ReviewItemRow.state == "open")
    if reason is not None:
        query = query.where(col(ReviewItemRow.reason_codes).contains([reason]))
    if after is not None:
        query = query.where(tuple_(col(ReviewItemRow.opened_at), col(ReviewItemRow.review_id)) > after)
    query = query.order_by(col(ReviewItemRow.opened_at), col(ReviewItemRow.review_id)).limit(limit + 1)
    return [(row[0], row[1], row[2]) for row in (await tx.session.exec(query)).all()]


async def review(tx: Transaction, tenant_id: str, review_id: UUID) -> ReviewRow | None:
    """One review item with its proposal and its encounter version."""
    row = (await tx.session.exec(_reviews(tenant_id).where(ReviewItemRow.review_id == review_id))).one_or_none()
    return (row[0], row[1], row[2]) if row is not None else None


async def decision(tx: Transaction, tenant_id: str, review_id: UUID) -> ReviewDecisionRow | None:
    """The decision on one review item."""
    row = ReviewDecisionRow
    query = select(row).where(row.tenant_id == tenant_id, row.review_id == review_id)
    return (await tx.session.exec(query)).one_or_none()
